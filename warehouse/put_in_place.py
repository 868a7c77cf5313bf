"""A folder takes the place of another one in one step, or nothing happens: whoever looks finds one of the two whole."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path

from warehouse.files import sync, sync_tree

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)  # an old kernel, or a disk that has no such step


def put_in_place(new: Path, target: Path) -> None:
    """Rename the folder `new` to `target`, and remove what was there. Both lie on one disk, and `new` is written down
    before it has the name. Raises OSError.

    Where the system cannot exchange two names in one step there is a moment without the folder: what was there is put
    back if the second step fails.
    """
    sync_tree(new)
    if not os.path.lexists(target):
        new.rename(target)
        sync(target.parent)
        return
    if not _exchanged(new, target):
        old = new.with_name(f"{new.name}.old")
        target.rename(old)
        try:
            new.rename(target)
        except BaseException:
            old.rename(target)
            raise
        new = old
    sync(target.parent)
    shutil.rmtree(new, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names; False where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))
