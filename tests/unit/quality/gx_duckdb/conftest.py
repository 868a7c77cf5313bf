"""A connection with a table to check, and what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from quality.gx_duckdb import dialect


@pytest.fixture(autouse=True, scope="session")
def imported(great_expectations: None) -> None:
    """Every test here needs Great Expectations."""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """reading: 100 rows; pm10 is NULL in 5 rows and negative in 10, station S0..S3, key (station, hour)."""
    connection = duckdb.connect()
    connection.execute(
        """
        CREATE TABLE reading AS
        SELECT i AS id, 'S' || i % 4 AS station, i // 4 AS hour,
            CASE WHEN i < 5 THEN NULL WHEN i < 15 THEN -1.0 ELSE i END::DOUBLE AS pm10
        FROM range(100) r(i)
        """
    )
    yield connection
    connection.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL sent to DuckDB, in order."""
    sent: list[str] = []
    real = dialect.executed

    def spy(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
        sent.append(sql)
        return real(con, sql)

    monkeypatch.setattr(dialect, "executed", spy)
    return sent
