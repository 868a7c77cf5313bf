"""A connection of DuckDB in memory for an audit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

_SMALL = 64 * 2**20  # bytes of Parquet: what is made of them fits into memory
_UTC = "SET TimeZone = 'UTC'"


@contextmanager
def connected(files: Sequence[Path], spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which these files are looked at, in UTC; its temporary tables are its own.

    Small files share one DuckDB in this process, as making one costs more than looking at them: it never spills. For
    others one is made, which spills to a folder named `spill`; by itself it would take the folder that the process was
    started in.
    """
    small = sum(file.stat().st_size for file in files) <= _SMALL
    with _beside_others() if small else duckdb.connect(config={"temp_directory": str(spill)}) as con:
        con.execute(_UTC)
        yield con


def _beside_others() -> duckdb.DuckDBPyConnection:
    try:
        con = _shared(os.getpid()).cursor()
        con.execute(_UTC)
    except duckdb.Error:  # an audit before this one broke it: DuckDB takes no statement after a fatal error
        _shared.cache_clear()
        con = _shared(os.getpid()).cursor()
    return con


@cache
def _shared(_process: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"temp_directory": ""})
