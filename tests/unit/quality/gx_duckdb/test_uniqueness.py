"""Uniqueness of keys: what is counted and shown, and how few statements it takes."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from quality.gx_duckdb import uniqueness
from quality.gx_duckdb.check import Check
from tests.support.checks import one, unique

DUPLICATES = [
    # (rows of (a, b), rows whose key occurs more than once)
    ([(1, 1), (1, 2), (2, 1)], 0),
    ([(1, 1), (1, 1), (2, 1)], 2),
    ([(1, 1), (1, 1), (1, 1), (2, 2), (2, 2), (3, 3)], 5),
    ([(None, 1), (None, 1), (1, None), (1, None)], 0),  # NULL is equal to nothing
    ([(None, None), (None, None), (1, 1), (1, 1)], 2),
    ([], 0),
]


@pytest.mark.parametrize(("rows", "repeated"), DUPLICATES)
@pytest.mark.parametrize("collide", [False, True], ids=["hashed", "every hash collides"])
def test_compound_uniqueness_counts_rows_of_repeated_keys(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, rows: Any, repeated: int, collide: bool
) -> None:
    if collide:
        monkeypatch.setattr(uniqueness, "key_hash", lambda columns: sa.literal_column("42::UBIGINT"))
    con.execute("CREATE TABLE k (a INTEGER, b INTEGER)")
    if rows:
        con.executemany("INSERT INTO k VALUES (?, ?)", rows)
    result = one(con, unique("a", "b", table="k"))
    assert (result.error, result.unexpected_count) == (None, repeated)
    assert result.success == (repeated == 0)
    assert len(result.samples) == repeated


@pytest.mark.parametrize("collide", [False, True], ids=["hashed", "every hash collides"])
def test_uniqueness_of_one_column(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, collide: bool
) -> None:
    if collide:
        monkeypatch.setattr(uniqueness, "key_hash", lambda columns: sa.literal_column("42::UBIGINT"))
    con.execute("CREATE TABLE k AS SELECT unnest([3, 2, 1, 3, 2, 3, NULL, NULL]) AS a, 'n' AS note")
    result = one(con, unique("a", table="k", index_columns=("note",)))
    assert (result.element_count, result.unexpected_count, result.success) == (8, 5, False)
    assert result.samples == [{"a": 2, "note": "n"}] * 2 + [{"a": 3, "note": "n"}] * 3
    lenient = Check("M", "k", "expect_column_values_to_be_unique", {"column": "a", "mostly": 1 / 6})
    assert one(con, lenient).success  # one of six values that are not null occurs once


def test_a_clean_key_costs_one_scan_and_a_dirty_one_looks_only_at_suspicious_hashes(
    con: duckdb.DuckDBPyConnection, statements: list[str]
) -> None:
    assert one(con, unique("station", "hour")).success
    assert not [s for s in statements if "GROUP BY" in s]
    assert len([s for s in statements if s.startswith("SELECT hash")]) == 1
    statements.clear()
    con.execute("INSERT INTO reading SELECT * FROM reading WHERE id = 7")
    result = one(con, unique("station", "hour", index_columns=("id",)))
    assert result.samples == [{"id": 7, "station": "S3", "hour": 1}] * 2
    assert len([s for s in statements if s.startswith("SELECT hash")]) == 1  # the samples use the same
    exact = [s for s in statements if "GROUP BY" in s and '"n"' in s]
    assert exact
    assert all("hash(" in s and "IN (" in s for s in exact)


@pytest.mark.parametrize("key", ["at", "name"])
@pytest.mark.parametrize("rows", [1, 5, 60, 61, 200])
def test_large_tables_are_looked_at_part_by_part(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, statements: list[str], rows: int, key: str
) -> None:
    """By ranges of a time in the key, or by the hash: equal keys always lie in one part."""
    monkeypatch.setattr(uniqueness, "ROWS_AT_ONCE", 60)
    con.execute(
        "CREATE TABLE k AS SELECT i % 7 AS sensor, TIMESTAMP '2026-07-01' + to_seconds(i * 3601) AS at,"
        f" 'n' || i AS name FROM range({rows}) r(i)"
    )
    assert one(con, unique("sensor", key, table="k")).success
    assert len([s for s in statements if s.startswith("SELECT hash")]) == -(-rows // 60)
    assert ("TIMESTAMP" in "".join(statements)) == (key == "at" and rows > 60)
    con.execute(f"INSERT INTO k SELECT * FROM k WHERE name IN ('n0', 'n{rows - 1}', 'n59', 'n60')")
    again = len({0, rows - 1, *(n for n in (59, 60) if n < rows)})
    assert one(con, unique("sensor", key, table="k")).unexpected_count == 2 * again


def test_with_very_many_repeated_keys_the_exact_query_runs_alone(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    monkeypatch.setattr(uniqueness, "MAX_SUSPECTS", 3)
    assert one(con, unique("hour")).unexpected_count == 100
    assert all("IN (" not in s for s in statements if '"n"' in s and "sum" in s)


def test_uniqueness_of_the_rows_a_condition_keeps(con: duckdb.DuckDBPyConnection) -> None:
    from great_expectations.expectations.row_conditions import Column

    kwargs = {
        "column_list": ["station", "hour"],
        "row_condition": Column("id") < 4,
    }
    con.execute("INSERT INTO reading SELECT * FROM reading WHERE id IN (2, 50)")
    result = one(con, Check("K", "reading", "expect_compound_columns_to_be_unique", kwargs))
    assert result.unexpected_count == 2
