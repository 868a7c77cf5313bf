"""Readings of watched quantities with their flags, and what flags and rules mean: QARTOD's names in the same file.

A flag is of a place, quantity and day (mart.place_health). It stands beside readings in a view of its own: the tables
of models are asked for many other things, and DuckDB 2.0 joins also what nobody asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from assets.metrics.fed_marts import fed_marts
from assets.models import models
from assets.pack.city import City
from assets.publication.columns import model_table
from assets.watch.flags import QcFlag, QcRule
from assets.watch.watched import watched_columns
from warehouse.published.connect import literal, quoted
from warehouse.published.spec import PublishedColumn, TableSpec
from warehouse.published.unions import QueryView

HEALTH = "place_health"  # the mart that says what places are worth
QC_FLAG = TableSpec(
    "mart",
    "qc_flag",
    "What a reading or a place is worth: the flags of QARTOD, in `qc` of model.reading_qc and mart.place_health",
    (
        PublishedColumn("qc", "BIGINT", "Flag", key=True),
        PublishedColumn("qartod", "VARCHAR", "Its name in QARTOD"),
        PublishedColumn("meaning", "VARCHAR", "What it says here"),
    ),
)
QC_RULE = TableSpec(
    "mart",
    "qc_rule",
    "The rules behind flags: `qc_rules` has the sum of the bits of all that are broken; ask with qc_rules & bit > 0",
    (
        PublishedColumn("bit", "BIGINT", "Its bit", key=True),
        PublishedColumn("rule", "VARCHAR", "Its name"),
        PublishedColumn("qartod", "VARCHAR", "The test of QARTOD that asks the same; null where there is none"),
        PublishedColumn("meaning", "VARCHAR", "What a place or reading is like that breaks it"),
    ),
)
READING = TableSpec(
    "model",
    "reading_qc",
    "Each reading of a watched quantity with the flag of its place on the day. Of all public feeds of all cities.",
    (
        PublishedColumn("city", "VARCHAR", "City pack"),
        PublishedColumn("feed", "VARCHAR", "Feed"),
        PublishedColumn("network", "VARCHAR", "Network of the feed; the feed where it says none"),
        PublishedColumn("place", "VARCHAR", "Sensor or station, as the feed calls it"),
        PublishedColumn("day", "DATE", "Day of `time`, in the city's own time"),
        PublishedColumn("time", "TIMESTAMP", "As in the table of its model"),
        PublishedColumn("time_utc", "TIMESTAMP", "The instant of `time`, as UTC"),
        PublishedColumn("quantity", "VARCHAR", "Column of the model, such as pm25; the value is in its unit"),
        PublishedColumn("value", "DOUBLE", "Reading; null: none, or one that a rule of its contract made null"),
        PublishedColumn("qc", "BIGINT", "1 good, 2 not judged, 3 suspect, 4 bad, 9 missing: mart.qc_flag"),
        PublishedColumn("qc_rules", "BIGINT", "Sum of the bits of the rules that are broken: mart.qc_rule"),
    ),
)
_FLAGS = {
    QcFlag.GOOD: ("pass", "Judged, and nothing speaks against it"),
    QcFlag.NOT_JUDGED: ("not evaluated", "Nobody can say: no position, too few neighbours, or too few days"),
    QcFlag.SUSPECT: ("suspect or of high interest", "It breaks a rule, and may be true"),
    QcFlag.BAD: ("fail", "It cannot be true"),
    QcFlag.MISSING: ("missing data", "There is no reading"),
}
_RULES = {
    QcRule.FLAT_LINE: ("flat line test", "Equal readings in a row, for longer than the quantity stands still"),
    QcRule.SPIKE: ("spike test", "Readings that leave those before and after, and return"),
    QcRule.STEP: (None, "The level of its days is another one since some days"),
    QcRule.RATE_OF_CHANGE: ("rate of change test", "It changes faster than the quantity does"),
    QcRule.GAP: ("timing or gap test", "Hours of the day have no reading"),
    QcRule.NEIGHBOURS: ("neighbor test", "Over 30 days it reads other than the places around it"),
    QcRule.CORRELATION: ("multi-variate test", "Over 30 days it does not rise and fall with the places around it"),
    QcRule.MISSING: (None, "There is no reading, or a rule of its contract made it null"),
}


def qc_flag_rows() -> pl.DataFrame:
    """Rows of mart.qc_flag."""
    rows = [(int(flag), *said) for flag, said in _FLAGS.items()]
    return pl.DataFrame(rows, schema=["qc", "qartod", "meaning"], orient="row")


def qc_rule_rows() -> pl.DataFrame:
    """Rows of mart.qc_rule."""
    rows = [(int(rule), (rule.name or "").lower(), *said) for rule, said in _RULES.items()]
    return pl.DataFrame(rows, schema=["bit", "rule", "qartod", "meaning"], orient="row")


def reading_views(cities: Sequence[City]) -> list[QueryView]:
    """model.reading_qc, where a city has mart.place_health; else nothing is flagged, and there is no view."""
    flagging = [city for city in cities if HEALTH in fed_marts(city)]
    parts = list(_parts(flagging))
    return [QueryView(READING, " UNION ALL ".join(parts))] if parts else []


def _parts(cities: Sequence[City]) -> Iterator[str]:
    for model, columns in watched_columns().items():
        for column in columns:
            feeds = [
                f"({literal(city.name)}, {literal(feed.name)})"
                for city in cities
                for feed in city.contracts.values()
                if not feed.private and model in feed.models and {"place", column} <= set(feed.schema)
            ]
            if feeds:
                yield _of_column(model_table(models()[model]).sql, column, feeds)


def _of_column(table: str, column: str, feeds: Sequence[str]) -> str:
    network, value = "coalesce(m.network, m.feed)", f"m.{quoted(column)}"
    missing, unknown = int(QcFlag.MISSING), int(QcFlag.NOT_JUDGED)
    return (
        f"SELECT m.city, m.feed, {network} AS network, m.place, m.day, m.time, m.time_utc,"
        f" {literal(column)} AS quantity, {value} AS value,"
        f" CASE WHEN {value} IS NULL THEN {missing} ELSE coalesce(h.qc, {unknown}) END AS qc,"
        f" CASE WHEN {value} IS NULL THEN {int(QcRule.MISSING)} ELSE coalesce(h.qc_rules, 0) END AS qc_rules"
        f" FROM {table} m LEFT JOIN mart.{HEALTH} h ON h.city = m.city AND h.day = m.day AND h.place = m.place"
        f" AND h.network = {network} AND h.quantity = {literal(column)} WHERE (m.city, m.feed) IN ({', '.join(feeds)})"
    )
