"""What the file in the making has of whole cities: the values of longer periods, and the days that they are made of."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from assets.pack.city import City
from assets.publication.benchmark.classes import with_classes
from assets.publication.benchmark.figures import Figures, OfPeriod, figures_of_days
from assets.publication.benchmark.ranks import in_rankings
from assets.publication.benchmark.terms import PERIODS, terms_of
from assets.publication.metric_columns import METRIC_VALUE
from quality.contract.interval import last_of_period
from warehouse.arrow import fetched_frame, lend

_LENGTHS = " ".join(
    f"WHEN '{period}' THEN INTERVAL {length}"
    for period, length in zip(PERIODS, ("1 MONTH", "3 MONTHS", "1 YEAR"), strict=True)
)


def values_of_periods(
    connection: duckdb.DuckDBPyConnection, cities: Sequence[City], which: str, asked: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The values of periods of whole cities that fulfil a condition, with TERMS, `ways` and their classes.

    which: SQL over metric.value, `until` (the day after the period), `ended` (the day after the last one of the city)
    and the table `asked`.
    """
    lent_terms = lend(connection, "terms", terms_of(cities))
    lent_asked = lend(connection, "asked", pl.DataFrame({"nothing": [0]}) if asked is None else asked)
    rows = fetched_frame(
        connection.sql(f"""
        WITH whole AS (
            SELECT city, max(period_start) + 1 AS ended FROM {METRIC_VALUE.sql} WHERE period = 'day' GROUP BY city),
        long AS (
            SELECT v.* EXCLUDE (comparability), t.* EXCLUDE (city, area, metric), whole.ended,
                (v.period_start + CASE v.period {_LENGTHS} END)::DATE AS until
            FROM {METRIC_VALUE.sql} v JOIN terms t USING (city, area, metric) LEFT JOIN whole USING (city)
            WHERE v.period IN {PERIODS}),
        picked AS (FROM long WHERE {which}),
        months AS (
            SELECT DISTINCT v.city, v.metric, v.method, date_trunc('month', v.period_start)::DATE AS month
            FROM {METRIC_VALUE.sql} v
            SEMI JOIN (SELECT city, area, "of" AS metric FROM picked) USING (city, area, metric)
            WHERE v.period = 'day' AND v.value IS NOT NULL),
        ways AS (
            SELECT p.city, p.metric, p.period_start, list_sort(list(DISTINCT m.method)) AS ways
            FROM picked p JOIN months m
                ON (m.city, m.metric) = (p.city, p."of") AND m.month >= p.period_start AND m.month < p.until
            WHERE p.value IS NOT NULL GROUP BY ALL)
        SELECT picked.*, ways.ways FROM picked LEFT JOIN ways USING (city, metric, period_start)""")
    )
    lent_terms.take_back()
    lent_asked.take_back()
    return with_classes(rows.with_columns(pl.col("ways").cast(pl.List(pl.String))))


def figures_to_draw(connection: duckdb.DuckDBPyConnection, cities: Sequence[City], rows: pl.DataFrame) -> Figures:
    """The figures of the days of those of `rows` (with `group`) that may be ranked."""
    needed = in_rankings(rows).select("city", "area", "metric", "of", "period", "period_start")
    if needed.is_empty():
        return {}
    until = [last_of_period(start, period) for period, start in needed.select("period", "period_start").iter_rows()]
    wanted = needed.with_columns(pl.Series("until", until, dtype=pl.Date))
    lent = lend(
        connection, "wanted", wanted.group_by("city", "area", "of").agg(pl.min("period_start"), pl.max("until"))
    )
    days = fetched_frame(
        connection.sql(f"""
        SELECT v.city, v.metric, v.period_start AS day, v.value FROM {METRIC_VALUE.sql} v JOIN wanted w
            ON (v.city, v.area, v.metric) = (w.city, w.area, w."of")
            AND v.period_start BETWEEN w.period_start AND w.until
        WHERE v.period = 'day'""")
    )
    lent.take_back()
    by_metric, by_name = days.partition_by("city", "metric", as_dict=True), {city.name: city for city in cities}
    found = dict[tuple[str, str], OfPeriod]()
    for name, metric, of in needed.select("city", "metric", "of").unique(maintain_order=True).iter_rows():
        values, city = by_metric.get((name, of)), by_name[name]
        made = None if values is None else figures_of_days(city.metrics[metric], values, city)
        if made is not None:
            found[name, metric] = made
    return found
