"""The contract of the tables of values: one document for all metrics."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assets import metrics
from quality.contract.generated_rules import HAS_ROWS
from quality.contract.model import Contract
from quality.contract.yaml_file import read_yaml
from quality.load import load
from quality.odcs.read import from_odcs

NOT_COMPUTED = "MET-107"  # the rule that a metric which could not be computed breaks
_VALUES = Path(metrics.__path__[0]) / "metric_value.odcs.yaml"
_OF_HOURS = (  # local time alone says not which of two hours it is, where clocks are set back
    {"name": "hour", "logicalType": "timestamp", "required": True, "description": "Beginning of the hour, local time"},
    {
        "name": "hour_utc",
        "logicalType": "timestamp",
        "required": True,
        "primaryKey": True,
        "primaryKeyPosition": 5,
        "description": "Beginning of the hour, UTC",
    },
)


def _of_hours() -> Contract:
    document = read_yaml(_VALUES)
    (table,) = document["schema"]
    wider = {**table, "properties": [*table["properties"], *_OF_HOURS]}
    return from_odcs({**document, "name": "metric_hour", "id": "madang.metric_hour", "schema": [wider]})


METRIC_CONTRACT = load(_VALUES)  # of the tables of daily values, and of those of longer periods
HOUR_CONTRACT = _of_hours()  # of the tables of hourly values: two columns more


def metric_contract(name: str) -> Contract:
    """The contract of the metric table of this name, of days or longer periods."""
    return METRIC_CONTRACT.model_copy(update={"name": name})


def hour_contract(name: str) -> Contract:
    """The contract of the metric table of this name, of hours."""
    return HOUR_CONTRACT.model_copy(update={"name": name})


def made_of(contract: Contract, sources: Iterable[Contract], *, of_marts: bool = False) -> Contract:
    """The contract of a derived table. Made from a private feed, its rows are published once its gate has admitted
    them, and until then they are as private as the feed: a row that is held back may be one that must not be seen.

    of_marts: it may have no rows of a day, as a mart that has nothing to say of a period.
    """
    rules = [rule for rule in contract.rules if not of_marts or rule.code != f"{contract.prefix}-{HAS_ROWS}"]
    return contract.model_copy(
        update={"from_private": any(source.private for source in sources), "rules": tuple(rules)}
    )
