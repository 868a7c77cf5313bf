"""In which format a home is kept: written down in the home, and asked once where a process opens it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
from deltalake.exceptions import DeltaError

from warehouse.files import ANYBODY, write_atomically
from warehouse.home import Home
from warehouse.ledger import migrate
from warehouse.ledger.old_rows import PublicTables, nothing_known
from warehouse.modes import mend_home
from warehouse.published.connect import UnreadableError

MIGRATED = (
    "the home was brought to this version; what an earlier one had written of private feeds into ledger and published "
    "files is removed there: `madang quarantine show` reads such rows again from landing"
)
FORMAT = 3  # 1: homes of the first version, without a format.json; 2: those with rows_superseded


class HomeFormatError(RuntimeError):
    """This version cannot use the home. The message says why and what to do."""


def open_home(home: Home, *, create: bool = False, public: PublicTables = nothing_known) -> list[str]:
    """Make sure that the home is of the format of today: one of the version before is migrated, once.

    A home that does not exist yet is left so, or made with `create`. Of several processes one migrates and the others
    wait. An earlier version wrote down values of private feeds: they are removed, and `public` is asked then which
    tables are none. Returns sentences for the operator. Raises HomeFormatError for a home of a later version, and for
    one that cannot be read or migrated.
    """
    if create:
        home.root.mkdir(parents=True, exist_ok=True)
    mend_home(home)
    if not home.root.is_dir() or _format_of(home) == FORMAT or not (create or home.lake.is_dir()):
        return []
    said: list[str] = []
    try:
        with _locked(home):
            if _format_of(home) == FORMAT:  # another process has migrated it meanwhile
                return []
            tables = public()
            if migrate.is_old(home, tables):
                said = [MIGRATED, *migrate.migrate(home, tables)]
            elif not os.access(home.root, os.W_OK):  # somebody who only reads
                return []
            write_atomically(_marker(home), json.dumps({"format": FORMAT}).encode(), ANYBODY)
    except UnreadableError as error:
        raise HomeFormatError(f"{home.root} cannot be migrated to this version: {error}") from error
    except PermissionError as error:
        hint = "run `madang status` once as its owner"
        raise HomeFormatError(f"{home.root} is of an earlier version, and you may not write to it: {hint}") from error
    except (OSError, pl.exceptions.PolarsError, DeltaError, duckdb.Error) as error:
        first = str(error).splitlines()[0]
        hint = (
            "restore the file from a backup, or begin a new home beside it; nothing was changed that is needed to go on"
        )
        raise HomeFormatError(f"{home.root} cannot be migrated to this version: {first}; {hint}") from error
    return said


def _format_of(home: Home) -> int | None:
    """The format that is written down; None if there is none."""
    try:
        written = json.loads(_marker(home).read_bytes())["format"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = f'if this version has used the home before, replace its content by {{"format": {FORMAT}}}'
        raise HomeFormatError(f"{_marker(home)} cannot be read: {hint}") from error
    if type(written) is not int or not 0 < written <= FORMAT:
        hint = "use the version of Madang that made it, or another --home"
        raise HomeFormatError(f"{home.root} is of format {written}, and this version knows {FORMAT}: {hint}")
    return written


def _marker(home: Home) -> Path:
    return home.root / "format.json"


@contextmanager
def _locked(home: Home) -> Iterator[None]:
    """One process at a time, on the folder itself; the system gives the lock back when a process is killed."""
    folder = os.open(home.root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
