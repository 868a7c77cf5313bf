"""metric.latest: the newest value of each metric and area, with its age, its names, and how it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from assets.metrics.measured import DIGITS
from assets.publication.ledger_view import LedgerView
from assets.publication.metric_columns import METRIC_DEFINITION, METRIC_LATEST, METRIC_VALUE
from assets.publication.reference_columns import MART_AREA, MART_TEXT
from warehouse.arrow import fetched_frame, lend
from warehouse.published.load import MadeOfTables

# How long before a period the one before begins. There are twelve trailing months for each month.
PERIOD_BEFORE = {
    "day": "1 DAY",
    "week": "7 DAYS",
    "month": "1 MONTH",
    "quarter": "3 MONTHS",
    "year": "1 YEAR",
    "trailing_year": "1 MONTH",
}
_NO_SHARE = ("degC", "dB")  # a percentage of these says nothing: their zero is not nothing


@dataclass(frozen=True)
class LatestValues(MadeOfTables):
    """The newest value of each metric and area; `stale`, with the reason, when a newer day was due.

    A metric that never had a value is there too, absent with its reason. Due is the newest day the
    platform has worked on less the lag of the feeds; for longer periods the last whole one. It is made of the
    definitions, areas and texts of the same file, which are to be given earlier.
    """

    views: Sequence[LedgerView]

    def rows(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        due = pl.DataFrame(
            [(v.city.name, m, day, v.city.config.languages[0]) for v in self.views for m, day in v.due.items()],
            schema={"city": pl.String, "metric": pl.String, "due": pl.Date, "language": pl.String},
            orient="row",
        )
        before = " ".join(f"WHEN '{period}' THEN INTERVAL {length}" for period, length in PERIOD_BEFORE.items())
        lent = lend(connection, "due", due)
        rows = fetched_frame(
            connection.sql(f"""
            WITH last AS (
                SELECT city, area, metric, period, language, max(due) AS due, max(period_start) AS newest,
                    max(period_start) FILTER (value IS NOT NULL) AS valued
                FROM {METRIC_VALUE.sql} JOIN due USING (city, metric) WHERE period_start <= due GROUP BY ALL)
            SELECT v.*, last.due, last.newest, last.valued,
                a.name AS area_name, d.title, t.text AS title_local, d.direction, p.value AS previous
            FROM {METRIC_VALUE.sql} v JOIN last USING (city, area, metric, period)
                LEFT JOIN {METRIC_DEFINITION.sql} d ON (d.city, d.metric) = (v.city, v.metric)
                LEFT JOIN {MART_AREA.sql} a ON (a.city, a.area) = (v.city, v.area)
                LEFT JOIN {MART_TEXT.sql} t
                    ON (t.city, t.kind, t.key, t.language) = (v.city, 'metric', v.metric, last.language)
                LEFT JOIN {METRIC_VALUE.sql} p
                    ON (p.city, p.area, p.metric, p.period) = (v.city, v.area, v.metric, v.period)
                    AND p.period_start = v.period_start - CASE v.period {before} END
            WHERE v.period_start IN (last.newest, last.valued)""")
        )
        lent.take_back()
        return _with_age(_with_change(rows)).sort("city", "metric", "area")


def _with_change(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what the target and the period before say of the value."""
    value, previous = pl.col("value"), pl.col("previous")
    met = {"lower": value <= pl.col("target"), "higher": value >= pl.col("target")}
    change = value - previous
    has_share = (previous > 0) & ~pl.col("unit").is_in(_NO_SHARE)
    return rows.with_columns(
        met=pl.coalesce(pl.when(pl.col("direction") == way).then(is_met) for way, is_met in met.items()),
        change=change.round_sig_figs(DIGITS),
        change_percent=pl.when(has_share).then((100 * change / previous).round_sig_figs(DIGITS)),
    )


def _with_age(rows: pl.DataFrame) -> pl.DataFrame:
    """Of the newest row and the newest with a value, the one that counts, with its age in status and reason."""
    key = list(METRIC_LATEST.key)
    newest = rows.filter(pl.col("period_start") == pl.col("newest")).select(
        *key, pl.when(pl.col("value").is_null()).then("reason").alias("missing")
    )
    never = rows.filter(pl.col("valued").is_null())
    valued = rows.filter(pl.col("period_start") == pl.col("valued")).join(newest, on=key)
    aged = valued.with_columns(stale=pl.col("period_start") < pl.col("due")).with_columns(
        status=pl.when("stale").then(pl.lit("stale")).otherwise("status"),
        reason=pl.when("stale")
        .then(pl.format("{}: {}", "newest", pl.col("missing").fill_null("not made yet")))
        .otherwise("reason"),
        **{name: pl.when(~pl.col("stale")).then(name) for name in ("reason_code", "reason_gaps")},
    )
    return pl.concat([frame.select(METRIC_LATEST.names) for frame in (aged, never)])
