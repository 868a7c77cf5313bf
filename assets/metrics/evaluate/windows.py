"""Running windows of hours at one place, such as the eight hours of ozone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl

from assets.formulas.particles import PARTICLE_MEANS
from assets.metrics.evaluate.aggregates import AREA, DAY, HOUR, HOUR_UTC, REGISTERED, aggregate
from assets.metrics.evaluate.clock import HOUR_LENGTH, moments
from assets.metrics.steps import TimeStep

_PLACE, _ROW = "_place", "_row"


def running_windows(
    hours: pl.LazyFrame,
    names: Sequence[str],
    long: int,
    columns: Sequence[tuple[str, str, TimeStep]],
    days: Sequence[date],
    timezone: str,
) -> pl.LazyFrame:
    """The windows of `long` hours that end on `days`: `names`, DAY, HOUR and HOUR_UTC of the last hour, AREA,
    REGISTERED, and of each of `columns` (the values, how many of them are there, how they become one) both.

    hours: one row for each place and hour, with what `names` say of a place. A window without any row is none.
    """
    places = hours.select(names).unique().with_row_index(_PLACE)
    wanted = {day - timedelta(days=back) for day in days for back in range((long + 22) // 24 + 1)}
    every = moments(sorted(wanted), HOUR_LENGTH, timezone)
    grid = every.lazy().select(DAY, pl.col("time").alias(HOUR), pl.col("time_utc").alias(HOUR_UTC))
    given = hours.drop(DAY, HOUR).with_columns(pl.lit(True).alias(_ROW))
    full = (
        places.join(grid, how="cross")
        .join(given, on=[*names, HOUR_UTC], how="left", nulls_equal=True)
        .sort(_PLACE, HOUR_UTC)
    )
    shifted = [_hours_before(back) for back in range(long)]
    last = full.with_columns(
        pl.any_horizontal(of(_ROW).is_not_null() for of in shifted).alias("_any"),
        *(pl.coalesce(of(name) for of in shifted).alias(name) for name in (AREA, REGISTERED)),
        *(pl.sum_horizontal(of(v).is_not_null() for of in shifted).cast(pl.Int64).alias(n) for v, n, _ in columns),
        *(_one([of(v) for of in shifted], step).alias(v) for v, _, step in columns),
    )
    return last.filter(pl.col("_any") & pl.col(DAY).is_in(list(days))).drop(_PLACE, _ROW, "_any")


def _hours_before(back: int) -> Callable[[str], pl.Expr]:
    """What a column had at the same place so many hours before; null where it had no row."""
    then = pl.col(HOUR_UTC).shift(back) + HOUR_LENGTH * back
    same = (pl.col(_PLACE).shift(back) == pl.col(_PLACE)) & (then == pl.col(HOUR_UTC))
    return lambda name: pl.when(same).then(pl.col(name).shift(back))


def _one(values: Sequence[pl.Expr], step: TimeStep) -> pl.Expr:
    """The values of a window as one. `values`: the last hour first."""
    match step.as_:
        case "mean":
            return pl.mean_horizontal(values)
        case "max":
            return pl.max_horizontal(values)
        case "min":
            return pl.min_horizontal(values)
        case "last":
            return values[0]
        case name if name in PARTICLE_MEANS:
            return PARTICLE_MEANS[name](values)
        case _:
            return pl.concat_list(values[::-1]).list.eval(aggregate(step, pl.element())).list.first()
