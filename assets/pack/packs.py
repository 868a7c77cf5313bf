"""All city packs of an installation. What is wrong in one of them must not stop the other cities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import polars as pl

from assets.pack.city import City, city_of_pack, feed_of_file, read_pack
from quality.contract.mistakes import ContractError, Mistake


@dataclass(frozen=True)
class Packs:
    """The cities whose packs can be read, and of each other pack why it cannot, in a sentence."""

    cities: tuple[City, ...]
    broken: Mapping[str, str]  # by the name of the folder

    @property
    def mistakes(self) -> list[str]:
        """A sentence for each pack, and for each feed of the other packs, that is left out."""
        feeds = chain.from_iterable(city.left_out.values() for city in self.cities)
        return [*(f"{text}; the other cities go on" for text in self.broken.values()), *feeds]

    def of(self, city: str) -> Packs:
        """This city alone. Raises ContractError if its pack is left out."""
        if city in self.broken:
            raise ContractError(self.broken[city])
        return Packs(tuple(one for one in self.cities if one.name == city), {})


def load_packs(folders: Iterable[Path], only: Collection[str] | None = None) -> Packs:
    """Read these packs, in their order, or those of them whose folders have these names. Never raises for what stands
    in one of them.

    Of the others the names of their files are looked at, and no more, unless a table would be called like one of
    theirs: then it depends on whether that pack can be read.
    """
    found = _Reading(tuple(folders))
    wanted = [folder for folder in found.folders if only is None or folder.name in only]
    read = [(folder.name, found.of(folder)) for folder in wanted]
    return Packs(
        tuple(city for _, city in read if isinstance(city, City)),
        {name: why for name, why in read if isinstance(why, str)},
    )


class _Reading:
    """Packs, each read when it is asked for: its city, or why it cannot be read."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self.folders = folders
        self._read: dict[Path, City | str] = {}
        self._listed: dict[Path, set[str]] = {}

    def of(self, folder: Path) -> City | str:
        if folder not in self._read:
            self._read[folder] = self._new(folder)
        return self._read[folder]

    def _new(self, folder: Path) -> City | str:
        try:
            city = load_pack(folder)
            _require_own_names(city, self._like(folder))
        except ContractError as error:
            return f"pack {folder.name}: {error}"
        except (Exception, pl.exceptions.PanicException) as error:
            return f"pack {folder.name} cannot be read: {type(error).__name__}: {error}"
        return city

    def _like(self, folder: Path) -> Iterator[City]:
        """The cities before this one, of those that have a file of a table with the name of one of its tables."""
        names = self._names(folder)
        for other in self.folders[: self.folders.index(folder)]:
            if names & self._names(other) and isinstance(city := self.of(other), City):
                yield city

    def _names(self, folder: Path) -> set[str]:
        if folder not in self._listed:
            self._listed[folder] = listed_names(folder)
        return self._listed[folder]


def load_pack(folder: Path) -> City:
    """The city of a pack, without the feeds whose files have a mistake: those are in `left_out`.

    Raises ContractError for any other mistake: without its name, its zone, its areas or its metrics there is no city.
    """
    pack = read_pack(folder)
    of_feeds = [
        mistake for mistake in pack.mistakes if mistake.file is not None and mistake.file.parent.name == "feeds"
    ]
    others = [mistake for mistake in pack.mistakes if mistake not in of_feeds]
    if others or pack.config is None or pack.areas is None or pack.choices is None:
        raise ContractError(*(others or ("the pack cannot be read",)))
    by_file: dict[Path, list[Mistake]] = {}
    for mistake in of_feeds:
        if mistake.file is not None:
            by_file.setdefault(mistake.file, []).append(mistake)
    names = {feed_of_file(path) for path in by_file}
    good = {path: contract for path, contract in pack.contracts.items() if feed_of_file(path) not in names}
    city = city_of_pack(replace(pack, contracts=good), pack.config, pack.choices, pack.areas)
    left_out = {
        feed_of_file(path): f"{city.name}: the feed {feed_of_file(path)} is left out, and what is made from it is not "
        f"made: {ContractError(*mistakes)}"
        for path, mistakes in by_file.items()
    }
    return replace(city, left_out=left_out)


def published_names(city: City) -> set[str]:
    """The names that its feeds have in `core`, whether they are published or not."""
    return {f"{city.name}_{feed}" for feed in (*city.contracts, *city.left_out)}


def listed_names(folder: Path) -> set[str]:
    """What the feeds of a pack are called in `core`, by the names of its files: a feed has the name of its file."""
    return {f"{folder.name}_{feed}" for feed in feeds_listed(folder)}


def feeds_listed(folder: Path) -> set[str]:
    """The names of the feeds of a pack, by its files, which are not read."""
    return {feed_of_file(path) for path in (folder / "feeds").glob("*.yaml")}


def _require_own_names(city: City, others: Iterable[City]) -> None:
    """`core.<city>_<feed>` is one name for seoul + air_daily and for seoul_air + daily: the second is refused."""
    for other in others:
        if same := sorted(published_names(city) & published_names(other)):
            raise ContractError(
                f"core.{same[0]} would be a table of {other.name}, too; give the feed, or the city, another name"
            )
