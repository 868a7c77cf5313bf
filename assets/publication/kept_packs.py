"""The packs that the published file was made with, kept in the home.

A pack that somebody has broken since would take its city out of the file: its values stay as its last good pack has
them, until it can be read again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from assets.derive.versions import digest_of
from assets.pack.city import City, load_city
from assets.pack.packs import Packs
from quality.contract.model import ContractError
from warehouse.home import Home


def cities_to_publish(home: Home, packs: Packs) -> list[City]:
    """The cities that can be read, and of the others those that were published before, as they were then."""
    kept = [home.packs / name for name in packs.broken if (home.packs / name).is_dir()]
    cities = [*packs.cities]
    for folder in kept:
        try:
            cities.append(load_city(folder))
        except ContractError as error:  # the contracts' form has changed with this version
            raise ContractError(f"{packs.broken[folder.name]}; and its last good pack is of another version") from error
    return sorted(cities, key=lambda city: city.name)


def keep_packs(home: Home, cities: Iterable[City]) -> None:
    """Keep a copy of each pack that the published file is made with, where it differs from the one kept."""
    for city in cities:
        kept = home.packs / city.folder.name
        if city.folder == kept or (kept.is_dir() and _digest(kept) == _digest(city.folder)):
            continue
        new = home.packs / f".new-{city.folder.name}"
        shutil.rmtree(new, ignore_errors=True)
        for path in _files(city.folder):
            target = new / path.relative_to(city.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        shutil.rmtree(kept, ignore_errors=True)
        new.rename(kept)


def _files(folder: Path) -> list[Path]:
    """What a pack is read from."""
    return sorted(path for ending in ("*.yaml", "*.csv") for path in folder.rglob(ending) if path.is_file())


def _digest(folder: Path) -> str:
    return digest_of(_files(folder))
