"""What is wrong in the SQL of an entry: tried on three readings that its model could have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from assets.formulas.named import NAMED, arguments_of
from assets.mart import declared_marts
from assets.metrics.entry import Entry
from assets.metrics.observable import ObservableColumn, observable_columns, observables
from assets.metrics.one_at_a_time import SEVERAL, columns_of_readings, computed_at_once, looks_at_several, samples
from assets.metrics.sql import PARAMETER, any_parameters, expression_of, names_in, parameters_in
from assets.metrics.steps import Formula
from assets.pack.declared import Declared
from quality.contract.nearest import what_to_write
from quality.units.unit import one_spelling


class Flaw(NamedTuple):
    """What is wrong at a key of an entry, and what to write."""

    key: tuple[str | int, ...]
    what: str
    hint: str = ""


def expression_flaws(entry: Entry, parameters: Declared[Any] | None) -> Iterator[Flaw]:
    """What is wrong in `where` and `value`. parameters: those of the pack; None: whatever it will have."""
    if entry.observes is None:
        return
    columns = observable_columns(entry.observes)
    if not columns:
        what = f"there is no model {entry.observes!r}, and no mart"
        yield Flaw(("observes",), what, what_to_write(entry.observes, observables()))
        return
    rows = samples(columns_of_readings(entry.observes))
    yield from _one(("where",), entry.where, rows, parameters, of="condition")
    for name in entry.changing:
        if name not in columns:
            what = f"there is no column {name!r} in the {'mart' if entry.observes in declared_marts() else 'model'}"
            yield Flaw(("changing",), what, what_to_write(name, columns))
    weight = None if entry.over_space is None else entry.over_space.weight
    if weight is not None and weight not in columns:
        yield Flaw(("over_space", "weight"), f"there is no column {weight!r}", what_to_write(weight, columns))
    if isinstance(entry.value, Formula):
        yield from _formula(entry.value, rows, parameters)
        return
    found = list(_one(("value",), entry.value, rows, parameters, of="number"))
    yield from found
    if not found:
        yield from _other_unit(entry, columns)


def derived_flaws(text: str, parts: Sequence[str], parameters: Declared[Any] | None) -> Iterator[Flaw]:
    """What is wrong in the expression of a derived metric: tried on values that its parts could have."""
    values = samples(dict.fromkeys(parts, pl.Float64()))
    yield from _one(("derived", "expression"), text, values, parameters, of="number")


def parameter_flaws(key: tuple[str | int, ...], text: str, parameters: Declared[Any]) -> Iterator[Flaw]:
    """Parameters that the pack has not."""
    for name in parameters_in(text):
        if name not in parameters:
            mistake = parameters.mistake(name)
            yield Flaw(key, mistake.what, mistake.hint)


def _other_unit(entry: Entry, columns: Mapping[str, ObservableColumn]) -> Iterator[Flaw]:
    """A column as it is stored, that is said to be in another unit."""
    column = columns.get(str(entry.value).strip())
    counted = any(step.as_ == "unchanged" for step in entry.over_time)
    counted = counted or (entry.over_space is not None and entry.over_space.as_ == "reporting")
    changed = entry.per is not None or counted
    if column is None or column.unit is None or changed or one_spelling(column.unit) == one_spelling(entry.unit):
        return
    what = f"{entry.value} is stored in {column.unit}, and the metric is said to be in {entry.unit}"
    yield Flaw(("unit",), what, f"write `unit: {column.unit}`, or convert it in `value`")


def _formula(said: Formula, rows: pl.DataFrame, parameters: Declared[Any] | None) -> Iterator[Flaw]:
    if said.formula not in NAMED:
        hint = what_to_write(said.formula, NAMED)
        yield Flaw(("value", "formula"), f"there is no formula {said.formula!r}", hint)
        return
    wanted = arguments_of(said.formula)
    if len(said.of) != len(wanted):
        what = f"{said.formula} takes {len(wanted)} arguments, and there are {len(said.of)}"
        yield Flaw(("value", "of"), what, f"write its {', '.join(wanted)}")
        return
    for number, text in enumerate(said.of):
        yield from _one(("value", "of", number), text, rows, parameters, of="number")


def _one(
    key: tuple[str | int, ...],
    text: str | None,
    rows: pl.DataFrame,
    parameters: Declared[Any] | None,
    *,
    of: str,
) -> Iterator[Flaw]:
    if text is None or (parameters is None and PARAMETER.fullmatch(text)):  # a parameter alone has the type that it has
        return
    if parameters is not None and (lacking := list(parameter_flaws(key, text, parameters))):
        yield from lacking
        return
    try:
        names = names_in(text)
    except ValueError as error:
        what, _, hint = str(error).rpartition("; ")
        yield Flaw(key, what, hint)
        return
    unknown = [name for name in dict.fromkeys(names) if name not in rows.columns]
    for name in unknown:
        yield Flaw(key, f"there is no column {name!r} in the model", what_to_write(name, rows.columns))
    if not unknown:
        yield from _computed(key, text, rows, parameters, of)


def _computed(
    key: tuple[str | int, ...], text: str, rows: pl.DataFrame, parameters: Declared[Any] | None, of: str
) -> Iterator[Flaw]:
    try:
        expression = expression_of(text, any_parameters(text) if parameters is None else parameters)
        whole, several = computed_at_once(expression, rows), looks_at_several(expression, rows)
    except ValueError as error:
        what, _, hint = str(error).rpartition("; ")
        yield Flaw(key, what, hint)
        return
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        yield Flaw(key, f"{text!r} cannot be computed: {said}", "compare and add up values of one type")
        return
    if expression.meta.has_multiple_outputs() or whole.width != 1:
        yield Flaw(key, f"{text!r} is several values", "write one expression")
    elif several:
        what = f"{text!r} {SEVERAL}"
        yield Flaw(
            key, what, "leave SUM, AVG, OVER and the like out: `over_time` and `over_space` say how many become one"
        )
    else:
        yield from _of_type(key, text, whole.dtypes[0], of)


def _of_type(key: tuple[str | int, ...], text: str, kind: pl.DataType, of: str) -> Iterator[Flaw]:
    if of == "condition" and kind != pl.Boolean:
        yield Flaw(key, f"{text!r} is no condition: it is of type {_type(kind)}", "compare it, as in pm25 > 0")
    if of == "number" and not kind.is_numeric():
        yield Flaw(key, f"{text!r} is no number: it is of type {_type(kind)}", "write CASE WHEN ... THEN 1 ELSE 0 END")


def _type(kind: pl.DataType) -> str:
    return {pl.String: "text", pl.Boolean: "true or false", pl.Date: "day"}.get(type(kind), str(kind).lower())
