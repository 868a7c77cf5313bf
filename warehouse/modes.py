"""Who may read what of a home. Its private folders, and everything in them, are their owner's alone.

Private are landing, refused and parsed deliveries, Dagster's store, what disclosure control keeps, and the folder of
each private table in the lake. Everything else, the published file above all, is for whom the umask says; but the files
of partners are closed, too. A folder is closed first and what is in it afterwards: from then on nobody else comes to
any of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from warehouse.files import make_folder, sync
from warehouse.home import Home

FOLDER, FILE = 0o700, 0o600
_OTHERS = 0o077


def make_private_folder(path: Path, within: Path) -> None:
    """Make the folder `path`, and those above it up to but without `within`, for their owner alone."""
    if path.is_dir():
        return
    missing = [path, *path.parents][: len(path.relative_to(within).parts)]
    within.mkdir(parents=True, exist_ok=True)
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER, exist_ok=True)
        sync(folder.parent)


def is_closed(path: Path) -> bool:
    """Whether nobody but its owner may use this file or folder; False if it is not there."""
    try:
        return path.stat().st_mode & _OTHERS == 0
    except FileNotFoundError:
        return False


def close_table(folder: Path) -> None:
    """Close the folder of a private table of the lake; it is made if it is not there, and mended if it was open."""
    if not folder.is_dir():
        make_folder(folder, FOLDER)
    if not is_closed(folder):
        close(folder)


def close(folder: Path) -> None:
    """Take the folder and all that is in it away from everybody but their owner. What is closed stays as it is."""
    _close(folder)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            _close(Path(parent, name))


def private_folders(home: Home) -> Iterator[Path]:
    """The private folders that are there. A table of the lake is private if its folder is closed."""
    yield from (folder for folder in _closed(home) if folder.is_dir())
    yield from (folder for folder in home.lake.glob("*/*/*") if folder.is_dir() and is_closed(folder))


def mend_home(home: Home) -> None:
    """Close landing, refused and parsed deliveries, and Dagster's store where another program has opened them.

    Costs a look at four folders where they are closed. Does nothing for somebody who may only read the home.
    """
    for folder in _closed(home):
        if folder.is_dir() and not is_closed(folder):
            with suppress(PermissionError):
                close(folder)


def _closed(home: Home) -> tuple[Path, ...]:
    return home.landing, home.refused, home.parse_cache, home.dagster, home.root / "disclosure"


def _close(path: Path) -> None:
    with suppress(FileNotFoundError):  # removed in this moment
        mode = path.lstat().st_mode
        if mode & _OTHERS and not path.is_symlink():
            path.chmod(mode & 0o777 & ~_OTHERS)
