"""A folder that is there whole or not at all, whatever kills who makes it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.failpoint import failpoint
from warehouse.files import sync

_UNFINISHED = ".madang-export-"


class FolderTakenError(ValueError):
    """There is something already where the folder should be. Nothing was changed."""


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to write to, which becomes `target` when the block ends well and is removed when it does not.

    It lies beside `target`, so that it only has to get another name. What a killed process left there is removed by
    the next one with the same target. Raises FolderTakenError, OSError.
    """
    target = target.resolve()
    refuse_taken(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.parent / f"{_UNFINISHED}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}"
    handle = _locked(unfinished)
    try:
        for left in unfinished.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield unfinished
        for path in (*unfinished.rglob("*"), unfinished):
            sync(path)
        failpoint("export.synced")
        refuse_taken(target)
        unfinished.rename(target)  # takes the place of an empty folder, and of nothing else
        sync(target.parent)
        failpoint("export.named")
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finally:
        os.close(handle)  # the system gives the lock back


def refuse_taken(target: Path) -> None:
    """Raises FolderTakenError where `target` is something, or cannot be replaced in one step."""
    if not target.exists():
        return
    if not target.is_dir():
        raise FolderTakenError(f"{target} is a file, and a folder is needed: give the name of a new one")
    if any(target.iterdir()):
        raise FolderTakenError(f"{target} is not empty, and nothing is overwritten: give the name of a new folder")
    if target == Path.cwd() or target.is_mount():
        raise FolderTakenError(f"{target} is in use: give the name of a new folder in it")


def _locked(folder: Path) -> int:
    """The handle that holds the folder for this process; it is made. Raises FolderTakenError where another has it."""
    while True:
        folder.mkdir(exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists() and os.path.samestat(os.fstat(handle), folder.stat()):
                return handle  # else the one that had it has just finished, and the folder has its name by now
        except BlockingIOError as error:
            os.close(handle)
            raise FolderTakenError(f"another export is writing there now: {folder.parent}") from error
        os.close(handle)
