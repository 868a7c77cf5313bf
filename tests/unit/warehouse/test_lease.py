"""Leases: who works on which days of a table, over all processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import date, timedelta
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.home import Home
from warehouse.lease import _stretches, committing, lease, nothing_commits

FIRST = date(2020, 4, 1)
SPAWN = multiprocessing.get_context("spawn")


def hold(root: Path, days: list[date] | None, ends: Connection) -> None:
    """Take a lease, say so, and keep it until the other end says something."""
    with lease(Home(root), "seoul", "core", "air", days):
        ends.send("held")
        ends.recv()
    ends.send("given back")


def hold_commits(root: Path, alone: bool, ends: Connection) -> None:
    with (nothing_commits if alone else committing)(Home(root)):
        ends.send("held")
        ends.recv()


def begun(target: object, *arguments: object) -> tuple[Any, Any]:
    own, other = SPAWN.Pipe()
    process = SPAWN.Process(target=target, args=(*arguments, other), daemon=True)  # pyright: ignore[reportArgumentType]
    process.start()
    other.close()
    return process, own


def test_the_same_day_waits_and_another_does_not(tmp_path: Path):
    first, ends = begun(hold, tmp_path, [FIRST, FIRST + timedelta(days=5)])
    assert ends.recv() == "held"
    with lease(Home(tmp_path), "seoul", "core", "air", [FIRST + timedelta(days=1)]):
        pass
    with lease(Home(tmp_path), "seoul", "core", "water", [FIRST]):
        pass
    second, other_ends = begun(hold, tmp_path, [FIRST + timedelta(days=4), FIRST + timedelta(days=5)])
    assert not other_ends.poll(0.2)  # a longer wait would not prove more
    ends.send("go")
    assert ends.recv() == "given back"
    assert other_ends.recv() == "held"
    other_ends.send("go")
    for process in (first, second):
        process.join()
        assert process.exitcode == 0


def test_a_lease_ends_with_its_process(tmp_path: Path):
    killed, ends = begun(hold, tmp_path, None)
    assert ends.recv() == "held"
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    with lease(Home(tmp_path), "seoul", "core", "air", [FIRST]):
        killed.join()


def test_commits_go_side_by_side_and_none_beside_who_reads_all(tmp_path: Path):
    commits = [begun(hold_commits, tmp_path, False) for _ in range(2)]
    assert [ends.recv() for _, ends in commits] == ["held", "held"]
    reader, reads = begun(hold_commits, tmp_path, True)
    assert not reads.poll(0.2)
    for _, ends in commits:
        ends.send("go")
    assert reads.recv() == "held"
    reads.send("go")
    for process in (reader, *(one for one, _ in commits)):
        process.join()
        assert process.exitcode == 0


@given(st.sets(st.integers(0, 60), max_size=30))
def test_stretches_are_the_days_and_nothing_else(numbers: set[int]):
    stretches = _stretches([FIRST + timedelta(days=n) for n in numbers])
    held = [start + n - FIRST.toordinal() for start, length in stretches for n in range(length)]
    assert held == sorted(numbers)
    assert all(after[0] > before[0] + before[1] for before, after in pairwise(stretches))


def test_a_home_that_cannot_be_written_says_so(tmp_path: Path):
    (tmp_path / "leases").write_text("a file where the folder should be")
    with pytest.raises(OSError), lease(Home(tmp_path), "seoul", "core", "air", [FIRST]):  # noqa: PT011
        pass
