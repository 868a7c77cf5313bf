"""Writing files so that a reader finds them whole or not at all, whatever kills the writer."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

OWNER_ONLY, ANYBODY = 0o600, 0o666  # who may read a file; the umask of the process takes its part away
UNFINISHED = ".part"  # ending of files in the making; not hidden, because deltalake's vacuum passes over hidden files


@contextmanager
def replacing(target: Path, *, durable: bool = False, mode: int = OWNER_ONLY) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of `target` when the block ends well, and is removed when it does not.

    Its name is new each time: two processes may write the same target at once. `durable`: the content is on the disk
    before the name is, so that `target` is whole after a crash of the machine too. `mode`: what was delivered may be
    private, so a file is its owner's alone unless the caller says otherwise.
    """
    unfinished = unfinished_name(target)
    try:
        with open(unfinished, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(target)
    except BaseException as error:
        unfinished.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(target)  # of a full disk the system does not say which file it was
        raise


def write_atomically(target: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Write `content` so that `target` is absent or whole, also after a crash of the machine."""
    with replacing(target, durable=True, mode=mode) as file:
        file.write(content)


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
