"""The comparison of published files finds what differs, and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.compare_published import differences

STATEMENTS = (
    "CREATE SCHEMA metric",
    "CREATE SCHEMA mart",
    "CREATE TABLE metric.value AS SELECT 'pm25' AS metric, 12.5 :: DOUBLE AS value, 'run 1' AS run_id",
    "CREATE TABLE metric.latest AS FROM metric.value",
    "CREATE TABLE mart.air AS SELECT 0.1 :: DOUBLE AS pm25",
)


def published(path: Path, *changes: str) -> Path:
    with duckdb.connect(str(path)) as con:
        for statement in (*STATEMENTS, *changes):
            con.execute(statement)
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return published(tmp_path / "before.duckdb")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE metric.value SET run_id = 'run 2'",
        "UPDATE mart.air SET pm25 = pm25 + 1e-16",
        "ALTER TABLE metric.value ADD COLUMN target_source VARCHAR",
    ],
)
def test_runs_last_digits_and_new_columns_are_no_difference(tmp_path: Path, before: Path, change: str):
    counts, texts = differences(before, published(tmp_path / "after.duckdb", change))
    assert counts == {"mart.air": 1, "metric.latest": 1, "metric.value": 1}
    assert texts == []


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE metric.value SET value = 12.500000000000002", "metric.value"),
        ("UPDATE metric.value SET value = NULL", "metric.value"),
        ("INSERT INTO metric.value FROM metric.value", "metric.value"),
        ("UPDATE mart.air SET pm25 = 0.10000000001", "mart.air"),
        ("DROP TABLE mart.air", "mart.air"),
    ],
)
def test_every_other_change_is_found(tmp_path: Path, before: Path, change: str, table: str):
    _, texts = differences(before, published(tmp_path / "after.duckdb", change))
    assert texts
    assert all(text.startswith(table) for text in texts)
