"""What is wrong in the SQL of an entry: tried on three readings that its model could have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import polars as pl

from assets.formulas.named import NAMED, arguments_of
from assets.metrics.entry import Entry, Formula
from assets.metrics.sql import any_parameters, expression_of, names_in, parameters_in
from assets.models import models
from quality.contract.columns import DAY
from quality.contract.models import Model
from quality.contract.nearest import what_to_write
from quality.units.unit import one_spelling

_OF_EVERY_ROW = {DAY: pl.Date, "network": pl.String, "feed": pl.String, "kind": pl.String}
_SAMPLES: Mapping[Any, list[Any]] = {
    pl.String: ["a", "b", None],
    pl.Boolean: [True, False, None],
    pl.Date: [date(2024, 1, 31), date(2024, 2, 1), None],
    pl.Datetime: [
        datetime.fromisoformat(text) for text in ("2024-01-31T05:00", "2024-02-01T23:00", "2024-07-01T12:00")
    ],
}
_NUMBERS = [3, 5, None]


class Flaw(NamedTuple):
    """What is wrong at a key of an entry, and what to write."""

    key: tuple[str | int, ...]
    what: str
    hint: str = ""


def expression_flaws(entry: Entry, parameters: Mapping[str, Any] | None) -> Iterator[Flaw]:
    """What is wrong in `where` and `value`. parameters: those of the pack; None: whatever it will have."""
    model = models().get(entry.observes or "")
    if entry.observes is None:
        return
    if model is None:
        yield Flaw(("observes",), f"there is no model {entry.observes!r}", what_to_write(entry.observes, models()))
        return
    rows = _readings({name: column.dtype for name, column in model.columns.items()})
    yield from _one(("where",), entry.where, rows, parameters, of="condition")
    if isinstance(entry.value, Formula):
        yield from _formula(entry.value, rows, parameters)
        return
    found = list(_one(("value",), entry.value, rows, parameters, of="number"))
    yield from found
    if not found:
        yield from _other_unit(entry, model)


def parameter_flaws(key: tuple[str | int, ...], text: str, parameters: Mapping[str, Any]) -> Iterator[Flaw]:
    """Parameters that the pack has not."""
    for name in parameters_in(text):
        if name not in parameters:
            hint = what_to_write(name, parameters) if parameters else ""
            yield Flaw(
                key, f"there is no parameter {name!r}", f"{hint or 'write it'} below `parameters` in metrics.yaml"
            )


def _other_unit(entry: Entry, model: Model) -> Iterator[Flaw]:
    """A column as it is stored, that is said to be in another unit."""
    column = model.columns.get(str(entry.value).strip())
    changed = entry.per is not None or (entry.over_space is not None and entry.over_space.as_ == "reporting")
    if column is None or column.unit is None or changed or one_spelling(column.unit) == one_spelling(entry.unit):
        return
    what = f"{entry.value} is stored in {column.unit}, and the metric is said to be in {entry.unit}"
    yield Flaw(("unit",), what, f"write `unit: {column.unit}`, or convert it in `value`")


def _formula(said: Formula, rows: pl.DataFrame, parameters: Mapping[str, Any] | None) -> Iterator[Flaw]:
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
    parameters: Mapping[str, Any] | None,
    *,
    of: str,
) -> Iterator[Flaw]:
    if text is None:
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
    key: tuple[str | int, ...], text: str, rows: pl.DataFrame, parameters: Mapping[str, Any] | None, of: str
) -> Iterator[Flaw]:
    try:
        expression = expression_of(text, any_parameters(text) if parameters is None else parameters)
        whole = rows.select(expression)
        alone = [rows[number : number + 1].select(expression) for number in range(rows.height)]
    except ValueError as error:
        what, _, hint = str(error).rpartition("; ")
        yield Flaw(key, what, hint)
        return
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        yield Flaw(key, f"{text!r} cannot be computed: {said}", "compare and add up values of one type")
        return
    constant = not expression.meta.root_names() and whole.height == 1
    if expression.meta.has_multiple_outputs() or whole.width != 1:
        yield Flaw(key, f"{text!r} is several values", "write one expression")
    elif not constant and not whole.equals(pl.concat(alone)):
        what = f"{text!r} looks at several readings, and it is computed of one at a time"
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


def _readings(columns: Mapping[str, Any]) -> pl.DataFrame:
    schema = pl.Schema({**_OF_EVERY_ROW, **columns})
    return pl.DataFrame({name: _sample(kind) for name, kind in schema.items()}, schema=schema)


def _sample(kind: Any) -> list[Any]:
    if kind.is_numeric():
        return _NUMBERS
    return next((sample for one, sample in _SAMPLES.items() if kind == one), [None, None, None])
