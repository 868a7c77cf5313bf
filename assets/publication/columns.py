"""Published tables of feeds, models, marts and the ledger, declared once: names, types, comments and keys.

Those of metrics stand in metric_columns.py, those that say what a city is in reference_columns.py.
"""

from __future__ import annotations

from quality.contract.columns import DAY, TIME
from quality.contract.model import Contract
from quality.contract.models import TIME_UTC, Model, ModelColumn
from quality.units.money import CURRENCY
from warehouse.published.spec import PublishedColumn, TableSpec, duckdb_type, ledger_table

LEDGER = (
    ledger_table("attempt", "What was fetched or tried, one row per delivery and try, failures too"),
    ledger_table(
        "batch",
        "Every batch: what came in, was kept, held back or gave way to another row. "
        "rows_read = kept + quarantined + replaced + repeated + contradicted",
    ),
    ledger_table("rule_result", "What every rule found on every batch, passes too"),
    ledger_table("verdict", "The gate's decision on every batch, with the reason"),
    ledger_table("run", "What each run took of the machine; a run that was killed has no row"),
    ledger_table("release", "What left the home: each release to a tier, each refusal and withdrawal, and who did it"),
    ledger_table(
        "removal", "What was withdrawn, or deleted as a contract wants it: which rows, when and why, no values"
    ),
    ledger_table("quarantine", "Rows held back and values set to null, each with the rules they break"),
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
                "network",
                "VARCHAR",
                "reference, low_cost, crowd or modelled: who may be judged by whom; null where not said",
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
