"""Dagster's store in a home: one process makes it while the others wait, and one that was left half made is mended."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from pipelines.dagster_store import instance
from pipelines.dagster_store.instance import open_instance
from warehouse.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DAGSTER_HOME", "")
    with open_instance(Home(tmp_path)):
        return Home(tmp_path)


def two_heads(folder: Path) -> None:
    """What two processes leave behind that make one store at once."""
    with sqlite3.connect(folder / "history" / "runs.db") as con:
        con.execute("INSERT INTO alembic_version VALUES ('5771160a95ad')")
    con.close()


def half_made(folder: Path) -> None:
    (folder / "being-made").touch()
    (folder / "history" / "runs.db").unlink()


def no_database(folder: Path) -> None:
    (folder / "schedules" / "schedules.db").write_bytes(b"nothing that SQLite knows" * 100)


@pytest.mark.parametrize("broken", [two_heads, half_made, no_database])
def test_a_broken_store_is_made_anew_and_said(home: Home, broken, capsys: pytest.CaptureFixture[str]):
    broken(home.dagster)
    with open_instance(home) as found:
        assert found.get_runs_count() == 0
    said = "" if broken is half_made else instance.REMADE.format(folder=home.dagster) + "\n"
    assert capsys.readouterr().err == said
    with open_instance(home):  # once is enough
        assert capsys.readouterr().err == ""


def test_a_store_is_made_by_one_process_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    make, found = instance._make, []

    def watched(folder: Path):
        other = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
        found.append(folder)
        return make(folder)

    monkeypatch.setattr(instance, "_make", watched)
    for _ in range(2):
        open_instance(Home(tmp_path)).dispose()
    assert found == [tmp_path / "dagster"]
    assert not (tmp_path / "dagster" / "being-made").exists()
