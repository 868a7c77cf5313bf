"""All city packs of an installation. What is wrong in one of them must not stop the other cities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def load_packs(folders: Iterable[Path]) -> Packs:
    """Read these packs, in their order. Never raises for what stands in one of them."""
    cities: list[City] = []
    broken: dict[str, str] = {}
    for folder in folders:
        try:
            city = load_pack(folder)
            _require_own_names(city, cities)
            cities.append(city)
        except ContractError as error:
            broken[folder.name] = f"pack {folder.name}: {error}"
        except (Exception, pl.exceptions.PanicException) as error:
            broken[folder.name] = f"pack {folder.name} cannot be read: {type(error).__name__}: {error}"
    return Packs(tuple(cities), broken)


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


def _require_own_names(city: City, others: Iterable[City]) -> None:
    """`core.<city>_<feed>` is one name for seoul + air_daily and for seoul_air + daily: the second is refused."""
    for other in others:
        if same := sorted(published_names(city) & published_names(other)):
            raise ContractError(
                f"core.{same[0]} would be a table of {other.name}, too; give the feed, or the city, another name"
            )
