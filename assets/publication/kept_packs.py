"""The packs that the published file was made with, kept in the home.

A pack or a feed in which somebody has made a mistake since would take its rows out of the file: they stay as the last
good files have them, until the pack can be read again. A pack that is gone is gone on purpose.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from assets.derive.versions import digest_of
from assets.pack.city import SAMPLE_FOLDER, City, feed_of_file
from assets.pack.packs import Packs, load_packs, published_names
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.put_in_place import put_in_place


def cities_to_publish(home: Home, packs: Packs) -> list[City]:
    """The cities of which the home has something and that can be read, with what is left out of them as it was when it
    was published, by name. A pack that was never run adds nothing: it has no place in the file yet.

    What was never published, or was published by a version that had other contracts, is not there: it cannot stop the
    other cities.
    """
    of_home = ledger.cities(home)
    packs = Packs(
        tuple(city for city in packs.cities if city.name in of_home),
        {name: why for name, why in packs.broken.items() if name in of_home},
    )
    names = {*packs.broken, *(city.folder.name for city in packs.cities if city.left_out)}
    kept = {city.folder.name: city for city in load_packs(_kept(home, name) for name in sorted(names)).cities}
    cities = [_with_feeds_of(city, kept.get(city.folder.name)) for city in packs.cities]
    taken = {name for city in cities for name in published_names(city)}
    cities += [kept[name] for name in packs.broken if name in kept and not published_names(kept[name]) & taken]
    return sorted(cities, key=lambda city: city.name)


def _with_feeds_of(city: City, kept: City | None) -> City:
    if kept is None:
        return city
    found = {name: kept.contracts[name] for name in city.left_out if name in kept.contracts}
    return replace(city, contracts=dict(sorted((dict(city.contracts) | found).items())))


def keep_packs(home: Home, cities: Iterable[City]) -> None:
    """Keep a copy of each pack that the published file is made with, where it differs from the one kept."""
    for city in cities:
        kept = _kept(home, city.folder.name)
        files = _good_files(city, kept)
        if city.folder == kept or (kept.is_dir() and digest_of(_files(kept)) == digest_of(files.values())):
            continue
        new = home.packs / f".new-{city.folder.name}"
        shutil.rmtree(new, ignore_errors=True)
        for name, path in files.items():
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        put_in_place(new, kept)


def _kept(home: Home, folder: str) -> Path:
    return home.packs / folder


def _good_files(city: City, kept: Path) -> dict[Path, Path]:
    """The files of the pack by their names in it; of a feed that is left out the one that was kept, if there is one."""
    good = {path.relative_to(city.folder): path for path in _files(city.folder) if not _is_left_out(city, path)}
    return good | {path.relative_to(kept): path for path in _files(kept) if _is_left_out(city, path)}


def _is_left_out(city: City, path: Path) -> bool:
    return path.parent.name == "feeds" and feed_of_file(path) in city.left_out


def _files(folder: Path) -> list[Path]:
    """What a pack is read from; its sample is not, and deliveries are no part of a home's packs."""
    found = (path for ending in ("*.yaml", "*.csv") for path in folder.rglob(ending) if path.is_file())
    return sorted(path for path in found if path.relative_to(folder).parts[0] != SAMPLE_FOLDER)
