"""What every table gets that its contract does not write down: instants, and the generated rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from quality.contract.columns import Column
from quality.contract.generated_rules import NullsAsUsual, RowsAsUsual, Tolerances, generated_rules, usual_rules
from quality.contract.instants import with_instants
from quality.contract.interval import Interval
from quality.contract.rules import Rule


@dataclass(frozen=True)
class Whole:
    """What a contract says about its rows as a whole."""

    prefix: str
    layer: str = "core"
    tolerances: Tolerances = field(default_factory=Tolerances)
    correction_column: str | None = None
    register: bool = False
    rows_as_usual: RowsAsUsual | None = None
    nulls_as_usual: NullsAsUsual | None = None
    interval: Interval | None = None  # of a feed with models: its `time` has an instant and a day


def completed(
    columns: Sequence[Column], own: Sequence[Rule], whole: Whole, city_zone: str | None
) -> tuple[tuple[Column, ...], tuple[Rule, ...]]:
    """All columns of a table and all its rules, the generated ones first. `own` are those that are declared."""
    core = whole.layer == "core"
    columns = with_instants(columns, city_zone, whole.interval) if core else tuple(columns)
    columns = tuple(_required_correction(column, whole.correction_column) for column in columns)
    rules = generated_rules(whole.prefix, columns, whole.layer, whole.tolerances)
    if core:
        rows, nulls = whole.rows_as_usual, whole.nulls_as_usual
        rules += usual_rules(whole.prefix, columns, own, rows, nulls, register=whole.register)
    return columns, (*rules, *own)


def _required_correction(column: Column, correction: str | None) -> Column:
    if column.name != correction or column.spec.optional:
        return column
    return column.model_copy(update={"required": True})
