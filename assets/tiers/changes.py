"""What changed since the release before: in the open file, so that news can be written from the file alone.

Only of public metrics: a value that was shown of a private one may have to be hidden since, and must not be carried on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.publication.metric_columns import METRIC_LATEST
from assets.tiers.masked_tables import WITHHELD
from warehouse.arrow import fetched_frame, lend
from warehouse.published import connect
from warehouse.published.connect import quoted
from warehouse.published.spec import PublishedColumn, TableSpec, without_zone

_KEY = ("city", "area", "metric", "period")
_CARRIED = ("period_start", "value", "unit", "status", "met", "target")
RELEASE_HISTORY = TableSpec(
    "ledger",
    "release_history",
    "The releases of this file, the newest last: when, of which publication, and how much was new",
    (
        PublishedColumn("version", "BIGINT", "Number of the release", key=True),
        PublishedColumn("action", "VARCHAR", "release, or rollback (an earlier release was put back)"),
        PublishedColumn("restored", "BIGINT", "For a rollback: the release that was put back"),
        PublishedColumn("published_version", "BIGINT", "The publication that it was made of"),
        PublishedColumn(
            "values_changed",
            "BIGINT",
            "Newest values of public metrics that differ from those of the release before; null where there is none, "
            "or none that can be read",
        ),
        PublishedColumn("released_at", "TIMESTAMP", "When, UTC"),
    ),
)
LATEST_BEFORE = TableSpec(
    "metric",
    "latest_before",
    "metric.latest as it was in the release before, of public metrics. Empty in a first release, and after a rollback",
    tuple(
        PublishedColumn(column.name, column.dtype, column.comment, key=column.name in _KEY)
        for column in METRIC_LATEST.columns
        if column.name in (*_KEY, *_CARRIED)
    ),
)
_NAMES, _KEYS = ", ".join(map(quoted, LATEST_BEFORE.names)), ", ".join(_KEY)
_KINDS = {"BIGINT": pl.Int64, "VARCHAR": pl.String, "TIMESTAMP": pl.Datetime("us", "UTC")}


def latest_of(file: Path | None) -> pl.DataFrame | None:
    """The newest values that a file shows; None where there is none, or none of this version of Madang."""
    if file is None or not file.exists():
        return None
    try:
        with connect.open_file(file) as con:
            return fetched_frame(con.sql(f"SELECT {_NAMES} FROM {METRIC_LATEST.sql}"))
    except (duckdb.Error, connect.UnreadableError):
        return None


def write_before(con: duckdb.DuckDBPyConnection, source: str, before: pl.DataFrame | None) -> int | None:
    """metric.latest_before of the file in the making, and how many newest values are others than `before`.

    A metric that the city no longer has is not carried on.
    """
    if before is None:
        return None
    public = f"(city, metric) NOT IN (FROM private_metrics) AND NOT {WITHHELD}"
    now = f"(FROM {source}.{METRIC_LATEST.sql} WHERE {public})"
    lent = lend(con, "incoming", before)
    con.execute(f"INSERT INTO {LATEST_BEFORE.sql} BY NAME FROM incoming SEMI JOIN {now} USING ({_KEYS})")
    lent.take_back()
    return con.execute(
        f"SELECT count(*) FROM {now} n LEFT JOIN {LATEST_BEFORE.sql} b USING ({_KEYS})"
        " WHERE n.value IS DISTINCT FROM b.value"
        " OR (n.value IS NOT NULL AND n.period_start IS DISTINCT FROM b.period_start)"
    ).fetchall()[0][0]


def write_history(con: duckdb.DuckDBPyConnection, past: pl.DataFrame, now: Mapping[str, Any]) -> None:
    """ledger.release_history: of the releases of before (rows of the ledger), and of this one."""
    schema = {name: _KINDS[dtype] for name, dtype in RELEASE_HISTORY.types.items()}
    before = past.rename({"recorded_at": "released_at"}).select(pl.col(name).cast(of) for name, of in schema.items())
    rows = pl.concat([before, pl.DataFrame([now], schema=schema)])
    lent = lend(con, "incoming", without_zone(rows.unique("version", keep="last").sort("version")))
    con.execute(f"CREATE TABLE IF NOT EXISTS {RELEASE_HISTORY.sql} ({RELEASE_HISTORY.definition})")
    con.execute(f"DELETE FROM {RELEASE_HISTORY.sql}")  # in a file that is put back; it keeps its comments
    con.execute(f"INSERT INTO {RELEASE_HISTORY.sql} BY NAME FROM incoming")
    lent.take_back()
