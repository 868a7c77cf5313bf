"""A folder for the time of a trial or a replay, for its owner alone; what a killed one left is removed by the next."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "madang-trial-"
_LOCK = ".lock"  # held as long as the trial lives; the system gives it back when the process is killed


@contextmanager
def private_folder(within: Path | None = None) -> Iterator[Path]:
    """Removed however the block ends. `within`: the folder in which it is made, hidden, where its files are to be moved
    to a place beside it; None: that of the system for such files. Raises OSError where there is no place for it."""
    prefix = _PREFIX if within is None else f".{_PREFIX}"
    with tempfile.TemporaryDirectory(prefix=prefix, dir=within, ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        with (folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _sweep(folder, prefix)
            if within is not None:  # one that is killed in a pack is no part of its repository
                (folder / ".gitignore").write_text("*\n", "utf-8")
            yield folder


def _sweep(mine: Path, prefix: str) -> None:
    """Remove the folders of this user's trials that nobody holds: deliveries may be private."""
    for other in mine.parent.glob(f"{prefix}*"):
        with suppress(OSError):
            if other == mine or other.is_symlink() or other.stat().st_uid != os.getuid():
                continue
            with (other / _LOCK).open("r") as lock:  # one that has none yet is just begun
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other, ignore_errors=True)
