"""Every table that is published, declared once: names, types and comments, the key, and what counts as a change."""

from __future__ import annotations

from collections.abc import Iterable

from assets.metrics.model import MetricDefinition
from quality.contract.columns import DAY, TIME
from quality.contract.model import Contract
from quality.contract.models import TIME_UTC, Model, ModelColumn
from quality.units.money import CURRENCY
from warehouse.published.spec import PublishedColumn, TableSpec, duckdb_type, ledger_table

METRIC_VALUE = TableSpec(
    "metric",
    "value",
    "Every metric value, absent ones with their reason",
    (
        PublishedColumn("city", "VARCHAR", "City pack", key=True),
        PublishedColumn("area", "VARCHAR", "Area code, see mart.area", key=True),
        PublishedColumn("area_level", "VARCHAR", "city or district"),
        PublishedColumn("metric", "VARCHAR", "Metric, see metric.definition", key=True),
        PublishedColumn("period", "VARCHAR", "day, month or year", key=True),
        PublishedColumn("period_start", "DATE", "First day of the period, in the city's time zone", key=True),
        PublishedColumn(
            "value", "DOUBLE", "Value; null when absent, never zero in its place", compared=True, recorded=True
        ),
        PublishedColumn("unit", "VARCHAR", "Unit of the value", compared=True),
        PublishedColumn("n", "BIGINT", "Stations, sensors, hours or days behind the value", compared=True),
        PublishedColumn(
            "completeness",
            "DOUBLE",
            "Share of what there should be, 0..1; null where that is not known yet",
            compared=True,
        ),
        PublishedColumn(
            "status",
            "VARCHAR",
            "ok, proxy (stands for something it does not measure exactly, see caveat) or absent",
            compared=True,
            recorded=True,
        ),
        PublishedColumn("reason", "VARCHAR", "Why the value is absent", compared=True, recorded=True),
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
        PublishedColumn("run_id", "VARCHAR", "Run that first published the value as it is"),
        PublishedColumn("published_at", "TIMESTAMP", "When the value was first published as it is, UTC"),
    ),
    day="period_start",
)
_OF_LATEST = {
    "status": "ok, proxy, absent (there never was a value) or stale (a newer day was due)",
    "reason": "Why the value is absent, or why there is no newer one",
}
METRIC_LATEST = TableSpec(
    "metric",
    "latest",
    "The newest value of each metric and area; status `stale` when a newer day was due",
    tuple(
        PublishedColumn(
            column.name,
            column.dtype,
            _OF_LATEST.get(column.name) or column.comment,
            key=column.key and column.name != METRIC_VALUE.day,
        )
        for column in METRIC_VALUE.columns
    ),
    stamps_of=METRIC_VALUE,
)
METRIC_DEFINITION = TableSpec(
    "metric",
    "definition",
    "What each metric is, and by which standard",
    (
        PublishedColumn("metric", "VARCHAR", "Metric", key=True),
        PublishedColumn("title", "VARCHAR", "Title in English; mart.text has it in other languages"),
        PublishedColumn("formula", "VARCHAR", "How it is computed"),
        PublishedColumn("unit", "VARCHAR", "Unit"),
        PublishedColumn("direction", "VARCHAR", "Which way is better: lower, higher or none"),
        PublishedColumn("standard", "VARCHAR", "Standard or guideline it follows"),
        PublishedColumn("edition", "VARCHAR", "Edition of the standard"),
        PublishedColumn("code", "VARCHAR", "Code of the indicator in the standard"),
        PublishedColumn("verified", "BOOLEAN", "The code was read in the standard itself or an official copy"),
        PublishedColumn("source_url", "VARCHAR", "Where the definition can be read"),
        PublishedColumn("period", "VARCHAR", "Period the metric is given for"),
        PublishedColumn("min_completeness", "DOUBLE", "Below this completeness a value is absent"),
        PublishedColumn("caveat", "VARCHAR", "Why the value is a proxy, if it is one"),
        PublishedColumn("feeds", "VARCHAR[]", "Feeds it needs"),
    ),
)
LEDGER = (
    ledger_table("attempt", "What was fetched or tried, one row per delivery and try, failures too"),
    ledger_table(
        "batch",
        "Every batch: what came in, was kept, held back or gave way to another row. "
        "rows_read = kept + quarantined + replaced + repeated + contradicted",
    ),
    ledger_table("rule_result", "What every rule found on every batch, passes too"),
    ledger_table("verdict", "The gate's decision on every batch, with the reason"),
    ledger_table("quarantine", "Rows held back and values set to null, each with the rules they break"),
)


def area_day_table(daily: Iterable[MetricDefinition]) -> TableSpec:
    """mart.area_day: one column for each of these metrics."""
    return TableSpec(
        "mart",
        "area_day",
        "One row for each area and day with every daily metric as a column",
        (
            PublishedColumn("city", "VARCHAR", "City pack", key=True),
            PublishedColumn("area", "VARCHAR", "Area code", key=True),
            PublishedColumn("area_level", "VARCHAR", "city or district"),
            PublishedColumn("day", "DATE", "Day", key=True),
            *(
                PublishedColumn(d.metric, "DOUBLE", f"{d.title.shown} [{d.unit}]; null when absent, see metric.value")
                for d in daily
            ),
        ),
    )


def mart_table(contract: Contract) -> TableSpec:
    """A mart of all cities: the contract's columns, and the city."""
    city = PublishedColumn("city", "VARCHAR", "City pack", key=True)
    description = _about(contract)
    return TableSpec("mart", contract.name, description, (city, *_columns(contract)))


def core_table(contract: Contract, city: str) -> TableSpec:
    """A feed's core table: `core.<city>_<feed>`, whichever other cities there are."""
    description = f"{_about(contract)} {limits.shown}" if (limits := contract.limitations) else _about(contract)
    return TableSpec("core", f"{city}_{contract.name}", description, _columns(contract))


def _about(contract: Contract) -> str:
    title = f"{contract.title.shown}: {contract.grain}" if contract.grain else contract.title.shown
    return f"{title}. {contract.description.shown}"


def model_table(model: Model) -> TableSpec:
    """The union of all feeds that implement a model: `model.<name>`."""
    columns = []
    for name, column in model.columns.items():
        columns.append(PublishedColumn(name, duckdb_type(column.dtype), _of_model(column), unit=column.unit))
        if name == TIME:
            columns.append(PublishedColumn(TIME_UTC, "TIMESTAMP", "The instant of `time`, as UTC"))
            columns.append(PublishedColumn(DAY, "DATE", "Day of `time`, in the city's own time"))
    if model.time == "register":
        columns.append(PublishedColumn(DAY, "DATE", "Day from which the row is valid"))
    return TableSpec(
        "model",
        model.name,
        f"{model.title}: {model.row}. Of all public feeds of all cities. {model.about}".strip(),
        (
            PublishedColumn("city", "VARCHAR", "City pack"),
            PublishedColumn("feed", "VARCHAR", "Feed; core.<city>_<feed> has the columns of its own beside these"),
            PublishedColumn(
                "network", "VARCHAR", "reference, low_cost or crowd: who may be judged by whom; null where not said"
            ),
            PublishedColumn(
                "interval",
                "VARCHAR",
                "What a row is of, from `time` on: instant, hour, 10_minutes, day, month, quarter or year. Null for a "
                "register",
            ),
            *columns,
        ),
    )


def currency_of_feed(contract: Contract, model: Model) -> dict[str, str]:
    """The currency of a feed's amounts, for its rows in the union; nothing where they say it, or there are none."""
    if any(column.name == CURRENCY for column in contract.columns):
        return {}
    money = {name for name, column in model.columns.items() if column.unit == CURRENCY}
    found = {column.spec.unit for column in contract.columns if column.name in money and column.spec.unit is not None}
    return {CURRENCY: found.pop()} if len(found) == 1 and CURRENCY in model.columns else {}


def _of_model(column: ModelColumn) -> str:
    unit = f" [{column.unit}]" if column.unit else ""
    return f"{column.meaning}{unit}{f'. Null: {column.null}' if column.null else ''}"


def _columns(contract: Contract) -> tuple[PublishedColumn, ...]:
    columns = []
    for column in contract.columns:
        unit = f" [{column.spec.unit}]" if column.spec.unit else ""
        comment = column.description.shown + unit
        if column.spec.sources:
            comment = f"{comment.removesuffix('.')}. Source name: {', '.join(column.spec.sources)}."
        columns.append(
            PublishedColumn(column.name, duckdb_type(column.dtype), comment, key=column.key, unit=column.spec.unit)
        )
    return tuple(columns)
