"""What a row is of, from the times of its places: an hour, so many minutes, a day, a month, or an instant."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from assets.propose.seen import Doubt
from assets.propose.time_columns import TimeFound

_LEAST = 0.7  # share of the steps from one time to the next that are of one length
_KEY = ("interval",)
_GAP_HOURS = 5 * 24


@dataclass(frozen=True)
class IntervalFound:
    """The name of the interval, and what is in doubt about it."""

    name: str
    doubts: tuple[Doubt, ...] = ()


def interval_of(found: TimeFound, groups: pl.DataFrame, *, instants: bool) -> IntervalFound:
    """The interval of rows. `groups`: what a row is about, in columns; `instants`: the model's rows are moments."""
    if not found.written.clock:
        return _of_dates(found)
    step = _step(found.moments, groups) or _whole_hours(found.moments, instants=instants)
    if instants and (step is None or step < 60):
        return IntervalFound("instant")
    if step is None:
        what = "What is a row of? The times of the sample have no usual distance, so each is taken for a moment."
        return IntervalFound("instant", (Doubt(_KEY, what),))
    if step == 24 * 60:
        return IntervalFound("day")
    if step % (24 * 60) == 0 and step > 24 * 60:
        return IntervalFound("month" if step >= 28 * 24 * 60 else "day")
    span = "hour" if step == 60 else f"{step}_minutes"
    side, doubts = _side(found, step)
    return IntervalFound(f"{span}_{side}", doubts)


def _of_dates(found: TimeFound) -> IntervalFound:
    """Of dates without a time of day: those of first days alone may be whole months."""
    period = found.written.period
    if period != "day":
        return IntervalFound(period)
    days = found.moments.drop_nulls().unique()
    if days.len() >= 3 and bool((days.dt.day() == 1).all()):
        months = days.dt.month().unique().to_list()
        named = "year" if months == [1] else "quarter" if set(months) <= {1, 4, 7, 10} else "month"
        return IntervalFound(named, (Doubt(_KEY, f"All dates are first days: is a row of a whole {named}?"),))
    return IntervalFound("day")


def _step(moments: pl.Series, groups: pl.DataFrame) -> int | None:
    """The usual distance of the times of one place, in minutes; None where there is none."""
    frame = groups.with_columns(moments.alias("_time")).drop_nulls("_time").unique()
    keys = [name for name in frame.columns if name != "_time"]
    steps = (
        frame.sort("_time")
        .with_columns((pl.col("_time").diff().over(keys) if keys else pl.col("_time").diff()).alias("_step"))
        .drop_nulls("_step")
        .filter(pl.col("_step") > pl.duration())["_step"]
        .dt.total_seconds()
    )
    if steps.len() < 2:
        return None
    counts = steps.value_counts(sort=True)
    seconds, times = int(counts["_step"][0]), int(counts["count"][0])
    minutes = seconds // 60
    if seconds % 60 or times < _LEAST * steps.len() or (minutes <= 24 * 60 and 24 * 60 % max(minutes, 1)):
        return None
    return minutes


def _starts(moments: pl.Series) -> set[int]:
    """The hours with which the files of a sample begin: where its times go back, or far ahead."""
    steps = moments.diff().dt.total_hours()
    begins = ((steps < 0) | (steps > _GAP_HOURS)).fill_null(value=True)
    return set(moments.filter(begins).dt.hour().drop_nulls().to_list())


def _whole_hours(moments: pl.Series, *, instants: bool) -> int | None:
    """60 where all times are whole hours of several kinds: the rows of some hours are not in the sample."""
    there = moments.drop_nulls()
    whole = there.len() > 0 and bool(((there.dt.minute() == 0) & (there.dt.second() == 0)).all())
    return 60 if whole and there.dt.hour().n_unique() > 1 and not instants else None


def _side(found: TimeFound, step: int) -> tuple[str, tuple[Doubt, ...]]:
    """Whether the times begin their intervals or end them."""
    hours = found.hours
    if step == 60 and hours is not None and hours.drop_nulls().len():
        there = hours.drop_nulls()
        if bool((there == 24).any()) and not bool((there == 0).any()):
            return "ending", ()
        first = next(iter(there.head(1).to_list()), None)
        starts = _starts(found.moments)
        if first == 1 or (1 in starts and 0 not in starts):
            said = "Is 01:00 the hour from 00:00 to 01:00? The rows begin with it, so each time is taken for an end."
            return "ending", (Doubt(_KEY, said),)
        if found.join is not None and first == 0 and bool((there == 23).any()):
            return "beginning", ()
    word = "hour" if step == 60 else f"{step} minutes"
    return "beginning", (
        Doubt(_KEY, f"Does the time begin its {word}, or end it? Nothing says it; write `_ending` if it ends it."),
    )
