"""Who works on what: any number of nights, backfills and publications may be about one home at once.

A lease is a lock of the system on bytes of a file under `leases/`, one byte for each day of a table. It ends with its
process, however that ends, so that none has to be broken and none has a time. A process holds one lease at a time, and
takes the days of it from the oldest on: nobody waits for somebody who waits for them. What holds here between processes
of one machine a row lock can hold in a database: nothing but this module knows how.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise

from warehouse.files import make_folder
from warehouse.home import Home

_OF_DESCRIPTION = getattr(fcntl, "F_OFD_SETLKW", None)  # Linux; elsewhere a lease is of all days of its table
_FLOCK = "hhqqi4x"  # struct flock: type, whence, start, length, pid
_MOST = date.max.toordinal()


@contextmanager
def lease(home: Home, city: str, layer: str, table: str, days: Collection[date] | None = None) -> Iterator[None]:
    """Nobody else works on these days of the table in this block; None: on any day. Waits until it is so.

    What was found before the block may be done by now: look again inside. Raises OSError where the home cannot be
    written.
    """
    make_folder(home.leases)
    file = os.open(home.leases / f"{city}.{layer}.{table}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _lock(file, [(0, _MOST)] if days is None else _stretches(days))
        yield
    finally:
        os.close(file)


@contextmanager
def committing(home: Home) -> Iterator[None]:
    """A batch becomes live and is recorded in this block: who reads the whole home sees both or neither."""
    with _shared_file(home) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextmanager
def nothing_commits(home: Home) -> Iterator[None]:
    """In this block no batch becomes live, so that lake and ledger are of one moment, however often they are read."""
    with _shared_file(home) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _shared_file(home: Home) -> Iterator[int]:
    make_folder(home.leases)
    file = os.open(home.leases / ".commits", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        yield file
    finally:
        os.close(file)


def _stretches(days: Collection[date]) -> list[tuple[int, int]]:
    """The days as pairs of a first byte and how many follow it, oldest first."""
    ordinals = sorted({day.toordinal() for day in days})
    gaps = [(one, following) for one, following in pairwise(ordinals) if following != one + 1]
    firsts = [*ordinals[:1], *(after for _, after in gaps)]
    lasts = [*(before for before, _ in gaps), *ordinals[-1:]]
    return [(first, last - first + 1) for first, last in zip(firsts, lasts, strict=True)]


def _lock(file: int, stretches: Collection[tuple[int, int]]) -> None:
    if _OF_DESCRIPTION is None:
        fcntl.flock(file, fcntl.LOCK_EX)
        return
    for start, length in stretches:
        fcntl.fcntl(file, _OF_DESCRIPTION, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0))
