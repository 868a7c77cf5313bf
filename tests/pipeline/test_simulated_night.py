"""A night of a city that has neither files nor keys: the simulated city makes what its contracts say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest

from tests.worlds.command import Command


def test_the_first_night_of_hanoi_needs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    home = tmp_path / "home"
    said = Command(home)("nightly", "--city", "hanoi", "--day", "2024-03-10")
    assert said.code == 0, said.err
    with duckdb.connect(str(home / "published" / "madang.duckdb"), read_only=True) as file:
        (rows,) = file.sql("SELECT count(*), min(day), max(day), min(pm25) FROM core.hanoi_air_embassy").fetchall()
        sources = file.sql("SELECT DISTINCT source FROM ledger.attempt").fetchall()
    assert rows[0] >= 24
    assert (str(rows[1]), str(rows[2])) == ("2024-03-10", "2024-03-10")
    assert rows[3] is not None
    assert sources == [("simulated",)]
    assert list((tmp_path / "temporary").iterdir()) == []  # the drop folder is gone
