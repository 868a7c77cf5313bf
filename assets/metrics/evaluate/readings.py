"""Readings: the rows of a model that count for a metric, each with its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import and_
from typing import Any

import polars as pl

from assets.formulas.named import by_formula
from assets.metrics.entry import Entry
from assets.metrics.observed import Observed
from assets.metrics.one_at_a_time import columns_of_readings, of_one
from assets.metrics.steps import Formula

_OF_SOURCE = {"network": pl.String, "feed": pl.String}  # the same in all rows of a source


def value_of(entry: Entry, parameters: Mapping[str, Any]) -> pl.Expr:
    """The value of one reading, Float64; null where it is no finite number.

    Raises ValueError for what is no SQL, or looks at several readings.
    """
    said, columns = entry.value, columns_of_readings(entry.observes or "")
    if isinstance(said, Formula):  # which gives null where it has no finite number
        return by_formula(said.formula, [of_one(text, parameters, columns) for text in said.of]).cast(pl.Float64)
    number = of_one(said or "NULL", parameters, columns).cast(pl.Float64)
    if (said or "").isidentifier():  # a column: the gate lets no other numbers in
        return number
    return pl.when(number.is_finite()).then(number)


def where_of(entry: Entry, parameters: Mapping[str, Any], observed: Observed) -> pl.Expr | None:
    """Which readings of a source count; None: all. What holds for all rows of the source is left out.

    Raises ValueError for what is no SQL of one reading.
    """
    if entry.where is None:
        return None
    whole = of_one(entry.where, parameters, columns_of_readings(entry.observes or ""))
    of_source = pl.DataFrame({"network": [observed.network], "feed": [observed.feed]}, schema=_OF_SOURCE)
    asked = [part for part in _parts(whole) if not _holds(part, of_source)]
    return reduce(and_, asked) if asked else None


def conditions(where: pl.Expr | None, columns: frozenset[str]) -> pl.Expr | None:
    """Of the conditions that must all hold, those that say something of these columns alone; None: there are none."""
    if where is None:
        return None
    known = [part for part in _parts(where) if (names := part.meta.root_names()) and set(names) <= columns]
    return reduce(and_, known) if known else None


def _holds(part: pl.Expr, of_source: pl.DataFrame) -> bool:
    names = part.meta.root_names()
    return bool(names) and set(names) <= _OF_SOURCE.keys() and of_source.filter(part).height > 0


def _parts(condition: pl.Expr) -> Iterator[pl.Expr]:
    """The parts of `a AND b AND ...`; Polars does not name its operators, so that a part is known by being put back."""
    inputs = condition.meta.pop()
    if len(inputs) == 2:
        for left, right in (inputs, inputs[::-1]):
            if (left & right).meta == condition:
                yield from _parts(left)
                yield from _parts(right)
                return
    yield condition
