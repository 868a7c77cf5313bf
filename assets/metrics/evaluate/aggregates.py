"""How many values become one, and the columns that rows at places have."""

from __future__ import annotations

import polars as pl

from assets.formulas.noise import energy_of, leq
from assets.metrics.steps import Aggregation, SpaceStep

DAY, HOUR, HOUR_UTC, AREA, REGISTERED = "day", "hour", "hour_utc", "_area", "_registered"


def aggregate(step: Aggregation, column: pl.Expr, time: str | None = None, *, many: bool = False) -> pl.Expr:
    """How the values of a column become one; null where there is none. `time` orders them for `last`.

    Values are added in the order of their size, so that the order of rows does not show in the last digits; but not
    where there are `many` of them.
    """
    match step.as_:
        case "mean":
            return column.mean() if many else _in_order(column).list.mean()
        case "energy_mean":
            return leq(column) if many else _in_order(energy_of(column)).list.mean().log(10) * 10
        case "sum":
            return pl.when(column.count() > 0).then(column.sum() if many else _in_order(column).list.sum())
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
        case "unchanged":
            return (column.max() == column.min()).cast(pl.Float64) * 100
        case "reporting":
            return column.count().cast(pl.Float64)


def mean_by_weight(column: pl.Expr, weight: pl.Expr) -> pl.Expr:
    """The mean of the values that have a weight above 0; null where there is none."""
    weights = weight.filter(column.is_not_null())
    whole = _in_order(weights).list.sum()
    return pl.when(whole > 0).then(_in_order(column * weight).list.sum() / whole)


def way_of(step: Aggregation) -> str:
    """How the values become one, in a word."""
    if isinstance(step, SpaceStep) and step.weight is not None:
        return f"mean by {step.weight}"
    return f"p{step.quantile * 100:g}" if step.as_ == "quantile" and step.quantile is not None else step.as_


def _in_order(column: pl.Expr) -> pl.Expr:
    # as a list, because Polars leaves out a sort before a sum
    return column.implode().list.sort()
