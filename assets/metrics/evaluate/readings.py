"""Readings: the rows of a model that count for a metric, each with its value."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import polars as pl

from assets import formulas
from assets.metrics.entry import Entry, Formula
from assets.metrics.sql import expression_of


def value_of(entry: Entry, parameters: Mapping[str, Any]) -> pl.Expr:
    """The value of one reading, Float64; null where it is no finite number. Raises ValueError for what is no SQL."""
    said = entry.value
    if isinstance(said, Formula):
        arguments = [expression_of(text, parameters) for text in said.of]
        value = formula_named(said.formula)(*arguments)
    else:
        value = expression_of(said or "NULL", parameters)
    number = value.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)


def where_of(entry: Entry, parameters: Mapping[str, Any]) -> pl.Expr | None:
    """Which readings count; None: all. Raises ValueError for what is no SQL."""
    return None if entry.where is None else expression_of(entry.where, parameters)


def conditions(where: pl.Expr | None, columns: frozenset[str]) -> pl.Expr | None:
    """Of the conditions that must all hold, those that say something of these columns alone; None: there are none."""
    if where is None:
        return None
    known = [part for part in _parts(where) if (names := part.meta.root_names()) and set(names) <= columns]
    return pl.all_horizontal(known) if known else None


@cache
def formula_named(name: str) -> Callable[..., pl.Expr]:
    """A formula of assets/formulas. Raises ValueError where there is none of this name."""
    for module in pkgutil.iter_modules(formulas.__path__):
        found = getattr(importlib.import_module(f"{formulas.__name__}.{module.name}"), name, None)
        if callable(found) and not name.startswith("_"):
            return cast("Callable[..., pl.Expr]", found)
    raise ValueError(f"there is no formula {name!r} in assets/formulas")


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
