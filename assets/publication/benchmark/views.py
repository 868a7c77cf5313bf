"""Views over the tables of the benchmark: classes, reasons in the languages of the cities, and codes of standards."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from assets.metrics.standard import Standard
from assets.pack.city import City
from assets.publication.benchmark.classes import KEY
from assets.publication.benchmark.columns import (
    BENCHMARK_CLASS,
    BENCHMARK_CODE,
    BENCHMARK_PAIR,
    BENCHMARK_REASON,
    BENCHMARK_VALUE,
    standard_table,
)
from assets.publication.benchmark.differences import COMPARISON, DIFFERENCES
from assets.publication.metric_columns import METRIC_DEFINITION
from assets.publication.reference_columns import MART_TEXT
from warehouse.published.connect import literal
from warehouse.published.unions import QueryView

# By the name of the view: how metrics name the standard, and its title
STANDARDS = {
    "u4ssc": ("U4SSC", "Indicators of United for Smart Sustainable Cities (ITU-T Y.4903)"),
    "iso_37120": ("ISO 37120", "Indicators of ISO 37120, services and quality of life of cities"),
    "sdg": ("SDG", "Indicators of the Sustainable Development Goals"),
}
_MEANING = {
    "X1": "Rank, as an interval, in one period, and between years that are at most 2 apart",
    "X2": "As X1, and only among cities of this provider or standard",
    "X3": "Follow the city through time, and set its own areas side by side; no other city",
    "X0": "Stands alone: not even beside another delivery of the same feed",
}


def class_view() -> QueryView:
    """benchmark.class: what the values of each class have in common, made when somebody asks."""
    key = ", ".join(f'v."{name}"' for name in KEY)
    meaning = " ".join(f"WHEN {literal(name)} THEN {literal(text)}" for name, text in _MEANING.items())
    return QueryView(
        BENCHMARK_CLASS,
        f"SELECT v.class_id, v.metric, any_value(d.title) AS title, any_value(d.direction) AS direction,"
        f" v.period, {key},"
        " list_sort(list(DISTINCT v.city)) AS cities, min(v.period_start) AS first_start,"
        " max(v.period_start) AS last_start, count(DISTINCT v.period_start) AS periods,"
        " count(DISTINCT v.period_start) FILTER (o.cities > 1) AS compared,"
        f" CASE v.comparability {meaning} END AS meaning"
        f" FROM {BENCHMARK_VALUE.sql} v JOIN (SELECT class_id, period_start, count(DISTINCT city) AS cities"
        f" FROM {BENCHMARK_VALUE.sql} GROUP BY ALL) o USING (class_id, period_start)"
        f" LEFT JOIN {METRIC_DEFINITION.sql} d ON (d.city, d.metric) = (v.city, v.metric)"
        f" GROUP BY v.class_id, v.metric, v.period, {key}",
    )


def comparison_view() -> QueryView:
    """benchmark.reason: the sentence of each pair that is not comparable in every language, made of mart.text."""
    filled = ", ".join(f"coalesce(p.gaps[{gap + 1}], '-')" for gap in range(max(map(len, DIFFERENCES.values()))))
    return QueryView(
        BENCHMARK_REASON,
        f"SELECT p.metric, p.city, p.other, p.code, t.language, format(t.text, {filled}) AS text"
        f" FROM {BENCHMARK_PAIR.sql} p JOIN {MART_TEXT.sql} t"
        f" ON t.city = p.city AND t.kind = {literal(COMPARISON)} AND t.key = p.code",
    )


def code_rows(cities: Iterable[City]) -> pl.DataFrame:
    """Rows of benchmark.code: of each metric that a city has chosen, the codes that standards have for it."""
    rows = [
        (city.name, metric, one.name, one.edition, one.code, one.verified, one.url)
        for city in cities
        for metric, definition in city.metrics.items()
        for one in _with_code(definition.standard, *definition.codes)
    ]
    schema = {name: pl.Boolean if dtype == "BOOLEAN" else pl.String for name, dtype in BENCHMARK_CODE.types.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def standard_views() -> list[QueryView]:
    """benchmark.u4ssc and its like: the values of each code."""
    return [
        QueryView(
            standard_table(name, title),
            "SELECT v.*, c.edition, c.code, c.verified, c.source_url, d.title, d.caveat"
            f" FROM {BENCHMARK_CODE.sql} c JOIN {BENCHMARK_VALUE.sql} v USING (city, metric)"
            f" JOIN {METRIC_DEFINITION.sql} d USING (city, metric)"
            f" WHERE c.standard_name = {literal(said)} OR starts_with(c.standard_name, {literal(said + ' ')})",
        )
        for name, (said, title) in STANDARDS.items()
    ]


def _with_code(*standards: Standard | None) -> Iterable[Standard]:
    """Those of the standards that have a code, each once."""
    return dict.fromkeys(one for one in standards if one is not None and one.code is not None)
