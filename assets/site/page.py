"""What a page of the site is before it is a file: where it lies, what it rests on, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Content = Mapping[str, object]


@dataclass(frozen=True)
class Head:
    """What stands around the content of a page. `others`: by language, the path of the same page in it.

    section: the entry of the navigation that it belongs to. city: its name, empty for pages of all cities.
    """

    title: str
    language: str
    section: str
    city: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class SitePage:
    """A page in HTML. `rests_on` changes whenever `content` would give something else; content is asked only then.

    path: relative to the site's folder, with slashes. template: its name in templates/. names_release: whether its
    foot says which release it is of. A page that shows no values does not: as long as it says the same it is the same
    file, which is linked and has to be fetched once.
    """

    path: str
    head: Head
    template: str
    rests_on: str
    content: Callable[[], Content]
    names_release: bool = True


@dataclass(frozen=True)
class Download:
    """A file of the site that is no page. It is made again when `rests_on` changes."""

    path: str
    rests_on: str
    content: Callable[[], bytes]


class FilePart(NamedTuple):
    """One part of a file. digest: of its rows. length: in bytes of a text, in rows of a table."""

    name: str
    digest: str
    length: int


@dataclass(frozen=True)
class PartedFile:
    """A file and its parts in their order."""

    content: bytes
    parts: Sequence[FilePart]


@dataclass(frozen=True)
class PartedDownload:
    """As a download; of a file that was made before it takes the parts that are as they were."""

    path: str
    rests_on: str
    content: Callable[[PartedFile | None], PartedFile]


SiteFile = SitePage | Download | PartedDownload


def relative(from_path: str, to: str) -> str:
    """The address of one file of the site in another one: `../../site.css`. An anchor stays.

    >>> relative("ko/seoul/metric/pm25_mean.html", "ko/seoul/index.html#air")
    '../index.html#air'
    """
    path, mark, anchor = to.partition("#")
    here, there = from_path.split("/")[:-1], path.split("/")
    same = 0
    while same < min(len(here), len(there) - 1) and here[same] == there[same]:
        same += 1
    return "/".join([".."] * (len(here) - same) + there[same:]) + mark + anchor
