"""From an archive to a pack in the folder of packs: whole and accepted, or nothing of it stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from assets.check.check import check_pack
from assets.moving.archive import PACK, Archive, ArchiveError, open_archive
from assets.moving.expected import EXPECTED
from assets.moving.sample import ABOUT, SAMPLE, read_sample
from assets.moving.taken import taken_by, taken_differences, unknown_here
from assets.pack.city import City, load_city
from assets.pack.packs import load_packs, published_names
from assets.trial.private_folder import private_folder
from quality.contract.mistakes import ContractError, Mistake
from warehouse.failpoint import failpoint
from warehouse.put_in_place import put_in_place

_SHOWN = 12  # differences in a message


@dataclass(frozen=True)
class UnpackedCity:
    """A pack that stands in its place."""

    folder: Path
    archive: Archive


@contextmanager
def city_in(archive: Archive, within: Path | None = None) -> Iterator[City]:
    """The city of an archive, for the time of the block; `within`: the folder of packs that it may be moved to.

    Raises ArchiveError, ContractError for mistakes of the pack, and OSError.
    """
    unknown = unknown_here(archive.taken)
    if unknown:
        made = f"{archive.path}: it was made with another Madang ({archive.manifest.madang})"
        raise ArchiveError(f"{made}: {'; '.join(unknown)}")
    with private_folder(within) as folder:
        pack = folder / archive.manifest.city
        for name, content in archive.pack.items():
            target = pack / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        mistakes = [_in_archive(one, folder) for one in check_pack(pack) if not one.warning]
        if mistakes:
            raise ContractError(*mistakes)
        _require_used(archive, pack)
        try:
            yield load_city(pack)
        except ContractError as error:  # of its sample
            raise ContractError(*(_in_archive(one, folder) for one in error.mistakes)) from error


def unpack_city(path: Path, cities: Path, accepted: Callable[[City], None], *, replaces: bool = False) -> UnpackedCity:
    """Verify an archive, let the city be `accepted`, and put its pack among those of the folder `cities`.

    `accepted` raises what ends it. Until the last step, which is one renaming, nothing is there that could be taken for
    a pack. Raises ArchiveError, ContractError, FileExistsError if the pack is there and `replaces` is not said, and
    OSError.
    """
    archive = open_archive(path)  # once: what is accepted is what was verified, whatever becomes of the file
    target = cities / archive.manifest.city
    _require_place(target, replaces=replaces)
    cities.mkdir(parents=True, exist_ok=True)
    with city_in(archive, cities) as city:
        _require_own_tables(city, cities)
        differences = taken_differences(archive.taken, taken_by(city))
        if differences:
            said = "; ".join(one.said("the archive", "this Madang") for one in differences[:_SHOWN])
            more = f" and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
            raise ArchiveError(
                f"{path}: models, metrics or standards are not those that it was made with "
                f"(Madang {archive.manifest.madang}): {said}{more}"
            )
        accepted(city)
        failpoint("unpack.accepted")
        _require_place(target, replaces=replaces)
        _move(city.folder, target, replaces=replaces)
    return UnpackedCity(target, archive)


def _move(pack: Path, target: Path, *, replaces: bool) -> None:
    if replaces:
        put_in_place(pack, target)
        return
    try:
        pack.rename(target)
    except OSError as error:
        _require_place(target, replaces=False)  # somebody else was faster
        raise error


def _require_place(target: Path, *, replaces: bool) -> None:
    if os.path.lexists(target) and not replaces:
        raise FileExistsError(
            f"{target} is there already: `madang city diff` shows what differs; --replace takes its place"
        )
    if os.path.lexists(target) and (target.is_symlink() or not target.is_dir()):
        raise FileExistsError(f"{target} is no folder of a pack; move it away")


def _require_own_tables(city: City, cities: Path) -> None:
    """Two packs whose tables would have one name: the later one would be left out from now on."""
    folders = [one for one in sorted(cities.iterdir()) if one.is_dir() and not one.name.startswith((".", "_"))]
    for other in load_packs(one for one in folders if one.name != city.name).cities:
        if same := sorted(published_names(city) & published_names(other)):
            raise ArchiveError(
                f"core.{same[0]} would be a table of {other.name}, too; give one of the two another name"
            )


def _require_used(archive: Archive, pack: Path) -> None:
    """Beside the deliveries of its sample there is nothing in the folder of it: it would lie there unread."""
    of_sample = {name for name in archive.pack if name.startswith(f"{SAMPLE}/")}
    if of_sample:
        deliveries = read_sample(pack).about.deliveries
        known = {f"{SAMPLE}/{name}" for name in (ABOUT, EXPECTED, *(one.file for one in deliveries))}
        if other := sorted(of_sample - known):
            raise ArchiveError(f"{archive.path}: {PACK + other[0]!r} is no file of its sample")


def _in_archive(mistake: Mistake, folder: Path) -> Mistake:
    """The mistake with the path in the pack, not that of a folder that is gone when it is read."""
    path = mistake.file
    if path is None or not path.is_relative_to(folder):
        return mistake
    return replace(mistake, file=path.relative_to(folder))
