"""A column that its provider corrects against the column of the instrument: whether the correction changed.

A correction that is replaced leaves every reading plausible. Seoul's street sensors of 2020 were corrected by one way
until 18 May and by another from 19 May on, and by July one reading in fourteen came out below zero; the raw column went
on as before. What shows it are the ends of the distribution, not its middle: what the lowest readings become, how many
become zero or nothing, and how many stay what they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

import polars as pl

from assets.watch.apart import Apart, log_ratio

LOW = 0.05  # the quantile
RECENT_DAYS, LEAST_RECENT = 10, 3  # their median is what the correction does now; a week of dust is no new correction
BEFORE_DAYS, LEAST_BEFORE = 30, 20  # before these: what it did
BACK_DAYS = RECENT_DAYS + BEFORE_DAYS
MOST_BETWEEN = 5  # days that are off and lie further apart belong to two things
LOW_SHARE = 0.3  # of the low quantile's ratio to the raw one: so much more or less is a change
STEPS_OF_ROUNDING = 2  # and more than so many: in whole numbers a quantile of 1 becomes 2 by nothing at all


class CorrectionFigure(StrEnum):
    """What of a correction is compared."""

    LOW = "low"  # ln((low quantile + 1) / (raw low quantile + 1))
    ZEROS = "zeros"  # share of readings that are zero, less that of the raw ones
    NULLS = "nulls"  # share of rows without a value, less that of the raw ones
    SAME = "same"  # share of readings that are equal to the raw ones


# Of shares: how far the median of 10 days is off, and a single day, for which nobody waits. On a clean day of July half
# as many readings as here stayed what they were by rounding alone, and were 1 or 2.
_LASTING = {CorrectionFigure.ZEROS: 0.03, CorrectionFigure.NULLS: 0.03, CorrectionFigure.SAME: 0.5}
_SUDDEN = {CorrectionFigure.ZEROS: 0.25, CorrectionFigure.NULLS: 0.25, CorrectionFigure.SAME: 0.5}
_USUAL = ("value", "units", "own")  # columns of `_by_figure` whose median of the days before is what is usual


def correction_figures(readings: pl.LazyFrame, column: str, raw: str) -> pl.DataFrame:
    """How the rows of each day are added up: day, rows, low, raw_low (the low quantile), zero_share, raw_zero_share (of
    the readings), null_share, raw_null_share (of the rows), same_share (of rows with both), rounding (the least
    difference of two raw readings: the step in which they are delivered).

    readings: day, and the two columns. Readings are counted first, as they are rounded: of 8.6 million of 12,000
    sensors 1,470 pairs are different; that takes two thirds of the CPU of their quantiles, and a third of the memory.
    """
    own, theirs, count = pl.col("own"), pl.col("theirs"), pl.col("count")
    pairs = readings.group_by("day", own=column, theirs=raw).agg(count=pl.len().cast(pl.Int64))
    sides = {"": own, "raw_": theirs}

    def counted(where: pl.Expr) -> pl.Expr:
        return count.filter(where).sum()

    return (
        pairs.collect(engine="streaming")
        .group_by("day")
        .agg(
            count.sum().alias("rows"),
            *(_low(one, count).alias(f"{name}low") for name, one in sides.items()),
            *(
                _share(counted(one == 0), counted(one.is_not_null())).alias(f"{name}zero_share")
                for name, one in sides.items()
            ),
            *((counted(one.is_null()) / count.sum()).alias(f"{name}null_share") for name, one in sides.items()),
            _share(counted(own == theirs), counted(own.is_not_null() & theirs.is_not_null())).alias("same_share"),
            theirs.drop_nulls().unique().sort().diff().min().alias("rounding"),
        )
    )


def _low(values: pl.Expr, count: pl.Expr) -> pl.Expr:
    """The low quantile of values that are there `count` times, linear between two of them."""
    there = values.is_not_null()
    in_order, up_to = values.filter(there).sort(), count.filter(there).sort_by(values.filter(there)).cum_sum()
    at = (count.filter(there).sum() - 1) * LOW  # the lowest is at 0
    below, above = (in_order.filter(up_to > place).first() for place in (at.floor(), at.ceil()))
    return below + (above - below) * (at - at.floor())


def changes(days: pl.DataFrame, keys: Sequence[str], at: str) -> pl.DataFrame:
    """`at`, `keys`, figure, recent, before, change, days, days_before, changed, since: each figure at each `at`.

    days: of `correction_figures`, with the day, and as `at` the day that looks back on it, of BACK_DAYS. `recent`
    is the median of the last 10 days, `before` that of the 30 days before these, `change` the one less the other.
    `changed`: beyond its limit, or of a share on the day itself beyond that of a day; null with fewer than 20 days
    before. A figure that is not defined has no row. `since`: see `_first_days`. What the raw column alone does is
    no other correction: a share is off by what the column's own share has moved, too (`_moved_itself`), and days on
    which the raw column is not there are not compared (`_with_raw`).
    """
    group = [at, *keys, "figure"]
    long = _by_figure(_with_raw(days, [at, *keys]), [at, "day", *keys])
    age = (pl.col(at) - pl.col("day")).dt.total_days()
    recent, before = age < RECENT_DAYS, age >= RECENT_DAYS
    usual = [pl.col(name).filter(before).median().over(group).alias(f"_before_{name}") for name in _USUAL]
    off = long.with_columns(usual).with_columns(
        off=_moved_itself(), units_off=pl.col("units") - pl.col("_before_units")
    )
    judged = off.group_by(group, maintain_order=True).agg(
        recent=pl.col("value").filter(recent).median(),
        before=pl.col("_before_value").first(),
        change=pl.col("off").filter(recent).median(),
        _units=pl.col("units_off").filter(recent).median(),
        _rounding=pl.col("rounding").median(),
        _of_day=pl.col("off").filter(age == 0).first(),
        days=recent.sum().cast(pl.Int64),
        days_before=before.sum().cast(pl.Int64),
    )
    lasting = (pl.col("days") >= LEAST_RECENT) & _beyond("change", "_units", "_rounding")
    sudden = pl.col("_of_day").abs() > _of_figure(_SUDDEN)
    known = pl.col("days_before") >= LEAST_BEFORE
    found = judged.with_columns(_lasting=lasting.fill_null(value=False)).with_columns(
        changed=pl.when(known).then((pl.col("_lasting") | sudden.fill_null(value=False)).cast(pl.Int64))
    )
    return (
        found.join(_first_days(off, found, group), on=group, how="left", maintain_order="left")
        .with_columns(since=pl.when(pl.col("changed") == 1).then("since"))
        .select(*group, "recent", "before", "change", "days", "days_before", "changed", "since")
    )


def _first_days(off: pl.DataFrame, found: pl.DataFrame, group: Sequence[str]) -> pl.DataFrame:
    """group, since: the first day of the last run of days that are off on the same side as the recent ones.

    It stays the same from night to night, which the first of the recent ten days would not.
    """
    side = pl.coalesce(pl.when(pl.col("_lasting")).then("change"), "_of_day").sign().alias("_side")
    far = _beyond("off", "units_off", "rounding") & (pl.col("off").sign() == pl.col("_side"))
    days = off.join(found.select(*group, side), on=group, maintain_order="left").filter(far)
    new = pl.col("day").diff().over(group) > timedelta(days=MOST_BETWEEN)  # in the order of days: see _by_figure
    return days.filter(new.fill_null(value=True)).group_by(group).agg(since=pl.col("day").max())


def _with_raw(days: pl.DataFrame, group: Sequence[str]) -> pl.DataFrame:
    """The days, with the low quantile and the equal share only where the raw column is there as before.

    A share of missing or zero raw readings that is suddenly another one, while the column's own is not, means that
    another raw column is delivered, or none: nothing can be held against it.
    """
    before = (pl.col(group[0]) - pl.col("day")).dt.total_days() >= RECENT_DAYS

    def moved(share: str, limit: float) -> pl.Expr:
        usual = pl.col(share).filter(before).median().over(group)
        return ((pl.col(share) - usual).abs() > limit).fill_null(value=False)

    alone = (
        moved(f"raw_{share}", limit) & ~moved(share, limit)
        for share, limit in (
            ("null_share", _SUDDEN[CorrectionFigure.NULLS]),
            ("zero_share", _SUDDEN[CorrectionFigure.ZEROS]),
        )
    )
    there = ~pl.any_horizontal(alone)
    return days.with_columns(pl.when(there).then(name).alias(name) for name in ("low", "same_share"))


def _moved_itself() -> pl.Expr:
    """How far a figure is off what is usual; a share no further than the column's own has moved to the same side."""
    by, own = pl.col("value") - pl.col("_before_value"), pl.col("own") - pl.col("_before_own")
    same_side = by.sign() == own.sign()
    moved = pl.when(same_side).then(by.sign() * pl.min_horizontal(by.abs(), own.abs())).otherwise(0.0)
    return pl.when(pl.col("own").is_null()).then(by).otherwise(moved)


def _by_figure(days: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """keys, figure, value, units (of the low quantile: in the column's own), rounding, own (of a share that is compared
    with the raw one: the column's own); without what is not defined."""
    low, raw = pl.col("low"), pl.col("raw_low")
    values = {
        CorrectionFigure.LOW: log_ratio(low, raw),
        CorrectionFigure.ZEROS: pl.col("zero_share") - pl.col("raw_zero_share"),
        CorrectionFigure.NULLS: pl.col("null_share") - pl.col("raw_null_share"),
        CorrectionFigure.SAME: pl.col("same_share"),
    }
    own = {CorrectionFigure.ZEROS: pl.col("zero_share"), CorrectionFigure.NULLS: pl.col("null_share")}
    of_each = [
        days.select(
            *keys,
            value.alias("value"),
            (low - raw).alias("units"),
            "rounding",
            own.get(name, pl.lit(None, pl.Float64)).alias("own"),
            figure=pl.lit(str(name)),
        )
        for name, value in values.items()
    ]
    return pl.concat(of_each).drop_nulls("value").sort(*keys, "figure")


def _beyond(change: str, units: str, rounding: str) -> pl.Expr:
    """Whether these columns are as far off as a change of their figure is."""
    by = pl.col(change)
    apart = ~by.is_between(*Apart(share=LOW_SHARE).log_bounds)
    low = apart & (pl.col(units).abs() > STEPS_OF_ROUNDING * pl.col(rounding).fill_null(0.0))
    return pl.when(pl.col("figure") == CorrectionFigure.LOW).then(low).otherwise(by.abs() > _of_figure(_LASTING))


def _of_figure(limits: Mapping[CorrectionFigure, float]) -> pl.Expr:
    """The limit of a row's figure; null where it has none of this kind."""
    return pl.col("figure").replace_strict(limits, default=None, return_dtype=pl.Float64)


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)
