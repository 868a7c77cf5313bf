"""Dagster's own store under the home: its runs, their events and the settings of deploy/dagster.yaml."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from pipelines.settings import SHIPPED
from warehouse.home import Home
from warehouse.modes import make_private_folder

REMADE = (
    "madang: Dagster's store in {folder} is broken, and is made again: its pages forget earlier runs, "
    "and no data is lost"
)
_FILES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_BEING_MADE = "being-made"  # a file that is there from the first file of the store to the last


def open_instance(home: Home) -> dg.DagsterInstance:
    """The instance of a home, made ready before several processes can race for it. The caller disposes of it.

    Sets DAGSTER_HOME, which Dagster and the storage of events read, and that events are stored together. Two processes
    that make a store at once break it, so one waits for the other. A store that is broken or half made is made again:
    the truth is in the ledger. Only the former is named on the error output, as runs are lost.
    """
    folder = home.dagster
    make_private_folder(folder, home.root)
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")  # what a run plans is stored at once
    with _alone(folder):
        shipped, used = SHIPPED / "dagster.yaml", folder / "dagster.yaml"
        if shipped.is_file() and (not used.is_file() or used.read_bytes() != shipped.read_bytes()):
            shutil.copyfile(shipped, used)
        if (folder / _BEING_MADE).exists():  # nothing is in it yet
            _remove(folder)
        elif any(_is_broken(folder / name) for name in _FILES):
            _remove(folder)
            print(REMADE.format(folder=folder), file=sys.stderr)
        if (folder / _FILES[1]).is_file():
            return dg.DagsterInstance.get()
        return _make(folder)


def _make(folder: Path) -> dg.DagsterInstance:
    (folder / _BEING_MADE).touch()
    instance = dg.DagsterInstance.get()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        instance.upgrade()  # it prints what it does to an empty store
    (folder / _BEING_MADE).unlink()
    return instance


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else is in this block. The lock ends with the process, however that ends."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _is_broken(file: Path) -> bool:
    """Is it no database, or one that two processes have made at once? Dagster then refuses it for good."""
    if not file.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(file, timeout=60)) as con:
            return len(con.execute("SELECT * FROM alembic_version").fetchall()) > 1
    except sqlite3.OperationalError:  # no such table: Dagster makes it; or it is in use
        return False
    except sqlite3.DatabaseError:
        return True


def _remove(folder: Path) -> None:
    for name in ("history", "schedules"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / _BEING_MADE).unlink(missing_ok=True)
