"""Names of files that match the patterns of a feed and say what its layout looks for in them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from quality.contract.connector import Files
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.matching import text_matching

_OPEN = re.compile(r"\*\*/?|\*|\?|\[[^]]*\]")
_NO_NAME = re.compile(r"[/\\\0]")


def is_literal(files: Files) -> bool:
    """Whether the feed has one file whose name never changes."""
    return all(_OPEN.search(pattern) is None for pattern in files.paths)


def file_name(files: Files, label: str, groups: Mapping[str, str], start: datetime | None = None) -> str:
    """A path below the root. `groups`: what `from_name` is to find in it; `start`: of a series; `label` tells it from
    the other files of the feed.

    Raises CannotDeliverError where no name is found.
    """
    layout = files.layout
    wanted = layout.from_name
    texts = [label]
    if wanted is not None:
        texts = _found(wanted, groups, label)
    elif layout.series is not None and start is not None:
        wanted, groups = layout.series.start_pattern, {"1": start.strftime(layout.series.start_format)}
        texts = _found(wanted, groups, label)
    for pattern in files.paths:
        for name in _filled(pattern, texts):
            if _is_left_out(name, files) or not _says(wanted, groups, name):
                continue
            return name
    raise CannotDeliverError(f"no name of a file is known that matches {files.paths[0]!r} and says what it has to say")


def filled_pattern(pattern: str, text: str) -> str:
    """A name that a pattern matches, with the text where it is open."""
    return next(iter(_filled(pattern, [text])))


def _found(pattern: str, groups: Mapping[str, str], label: str) -> list[str]:
    core = text_matching(pattern, 0, groups, whole=False)
    if core is None or any(_NO_NAME.search(text) for text in groups.values()):
        raise CannotDeliverError(f"no name of a file has {dict(groups)} where {pattern!r} looks for it")
    core = core.strip("/")
    pieces = [piece for piece in core.split("/") if piece] if "/" in core else []
    return [core, f"{core}-{label}", f"{label}-{core}", *pieces, label]


def _filled(pattern: str, texts: Sequence[str]) -> list[str]:
    """The pattern with each of its open places filled; the literal signs beside a place are not said twice."""
    places = list(_OPEN.finditer(pattern))
    found = list[str]()
    for chosen in itertools.product(texts, repeat=sum(place[0] == "*" for place in places)):
        left, name, end = list(chosen), "", 0
        for place in places:
            name += pattern[end : place.start()]
            rest = _OPEN.split(pattern[place.end() :], maxsplit=1)[0]
            name += _piece(place[0], left, name.rpartition("/")[2], rest)
            end = place.end()
        found.append(name + pattern[end:])
    return found or [pattern]


def _piece(place: str, left: list[str], before: str, after: str) -> str:
    if place.startswith("**"):
        return ""
    if place == "*":
        text = left.pop(0)
        text = text.removeprefix(before) if before else text
        ending = after.split("/", maxsplit=1)[0]
        return text.removesuffix(ending) if ending else text
    return "1" if place == "?" else place[1]


def _is_left_out(name: str, files: Files) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in files.exclude)


def _says(pattern: str | None, groups: Mapping[str, str], name: str) -> bool:
    if pattern is None:
        return True
    match = re.search(pattern, name)
    return match is not None and all(
        match[int(group) if group.isdigit() else group] == text for group, text in groups.items()
    )
