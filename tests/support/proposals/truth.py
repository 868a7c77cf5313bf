"""What is true of a folder of real files, as somebody who looked at it wrote it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.pack.city_file import CityConfig
from quality.contract.yaml_file import read_yaml
from tests.support.paths import CITIES, REPOSITORY

TRUTHS = REPOSITORY / "tests" / "real" / "proposals"
# What a feed's file has to have and no delivery says.
_TEXTS = {"title": "t", "purpose": "p", "owner": "o", "licence": "l"}


@dataclass(frozen=True)
class TrueFeed:
    """One feed of a folder. `document` is a whole feed's file; the rest says what may be otherwise in a right one."""

    files: tuple[str, ...]  # globs in the folder: all files of the feed
    document: Mapping[str, Any]
    may: frozenset[str]  # columns of a model that a right proposal may have, too
    free: frozenset[str]  # columns that are to be there, whatever their values
    also: frozenset[str]  # models that it may implement, too
    undecided: frozenset[str]  # what the files do not say: a right proposal asks
    intervals: frozenset[str]  # that are right, too

    @property
    def models(self) -> tuple[str, ...]:
        """The models that it implements."""
        said = self.document.get("implements", ())
        return (said,) if isinstance(said, str) else tuple(said)


@dataclass(frozen=True)
class Truth:
    """A folder, the city that it is of, and its feeds. `needs`: what a refusal has to name where there is none."""

    folder: str
    what: str
    city: CityConfig
    feeds: tuple[TrueFeed, ...]
    needs: str | None


def truths(data: Path) -> list[Truth]:
    """That of every folder of the real files. Raises KeyError for a folder that nobody has looked at."""
    folders = sorted(f"{path.parent.name}/{path.name}" for path in data.glob("*/*") if path.is_dir())
    known = {path.stem: path for path in TRUTHS.glob("*.yaml")}
    return [_truth(folder, known[folder.replace("/", "_", 1)]) for folder in folders]


def _truth(folder: str, path: Path) -> Truth:
    said = read_yaml(path)
    feeds = tuple(_feed(feed) for feed in said.get("feeds", ()))
    return Truth(folder, said["what"], _city(said["city"], folder.split("/", maxsplit=1)[0]), feeds, said.get("needs"))


def _feed(said: Mapping[str, Any]) -> TrueFeed:
    document = {**_TEXTS, **said["feed"]}
    files = {"paths": list(said["files"])}
    if "layout" in document:
        files["layout"] = document.pop("layout")
    if "reference_since" in document:
        document["reference_since"] = date.fromisoformat(str(document["reference_since"]))
    sets = [frozenset(said.get(key, ())) for key in ("may", "any", "also", "undecided", "intervals")]
    return TrueFeed(tuple(said["files"]), document | {"files": files}, *sets)


def _city(said: str | Mapping[str, Any], name: str) -> CityConfig:
    if isinstance(said, str):
        return CityConfig(**read_yaml(CITIES / said / "city.yaml"))
    fixed = {"name": name, "title": name, "area": "0", "owner": "o", "first_day": "1900-01-01", "nightly_at": "04:00"}
    return CityConfig(**fixed, **said)


def files_of(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """The files of a folder that one of the globs matches, by name."""
    return sorted({path for pattern in patterns for path in folder.glob(pattern)})
