"""The folder of pages beside the file of a tier: kept under the release that it is of, and swapped by one rename.

`site` is a link, as one rename can replace a link and no folder that is not empty. What is in the folder is not known
here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Container
from pathlib import Path

from warehouse.failpoint import failpoint
from warehouse.files import make_folder, sync
from warehouse.published.folder import unfinished
from warehouse.published.place import TierFolder

LINK = "site"
_ENDING = ".site"


def site_link(tier: TierFolder) -> Path:
    """What is read."""
    return tier.published / LINK


def site_folder(tier: TierFolder, version: int, code: str) -> Path:
    """Where the pages of a release lie that were made by the code of this digest."""
    return tier.versions / f"{version:06d}-{code}{_ENDING}"


def unfinished_site(tier: TierFolder) -> Path:
    """A name for a folder in the making; who is killed leaves it to the next one that holds the lock."""
    return unfinished(tier).with_suffix(_ENDING)


def site_folders(tier: TierFolder) -> dict[Path, int]:
    """The folders that are there, and the release that each is of."""
    found = sorted(tier.versions.glob(f"[0-9]*{_ENDING}"))
    return {path: int(path.name.partition("-")[0]) for path in found}


def shown_site(tier: TierFolder) -> Path | None:
    """The folder that the link leads to; None where there is none."""
    link = site_link(tier)
    target = tier.versions / link.readlink().name if link.is_symlink() else None
    return target if target is not None and target.is_dir() else None


def keep_site(made: Path, folder: Path, linked: Container[str] = ()) -> None:
    """Give a finished folder its name. Its files are not to be written: the next site may share them.

    linked: paths in it that are another name of a file of a kept site. That was closed and on the disk before its site
    had its name, so that only the folder with the new name is not on the disk yet: of 3,400 files 2,900 are linked.
    """
    for parent, _, names in os.walk(made):
        inside = parent[len(str(made)) + 1 :]
        for name in names:
            if (f"{inside}/{name}" if inside else name) not in linked:
                _close(f"{parent}/{name}")
        sync(Path(parent))
    make_folder(folder.parent)
    if folder.exists():  # of a release that a killed process did not come to: the file under its number is another one
        shutil.rmtree(folder)
    made.rename(folder)
    sync(folder.parent)
    failpoint("site.kept")


def _close(file: str) -> None:
    """Nobody writes a file from now on, and what is in it is on the disk."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fchmod(handle, os.fstat(handle).st_mode & 0o555)
        os.fsync(handle)
    finally:
        os.close(handle)


def show_site(tier: TierFolder, folder: Path) -> None:
    """From now on the link leads to this folder. The others go: whoever has a page open has all of it."""
    if shown_site(tier) != folder:
        link = unfinished(tier).with_suffix(".link")
        link.symlink_to(folder.relative_to(tier.published), target_is_directory=True)
        os.replace(link, site_link(tier))
        failpoint("site.shown")
        sync(tier.published)
    for other in site_folders(tier):
        if other != folder:
            _remove(tier, other)


def remove_sites(tier: TierFolder, kept: Container[int]) -> bool:
    """Remove the pages of all releases but those that are `kept`. Whether there were any."""
    gone = [folder for folder, version in site_folders(tier).items() if version not in kept]
    for folder in gone:
        if shown_site(tier) == folder:
            site_link(tier).unlink()
            failpoint("site.hidden")
        _remove(tier, folder)
    link = site_link(tier)
    if link.is_symlink() and not link.exists():
        link.unlink()
    return bool(gone)


def _remove(tier: TierFolder, folder: Path) -> None:
    """In two steps, so that a folder under its name is always whole."""
    leaving = unfinished_site(tier)
    folder.rename(leaving)
    failpoint("site.leaving")
    shutil.rmtree(leaving)
