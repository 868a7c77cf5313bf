"""How many values become one, and the columns that rows at places have."""

from __future__ import annotations

import polars as pl

from assets.formulas.noise import leq
from assets.metrics.entry import Aggregation

DAY, HOUR, HOUR_UTC, AREA, REGISTERED = "day", "hour", "hour_utc", "_area", "_registered"


def aggregate(step: Aggregation, column: pl.Expr, time: str | None = None) -> pl.Expr:
    """How the values of a column become one; null where there is none. `time` orders them for `last`."""
    match step.as_:
        case "mean":
            return column.mean()
        case "energy_mean":
            return leq(column)
        case "sum":
            return pl.when(column.count() > 0).then(column.sum())
        case "max":
            return column.max()
        case "min":
            return column.min()
        case "median":
            return column.median()
        case "quantile":
            return column.quantile(0.5 if step.quantile is None else step.quantile, "linear")
        case "last":
            return column.last() if time is None else column.sort_by(time).last()
        case "reporting":
            return column.count().cast(pl.Float64)


def way_of(step: Aggregation) -> str:
    """How the values become one, in a word."""
    return f"p{step.quantile * 100:g}" if step.as_ == "quantile" and step.quantile is not None else step.as_
