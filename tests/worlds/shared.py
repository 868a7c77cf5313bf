"""What is made once in a run of the tests, whichever worker comes first."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def note(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A file that all workers share, held for the block: who finds it missing makes what it is about and writes it."""
    base = factory.getbasetemp()
    folder = base.parent if base.name.startswith("popen-") else base
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name
