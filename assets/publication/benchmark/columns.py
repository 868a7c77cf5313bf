"""The published tables of cities beside each other, declared once: names, types, comments and keys."""

from __future__ import annotations

from dataclasses import replace

from assets.publication.metric_columns import METRIC_VALUE
from warehouse.published.spec import PUBLISHED_AT, PublishedColumn, TableSpec

SCHEMA = "benchmark"
_OF_VALUE = {
    column.name: replace(column, key=False, compared=False, recorded=False, unit=None)
    for column in METRIC_VALUE.columns
}
_LANGUAGE = PublishedColumn(
    "language", "VARCHAR", "Language tag (BCP 47) of the reader, such as ko or zh-Hant", key=True
)


def _as_published(*names: str) -> tuple[PublishedColumn, ...]:
    return tuple(_OF_VALUE[name] for name in names)


_CITY = PublishedColumn("city", "VARCHAR", "City pack", key=True)
_AREA = PublishedColumn("area", "VARCHAR", "Code of the city as a whole, see mart.area")
_METRIC = PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition", key=True)
_PERIOD = PublishedColumn("period", "VARCHAR", "month, quarter or year")
_START = PublishedColumn("period_start", "DATE", "First day of the period, in the city's time zone")
# With what a value may stand beside that of another city: these columns and no others.
CLASS_KEY = (
    PublishedColumn(
        "comparability",
        "VARCHAR",
        "X1: with any city that is the same in what follows; X2: with cities of the same provider, or judged by the "
        "same standard, too; X3: within the city only; X0: not even that",
    ),
    PublishedColumn("unit", "VARCHAR", "Unit of the value"),
    PublishedColumn(
        "boundary_kind",
        "VARCHAR",
        "What the border of the city follows: administrative, functional or degree_of_urbanisation",
    ),
    PublishedColumn(
        "method",
        "VARCHAR",
        "Variant of the method: how days became the period, how readings became days, what the pack defines or chooses "
        "in its own way, and whether the value is a proxy",
    ),
    PublishedColumn("standard", "VARCHAR", "Edition of the standard that the value was judged by"),
    PublishedColumn(
        "network", "VARCHAR", "Kinds of networks: reference, low_cost, crowd or modelled; null where none is named"
    ),
    PublishedColumn(
        "source_kind",
        "VARCHAR",
        "measured (by instruments of a network), modelled (by a model, or a proxy), reported (stated or "
        "counted by its provider) or simulated (made up)",
    ),
    PublishedColumn("provider", "VARCHAR", "X2 without a standard: who provides the data; null of all others"),
)
_CLASS = PublishedColumn(
    "class_id",
    "VARCHAR",
    "Group of values that may be compared, see benchmark.class; null without a value, and where it is incomplete",
)
_RANKED = (
    PublishedColumn("rank", "BIGINT", "1 is best, by metric.definition.direction; read it with its interval"),
    PublishedColumn("rank_low", "BIGINT", "Best rank that is likely: 95 % of the draws lie between the two"),
    PublishedColumn("rank_high", "BIGINT", "Worst rank that is likely"),
    PublishedColumn("ranked", "BIGINT", "How many cities are ranked together"),
    PublishedColumn(
        "not_ranked",
        "VARCHAR",
        "Why there is no rank: absent, incomplete, relative (X0), within_city (X3), no_way_better, no_interval (it "
        "does not follow from days by a mean, sum or count), alone (no other city of the class). Null where ranked",
    ),
)
_STANDING = (
    *_as_published("value"),
    CLASS_KEY[1],
    *_as_published("n", "expected", "counted", "completeness", "status", "quality", "reason_code", "reason"),
    _OF_VALUE["notation"],
    PublishedColumn(
        "boundary_version",
        "VARCHAR",
        "Version of the border: what the pack states, else a digest of its areas: another digest, another border",
    ),
    *(column for column in CLASS_KEY if column.name != "unit"),
    _CLASS,
    *_RANKED,
)
_VINTAGE = PublishedColumn(PUBLISHED_AT, "TIMESTAMP", "Vintage: when the value was first published as it is, UTC")
BENCHMARK_VALUE = TableSpec(
    SCHEMA,
    "value",
    "Months, quarters and years of whole cities side by side: each value is one of metric.value, with what it may be "
    "compared with and its rank there",
    (_CITY, _AREA, _METRIC, replace(_PERIOD, key=True), replace(_START, key=True), *_STANDING, _VINTAGE),
    day="period_start",
)
BENCHMARK_LATEST = TableSpec(
    SCHEMA,
    "latest",
    "The newest whole year of each city and metric, ranked with those of other cities that are at most 2 years older",
    (
        _CITY,
        _AREA,
        _METRIC,
        _PERIOD,
        replace(_START, comment="First day of the newest year that is over and has a value"),
        *_STANDING,
        PublishedColumn("ranked_with", "VARCHAR[]", "The cities that are ranked together, this one too"),
        _VINTAGE,
    ),
    day="period_start",
)
BENCHMARK_PAIR = TableSpec(
    SCHEMA,
    "pair",
    "Every two cities that have a metric, either way round: may they be compared, when, and if not, why not",
    (
        _METRIC,
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("other", "VARCHAR", "City that it is compared with", key=True),
        _PERIOD,
        PublishedColumn(
            "period_start",
            "DATE",
            "First day of the period that is looked at: the newest in which the two may be compared; else the newest "
            "that has a value of both; else the newest of the city",
        ),
        PublishedColumn("other_start", "DATE", "The same of the other city"),
        PublishedColumn("comparable", "BOOLEAN", "Whether these two values may stand on one axis"),
        PublishedColumn("class_id", "VARCHAR", "Their group, see benchmark.class; null where they are not comparable"),
        PublishedColumn("code", "VARCHAR", "The first reason why not; null where they are comparable"),
        PublishedColumn("codes", "VARCHAR[]", "All reasons why not"),
        PublishedColumn("gaps", "VARCHAR[]", "What stands in the gaps of the sentence of the first reason"),
        PublishedColumn(
            "text", "VARCHAR", "Why not, in English; benchmark.reason has it in the languages of the cities"
        ),
    ),
    day="period_start",
)
BENCHMARK_CLASS = TableSpec(
    SCHEMA,
    "class",
    "Groups of values that may be compared: what their values have in common, which cities and periods they are of",
    (
        PublishedColumn("class_id", "VARCHAR", "Group", key=True),
        PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition"),
        PublishedColumn("title", "VARCHAR", "Title of the metric in English"),
        PublishedColumn("direction", "VARCHAR", "Which way is better: lower, higher or none"),
        _PERIOD,
        *CLASS_KEY,
        PublishedColumn("cities", "VARCHAR[]", "Its cities"),
        PublishedColumn("first_start", "DATE", "First day of its first period"),
        PublishedColumn("last_start", "DATE", "First day of its last period"),
        PublishedColumn("periods", "BIGINT", "How many periods have a value of it"),
        PublishedColumn("compared", "BIGINT", "How many periods have values of several cities of it"),
        PublishedColumn("meaning", "VARCHAR", "What may be done with its values"),
    ),
    day="first_start",
)
BENCHMARK_REASON = TableSpec(
    SCHEMA,
    "reason",
    "Why two cities are not comparable, in every language of the cities",
    (
        *BENCHMARK_PAIR.columns[:3],
        PublishedColumn("code", "VARCHAR", "The first reason, see benchmark.pair"),
        _LANGUAGE,
        PublishedColumn("text", "VARCHAR", "Reason in this language"),
    ),
)
_CODE = (
    PublishedColumn("standard_name", "VARCHAR", "Standard, such as U4SSC"),
    PublishedColumn("edition", "VARCHAR", "Edition of the standard"),
    PublishedColumn("code", "VARCHAR", "Code of the indicator in it"),
    PublishedColumn("verified", "BOOLEAN", "The code was read in the standard itself or an official copy"),
    PublishedColumn("source_url", "VARCHAR", "Where it can be read"),
)
BENCHMARK_CODE = TableSpec(
    SCHEMA,
    "code",
    "What standards of indicators call the metrics of each city",
    (_CITY, _METRIC, *(replace(column, key=column.name in ("standard_name", "code")) for column in _CODE)),
)


def standard_table(name: str, title: str) -> TableSpec:
    """benchmark.<name>: the values that have a code of one standard."""
    values = _as_published("value", "unit", "completeness", "status", "quality", "notation", "reason")
    return TableSpec(
        SCHEMA,
        name,
        f"{title}: each code with the values of cities and periods that the metrics give for it",
        (
            *(replace(column, key=column.name == "code") for column in _CODE if column.name != "standard_name"),
            _CITY,
            _METRIC,
            PublishedColumn("title", "VARCHAR", "Title of the metric in English"),
            _PERIOD,
            replace(_START, key=True),
            *values,
            PublishedColumn("caveat", "VARCHAR", "Why the value is a proxy for the indicator, if it is one"),
            _CLASS,
            *_RANKED[:4],
        ),
        day="period_start",
    )
