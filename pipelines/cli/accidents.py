"""What the machine refuses: room on the disk, memory, open files, rights. It is one sentence, whichever library met it.

Libraries wrap what the system says in errors of their own, so that the whole chain of an error is looked through.
Nothing slow is imported here: memory may end while libraries are loaded.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator

_ERRNOS = (
    *(errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
    *(errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EIO),
)
# as the system says it, and as SQLite, DuckDB, the linker and Python do
_SAID = re.compile(
    "|".join(map(re.escape, sorted({os.strerror(number) for number in _ERRNOS})))
    + "|disk I/O error|database or disk is full|unable to open database file|readonly database|Symlink loop"
    "|can't start new thread|failed to map segment|[Cc]annot allocate memory|memory allocation|[Oo]ut of [Mm]emory"
)
_LONGEST = 300
_AGAIN = "what is published is whole; mend it, and the same command continues from here"


def accident_of(error: BaseException) -> str | None:
    """What the machine refused, in a sentence with what to do; None where the error is of another kind."""
    for one in _chain(error):
        if isinstance(one, MemoryError):
            return f"there is not enough memory: {_AGAIN}"
        said = _SAID.search(str(one))
        if said is not None:
            text = " ".join(_line_with(str(one), said.group()).split())[:_LONGEST]
            return f"the machine refused it ({text.rstrip('.')}): {_AGAIN}"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came of, the first cause last."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        came_of = (one.__cause__, None if one.__suppress_context__ else one.__context__)
        waiting += [cause for cause in came_of if cause is not None]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()


def _line_with(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)
