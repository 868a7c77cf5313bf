"""Audits of small files share a DuckDB, and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from quality import duckdb_connection
from quality.duckdb_connection import connected


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.parquet"
    with duckdb.connect() as con:  # not the one that all tests of a process share
        con.execute(f"COPY (SELECT 1 AS a) TO '{path}'")
    return path


def test_what_one_audit_makes_no_other_sees(file: Path) -> None:
    with connected([file], file.parent / "spill") as one, connected([file], file.parent / "spill") as other:
        for number, con in enumerate((one, other)):
            con.execute(f"CREATE TEMP VIEW kept AS SELECT {number} AS n")
        assert [con.execute("FROM kept").fetchall() for con in (one, other)] == [[(0,)], [(1,)]]
        assert other.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
    with connected([file], file.parent / "spill") as again:
        assert again.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'kept'").fetchall() == [(0,)]


@pytest.mark.parametrize(("small", "folder"), [(2**20, ""), (0, "spill")])
def test_only_what_is_large_may_spill_and_beside_the_table(
    file: Path, monkeypatch: pytest.MonkeyPatch, small: int, folder: str
) -> None:
    monkeypatch.setattr(duckdb_connection, "_SMALL", small)
    with connected([file], file.parent / "spill") as con:
        (found,) = con.execute("SELECT current_setting('temp_directory')").fetchone() or ()
    assert found == (str(file.parent / folder) if folder else "")


def test_one_that_broke_is_replaced(file: Path) -> None:
    duckdb_connection._shared(duckdb_connection.os.getpid()).close()
    with connected([file], file.parent / "spill") as con:
        assert con.execute("SELECT 1").fetchall() == [(1,)]
