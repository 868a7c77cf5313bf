"""Writing files so that a reader finds them whole or not at all, whatever kills the writer or the machine.

What is put in place is on the disk when the call returns: first the content, then the name. Only what may be lost
(caches) is written without waiting for the disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

OWNER_ONLY, ANYBODY = 0o600, 0o666  # who may read a file; the umask of the process takes its part away
UNFINISHED = ".part"  # ending of files in the making; not hidden, because deltalake's vacuum passes over hidden files
_SUM = 16  # letters of a SHA-256 in the name of a file: 64 bits find damage; nobody is kept from forging it
_SUMMED = re.compile(rf"-x([0-9a-f]{{{_SUM}}})\.")


@contextmanager
def replacing(target: Path, *, durable: bool = False, mode: int = OWNER_ONLY) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of `target` when the block ends well, and is removed when it does not.

    Its name is new each time: two processes may write the same target at once. `durable`: the content is on the disk
    before the name is, and the name when the block is over. `mode`: what was delivered may be private, so a file is its
    owner's alone unless the caller says otherwise.
    """
    with _unfinished(target, mode) as (unfinished, file):
        yield file
        file.flush()
        if durable:
            os.fsync(file.fileno())
        unfinished.replace(target)
        if durable:
            sync(target.parent)


@dataclass
class SummedFile:
    """A file that is being written; `path`, once it is in place: its name has the checksum of its content."""

    file: BinaryIO
    path: Path


@contextmanager
def summing(target: Path, mode: int) -> Iterator[SummedFile]:
    """The same, on the disk when the block ends, for a file that is never replaced: to the name of `target` the
    checksum of what was written is added, so that whoever reads it later can tell whether it is still that."""
    with _unfinished(target, mode) as (unfinished, file):
        writing = SummedFile(file, target)
        yield writing
        file.flush()
        os.fsync(file.fileno())
        writing.path = target.with_name(f"{target.stem}-x{checksum(unfinished)}{target.suffix}")
        unfinished.replace(writing.path)
        sync(target.parent)


def checksum(path: Path) -> str:
    """The checksum of what a file holds, as names have it. 1.7 GB/s."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_SUM]


def is_as_written(path: Path) -> bool | None:
    """Whether a file holds what its name says; None where the name has no checksum, as those of earlier versions."""
    named = _SUMMED.search(path.name)
    return None if named is None else checksum(path) == named[1]


def write_atomically(target: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Write `content` so that `target` is absent or whole, also after a crash of the machine."""
    with replacing(target, durable=True, mode=mode) as file:
        file.write(content)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make the folder, and those above it, and wait until their names are on the disk. `mode` is that of the last."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with suppress(FileExistsError):
        path.mkdir(mode=mode)
    sync(path.parent)


def unfinished_name(target: Path) -> Path:
    """A name beside `target` for a file in the making, never used before."""
    return target.with_name(f"{target.stem}.{secrets.token_hex(8)}{UNFINISHED}")


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """The same of a folder, and of all files and folders in it."""
    for parent, _, names in os.walk(folder):
        for name in names:
            if not (path := Path(parent, name)).is_symlink():
                sync(path)
        sync(Path(parent))


@contextmanager
def _unfinished(target: Path, mode: int) -> Iterator[tuple[Path, BinaryIO]]:
    unfinished = unfinished_name(target)
    try:
        with open(unfinished, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            yield unfinished, file
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(target)  # of a full disk the system does not say which file it was
        raise
