"""Expressions that look at several readings, such as SUM and OVER: found out by trying them on a few."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import polars as pl
import polars.selectors as cs

from assets.metrics.measured import DIGITS
from assets.metrics.observable import observable_columns
from assets.metrics.sql import expression_of
from quality.contract.columns import DAY

_OF_EVERY_ROW = {DAY: pl.Date, "network": pl.String, "feed": pl.String, "kind": pl.String}
SEVERAL = "looks at several readings, and it is computed of one at a time"
_SAMPLES: Mapping[Any, list[Any]] = {
    pl.String: ["a", "b", None],
    pl.Boolean: [True, False, None],
    pl.Date: [date(2024, 1, 31), date(2024, 2, 1), None],
    pl.Datetime: [
        datetime.fromisoformat(text) for text in ("2024-01-31T05:00", "2024-02-01T23:00", "2024-07-01T12:00")
    ],
}
_NUMBERS = [3, 5, None]


@cache
def columns_of_readings(model: str) -> Mapping[str, Any]:
    """The types of what expressions can read of a reading of a model or mart; of an unknown one what every reading
    has."""
    return {**_OF_EVERY_ROW, **{name: column.dtype for name, column in observable_columns(model).items()}}


def samples(schema: Mapping[str, Any]) -> pl.DataFrame:
    """Three rows of these columns, each twice: what looks at others of the same place is found out, too."""
    typed = pl.Schema(schema)
    once = pl.DataFrame({name: _sample(kind) for name, kind in typed.items()}, schema=typed)
    return pl.concat([once, once])


def computed_at_once(expression: pl.Expr, rows: pl.DataFrame) -> pl.DataFrame:
    """What it gives of all these rows; a constant gives one value of each. Raises PolarsError."""
    whole = rows.select(expression)
    constant = not expression.meta.root_names() and whole.height == 1
    return pl.concat([whole] * rows.height) if constant else whole


def looks_at_several(expression: pl.Expr, rows: pl.DataFrame) -> bool:
    """Whether it gives something else of these rows together than of each alone. Raises PolarsError."""
    alone = pl.concat(row.select(expression) for row in rows.iter_slices(1))
    return not _told(computed_at_once(expression, rows)).equals(_told(alone))


def _told(values: pl.DataFrame) -> pl.DataFrame:
    """Numbers without their last digits: Polars divides many rows by a constant as it multiplies with its inverse."""
    return values.with_columns(cs.float().round_sig_figs(DIGITS))


def of_one(text: str, parameters: Mapping[str, Any], schema: Mapping[str, Any]) -> pl.Expr:
    """The expression that a text is, of one row. Raises ValueError for what is no SQL, or looks at several rows."""
    expression = expression_of(text, parameters)
    if _refused(expression.meta.serialize(), tuple(schema.items())):
        raise ValueError(f"{text!r} {SEVERAL}")
    return expression


@lru_cache(maxsize=1024)  # an expression is tried once in a process, and not on each day
def _refused(expression: bytes, schema: tuple[tuple[str, Any], ...]) -> bool:
    try:
        return looks_at_several(pl.Expr.deserialize(expression), _samples_of(schema))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False  # the rows say what is wrong with it


@lru_cache(maxsize=64)  # a model has many expressions
def _samples_of(schema: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    return samples(dict(schema))


def _sample(kind: Any) -> list[Any]:
    if kind.is_numeric():
        return _NUMBERS
    return next((sample for one, sample in _SAMPLES.items() if kind == one), [None, None, None])
