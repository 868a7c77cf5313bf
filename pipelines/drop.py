"""Which drop folder is a city's. A city must never read the files of another one."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


class NoDropFolderError(ValueError):
    """A city has no drop folder; its text is one sentence that says why and what to do."""


def drop_of(folder: Path, city: str, packs: Collection[str], *, given: bool) -> Path:
    """The city's own drop folder: the one of its name in `folder`, or `folder` itself where that is the city's.

    `folder` is the city's if it has its name, if no other pack is there, or if it is `given` for this city alone. It
    never is where it has the name of another pack or holds a folder of one. Raises NoDropFolderError.
    """
    folder = folder.resolve()
    own = folder / city
    others = sorted(set(packs) - {city})
    hint = f"make {own}, or give --from-dir with --city {city}"
    if own.is_dir():
        folder = own.resolve()
        if folder.name not in others:
            return folder
    if folder.name in others:
        raise NoDropFolderError(
            f"{folder} is the drop folder of {folder.name}, and {city} needs one of its own: {hint}"
        )
    if there := [other for other in others if (folder / other).is_dir()]:
        raise NoDropFolderError(f"{folder} has a folder for {', '.join(there)} and none for {city}: {hint}")
    if others and not given and folder.name != city:
        raise NoDropFolderError(
            f"{folder} has no folder for {city}, and there is more than one city "
            f"({', '.join(sorted({*others, city}))}): {hint}"
        )
    return folder
