"""Every published table of metrics, declared once: names, types and comments, the key, and what counts as a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assets.metrics.definition import MetricDefinition
from warehouse.published.spec import PublishedColumn, TableSpec

STATUS_OF = "{}_status"  # the column beside a metric's own in mart.area_day
_WHOSE = (
    PublishedColumn("city", "VARCHAR", "City pack", key=True),
    PublishedColumn("area", "VARCHAR", "Area code, see mart.area", key=True),
    PublishedColumn("area_level", "VARCHAR", "city or district"),
    PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition", key=True),
)
_VALUE = (
    PublishedColumn(
        "value", "DOUBLE", "Value; null when absent, never zero in its place", compared=True, recorded=True
    ),
    PublishedColumn("unit", "VARCHAR", "Unit of the value", compared=True),
    PublishedColumn(
        "n", "BIGINT", "Stations, sensors, hours, days or people behind the value, of those expected", compared=True
    ),
    PublishedColumn("expected", "DOUBLE", "How many there should be; null where that is not known", compared=True),
    PublishedColumn("counted", "VARCHAR", "What n counts, such as stations or days", compared=True),
    PublishedColumn(
        "completeness",
        "DOUBLE",
        "Share of what there should be, 0..1; null where that is not known yet",
        compared=True,
    ),
    PublishedColumn(
        "status",
        "VARCHAR",
        "ok, proxy (stands for something it does not measure exactly, see caveat; or its network is off its witness, "
        "or its provider corrects it in another way, see reason) or absent",
        compared=True,
        recorded=True,
    ),
    PublishedColumn(
        "quality",
        "VARCHAR",
        "H, M or L (high, medium, low): H, less one for each of: a proxy; sensors that are no reference network; "
        "completeness below 0.9 or not known. Null when absent",
        compared=True,
    ),
    PublishedColumn(
        "reason",
        "VARCHAR",
        "Why the value is absent, or a proxy on this day, in English; metric.reason has it in other languages",
        compared=True,
        recorded=True,
    ),
    PublishedColumn("reason_code", "VARCHAR", "The sentence that says why", compared=True),
    PublishedColumn("reason_gaps", "VARCHAR[]", "What stands in the gaps of that sentence, in their order"),
    PublishedColumn(
        "notation",
        "VARCHAR",
        "Why it is absent, as a key of city reporting: NE (not estimated: it could be, and was not), NO (does not "
        "occur, as out of season), IE (included elsewhere), C (confidential); null where there is a value",
        compared=True,
    ),
    PublishedColumn("method", "VARCHAR", "The steps from readings to the value", compared=True),
    PublishedColumn(
        "standard",
        "VARCHAR",
        "Edition of the standard that the value was judged by, such as cn.hj_633_2026",
        compared=True,
    ),
    PublishedColumn(
        "comparability",
        "VARCHAR",
        "X1: with any city that uses the same method and kind of network; X2: with cities of one law, operator or "
        "provider; X3: within this city only; X0: not even that",
        compared=True,
    ),
    PublishedColumn("target", "DOUBLE", "What the city aims at, in the unit of the value", compared=True),
    PublishedColumn(
        "target_source",
        "VARCHAR",
        "Where the target is written; null without a target, and for a value made when the target was another",
    ),
    PublishedColumn("source", "VARCHAR", "live, files or simulated", compared=True),
    PublishedColumn(
        "batch_ids",
        "VARCHAR[]",
        "Batches the value was computed from, see ledger.batch",
        compared=True,
        recorded=True,
    ),
)
METRIC_VALUE = TableSpec(
    "metric",
    "value",
    "Every metric value, absent ones with their reason; hours stand in metric.hourly",
    (
        *_WHOSE,
        PublishedColumn(
            "period",
            "VARCHAR",
            "day, week (from Monday), month, quarter, year or trailing_year (twelve whole months)",
            key=True,
        ),
        PublishedColumn("period_start", "DATE", "First day of the period, in the city's time zone", key=True),
        *_VALUE,
        PublishedColumn("run_id", "VARCHAR", "Run that first published the value as it is"),
        PublishedColumn("published_at", "TIMESTAMP", "When the value was first published as it is, UTC"),
    ),
    day="period_start",
)
METRIC_HOURLY = TableSpec(
    "metric",
    "hourly",
    "Values of hours, absent ones with their reason: where an area has any hour of a day it has all of them",
    (
        *_WHOSE,
        PublishedColumn("day", "DATE", "Day that the hour begins on, in the city's time zone"),
        PublishedColumn("starts_at", "TIMESTAMP", "Beginning of the hour by the city's clocks"),
        PublishedColumn("starts_at_utc", "TIMESTAMP", "Beginning of the hour in UTC", key=True),
        *(replace(column, compared=False, recorded=False) for column in _VALUE),
    ),
)
_OF_LATEST = {
    "status": "ok, proxy, absent (there never was a value) or stale (a newer day was due)",
    "reason": "Why the value is absent, or a proxy on this day, or why there is no newer one",
}
METRIC_LATEST = TableSpec(
    "metric",
    "latest",
    "The newest value of each metric and area; status `stale` when a newer day was due",
    (
        *(
            PublishedColumn(
                column.name,
                column.dtype,
                _OF_LATEST.get(column.name) or column.comment,
                key=column.key and column.name != METRIC_VALUE.day,
            )
            for column in METRIC_VALUE.columns
        ),
        PublishedColumn("area_name", "VARCHAR", "Name of the area in the city's first language"),
        PublishedColumn("title", "VARCHAR", "Title of the metric in English; mart.text has it in other languages"),
        PublishedColumn("title_local", "VARCHAR", "Title of the metric in the city's first language"),
        PublishedColumn("direction", "VARCHAR", "Which way is better: lower, higher or none"),
        PublishedColumn(
            "met",
            "BOOLEAN",
            "Whether the value meets the target; null without value or target, and where no way is better",
        ),
        PublishedColumn(
            "previous", "DOUBLE", "Value of the period before: the day, month, year before; null when it is absent"
        ),
        PublishedColumn("change", "DOUBLE", "value - previous"),
        PublishedColumn("change_percent", "DOUBLE", "Change in % of previous; null where that is 0 or negative"),
    ),
    stamps_of=METRIC_VALUE,
)
METRIC_DEFINITION = TableSpec(
    "metric",
    "definition",
    "What each metric of each city is, and by which standard",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("metric", "VARCHAR", "Metric", key=True),
        PublishedColumn("subject", "VARCHAR", "Group of metrics; metric.<subject> has their values with names"),
        PublishedColumn("title", "VARCHAR", "Title in English; mart.text has it in other languages"),
        PublishedColumn("formula", "VARCHAR", "How it is computed, in words"),
        PublishedColumn("unit", "VARCHAR", "Unit"),
        PublishedColumn("direction", "VARCHAR", "Which way is better: lower, higher or none"),
        PublishedColumn("standard", "VARCHAR", "Standard or guideline it follows"),
        PublishedColumn("edition", "VARCHAR", "Edition of the standard"),
        PublishedColumn("code", "VARCHAR", "Code of the indicator in the standard"),
        PublishedColumn("verified", "BOOLEAN", "The code was read in the standard itself or an official copy"),
        PublishedColumn("source_url", "VARCHAR", "Where the definition can be read"),
        PublishedColumn("period", "VARCHAR", "Period the metric is given for"),
        PublishedColumn("rolled_up_from", "VARCHAR", "For longer periods: the metric whose values it is made of"),
        PublishedColumn("min_completeness", "DOUBLE", "Below this completeness a value is absent"),
        PublishedColumn("possible_min", "DOUBLE", "Below this a value cannot be, and is held back"),
        PublishedColumn("possible_max", "DOUBLE", "Above this a value cannot be, and is held back"),
        PublishedColumn("usual_min", "DOUBLE", "Below this somebody should look at a value; null: nothing is said"),
        PublishedColumn("usual_max", "DOUBLE", "Above this somebody should look at a value; null: nothing is said"),
        PublishedColumn("comparability", "VARCHAR", "With what it may be compared, see metric.value"),
        PublishedColumn("caveat", "VARCHAR", "Why the value is a proxy, if it is one"),
        PublishedColumn(
            "feeds", "VARCHAR[]", "Feeds it is made of here, registers that it reads among them; none: it cannot be had"
        ),
    ),
)
METRIC_REASON = TableSpec(
    "metric",
    "reason",
    "Why values of metric.value are absent, or proxies on their day, in every language of the cities",
    (
        *(replace(column, key=False) for column in _WHOSE if column.name != "area_level"),
        PublishedColumn("period", "VARCHAR", "As in metric.value"),
        PublishedColumn("period_start", "DATE", "First day of the period, in the city's time zone"),
        PublishedColumn("language", "VARCHAR", "Language tag (BCP 47) of the reader, such as ko or zh-Hant"),
        PublishedColumn("text", "VARCHAR", "Reason in this language"),
    ),
)


def subject_table(subject: str) -> TableSpec:
    """metric.<subject>: the values of the metrics of one subject, with names beside them."""
    return TableSpec(
        "metric",
        subject,
        f"Every value of the metrics of {subject}, with names of areas and metrics: what a pivot table takes",
        (
            PublishedColumn("city", "VARCHAR", "City pack"),
            PublishedColumn("area", "VARCHAR", "Area code, see mart.area"),
            PublishedColumn("area_name", "VARCHAR", "Name of the area in the city's first language"),
            PublishedColumn("area_level", "VARCHAR", "city or district"),
            PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition"),
            PublishedColumn("title", "VARCHAR", "Title of the metric in English"),
            *(
                replace(column, key=False)
                for column in METRIC_VALUE.columns
                if column.name in ("period", "period_start")
            ),
            *(
                PublishedColumn(column.name, column.dtype, column.comment)
                for column in _VALUE
                if column.name in ("value", "unit", "completeness", "status", "quality", "reason", "target")
            ),
            PublishedColumn("direction", "VARCHAR", "Which way is better: lower, higher or none"),
        ),
    )


def area_day_table(daily: Mapping[str, Sequence[MetricDefinition]]) -> TableSpec:
    """mart.area_day: two columns for each of these metrics, value and status, as spreadsheets take them.

    daily: by metric, how the cities define it: packs may have metrics of their own under one name.
    """
    return TableSpec(
        "mart",
        "area_day",
        "One row for each area and day with every daily metric as a column, and its status beside it",
        (
            PublishedColumn("city", "VARCHAR", "City pack", key=True),
            PublishedColumn("area", "VARCHAR", "Area code", key=True),
            PublishedColumn("area_level", "VARCHAR", "city or district"),
            PublishedColumn("day", "DATE", "Day", key=True),
            *(
                column
                for metric, definitions in daily.items()
                for column in (
                    _metric_column(metric, definitions),
                    PublishedColumn(
                        STATUS_OF.format(metric),
                        "VARCHAR",
                        f"Status of {metric}: ok, proxy or absent (metric.value says why); null where the city or "
                        "this level does not have it",
                    ),
                )
            ),
        ),
    )


def _metric_column(metric: str, definitions: Sequence[MetricDefinition]) -> PublishedColumn:
    """The values of a metric. Where cities define it in other ways, all titles and units are said, and no unit is."""
    said = dict.fromkeys(f"{definition.title.shown} [{definition.unit}]" for definition in definitions)
    units = {definition.unit for definition in definitions}
    unit = units.pop() if len(units) == 1 else None
    return PublishedColumn(metric, "DOUBLE", f"{', or '.join(said)}; null when absent", unit=unit)
