"""metric.latest: the newest value of each metric and area, with its age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from assets.publication.columns import METRIC_LATEST, METRIC_VALUE
from assets.publication.ledger_view import LedgerView
from warehouse.published.load import MadeOfTables


@dataclass(frozen=True)
class LatestValues(MadeOfTables):
    """The newest value of each metric and area; `stale`, with the reason, when a newer day was due.

    A metric that never had a value is there too, absent with its reason. Due is the newest day the
    platform has worked on less the lag of the feeds; for months and years the last whole one.
    """

    views: Sequence[LedgerView]

    def rows(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        due = pl.DataFrame(
            [(v.city.name, metric, day) for v in self.views if v.days for metric, day in v.due.items()],
            schema={"city": pl.String, "metric": pl.String, "due": pl.Date},
            orient="row",
        )
        connection.register("due", due)
        rows = connection.sql(f"""
            WITH last AS (
                SELECT city, area, metric, period, max(due) AS due, max(period_start) AS newest,
                    max(period_start) FILTER (value IS NOT NULL) AS valued
                FROM {METRIC_VALUE.sql} JOIN due USING (city, metric) WHERE period_start <= due GROUP BY ALL)
            SELECT v.*, last.due, last.newest, last.valued
            FROM {METRIC_VALUE.sql} v JOIN last USING (city, area, metric, period)
            WHERE v.period_start IN (last.newest, last.valued)""").pl()
        connection.unregister("due")
        return _with_age(rows).sort("city", "metric", "area")


def _with_age(rows: pl.DataFrame) -> pl.DataFrame:
    """Of the newest row and the newest with a value, the one that counts, with its age in status and reason."""
    key = list(METRIC_LATEST.key)
    newest = rows.filter(pl.col("period_start") == pl.col("newest")).select(*key, pl.col("reason").alias("missing"))
    never = rows.filter(pl.col("valued").is_null())
    valued = rows.filter(pl.col("period_start") == pl.col("valued")).join(newest, on=key)
    aged = valued.with_columns(stale=pl.col("period_start") < pl.col("due")).with_columns(
        status=pl.when("stale").then(pl.lit("stale")).otherwise("status"),
        reason=pl.when("stale").then(pl.format("{}: {}", "newest", pl.col("missing").fill_null("not made yet"))),
    )
    return pl.concat([frame.select(METRIC_LATEST.names) for frame in (aged, never)])
