"""What the readings of a place were like on a day: as many numbers as it takes to judge it later, and no more.

Parts of a day that follow each other in time are put together without their readings, so that 36 million readings need
no memory of their own; days are put together in the same way, by first and last values and the runs there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

OF = ("day", "place")
_HOUR_US = 3_600_000_000
_NEPER = np.log(10) / 10  # of a decibel: exp takes a third of the time of a power of ten
_BLOCK = 2**15  # readings, about: what is made of so many stays in the cache of a core, and needs no new memory
STATISTICS = pl.Schema(
    {
        "day": pl.Date,
        "place": pl.String,
        "readings": pl.Int64,
        "sum": pl.Float64,
        "least": pl.Float64,
        "most": pl.Float64,
        "first_value": pl.Float64,
        "last_value": pl.Float64,
        "first_run": pl.Int64,
        "last_run": pl.Int64,
        "longest_run": pl.Int64,
        "largest_step": pl.Float64,
        "spikes": pl.Int64,
        "longest_gap_hours": pl.Float64,
        "first_step": pl.Float64,
        "last_step": pl.Float64,
        "first_at": pl.Datetime("us"),
        "last_at": pl.Datetime("us"),
    }
)


@dataclass(frozen=True)
class Placed:
    """Readings of days and places, one of these after another, each in the order of time.

    at: microseconds; starts: where the readings of each day and place begin; number: which of all days and places these
    are.
    """

    at: NDArray[np.int64]
    starts: NDArray[np.int64]
    number: NDArray[np.int64]

    def those(self, there: NDArray[np.bool_]) -> Placed:
        """These readings alone, and the days and places that have one. there: of each in the order."""
        starts = self.starts - np.searchsorted(np.flatnonzero(~there), self.starts)
        at = self.at[there]
        left = _lengths(starts, len(at)) > 0
        return Placed(at, starts[left], self.number[left])

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Readings of each day and place."""
        return _lengths(self.starts, len(self.at))

    @cached_property
    def gaps(self) -> NDArray[np.float64]:
        """The most hours between two that follow each other; NaN where there is one alone."""
        apart = np.empty_like(self.at)
        np.subtract(self.at[1:], self.at[:-1], out=apart[1:])
        apart[self.starts] = 0
        return np.where(self.counts > 1, np.maximum.reduceat(apart, self.starts) / _HOUR_US, np.nan)


@dataclass(frozen=True)
class Ordered:
    """Readings by day and place, in the order of their time, whatever order they came in.

    blocks: their rows and what they are, some days and places at a time; of: all days and places.
    """

    blocks: Sequence[tuple[NDArray[np.int64], Placed]]
    of: pl.DataFrame

    @classmethod
    def by(cls, readings: pl.DataFrame, known: pl.Series | None = None) -> Ordered:
        """readings: day, place, time (local). known: of `no_places`, by which all parts of a day have them in one
        order."""
        group = readings["place"].cast((no_places() if known is None else known).dtype).to_physical().to_numpy()
        days = readings["day"].to_physical().to_numpy()
        if len(days) and (later := int(np.ptp(days))):
            group = group.astype(np.int64) * (later + 1) + (days - days.min())
        # numbers of 16 bits are sorted by radix: 50,000 sensors in a tenth of the time
        short = group.astype(np.uint16) if len(group) and group.max() < 2**16 else group
        order = np.argsort(short, kind="stable")
        in_order = short[order]
        starts = np.flatnonzero(np.append(True, in_order[1:] != in_order[:-1])[: len(group)])
        times = readings["time"].cast(pl.Datetime("us")).to_physical().to_numpy()
        return cls(_blocks(order, times, starts), readings.select(OF)[order[starts]])

    def numbers(self, values: pl.Series) -> NDArray[np.float64]:
        """A column of the readings, NaN where one has no value; until the next one is asked for."""
        chunks = [one.cast(pl.Float64).fill_null(np.nan).to_numpy() for one in values.get_chunks()]
        return np.concatenate(chunks, out=self._scratch)

    @cached_property
    def _scratch(self) -> NDArray[np.float64]:
        """Memory for one column, so that the kernel has to give it once, and not for each column again."""
        return np.empty(sum(len(rows) for rows, _ in self.blocks))


def _blocks(
    order: NDArray[np.int64], times: NDArray[np.int64], starts: NDArray[np.int64]
) -> Sequence[tuple[NDArray[np.int64], Placed]]:
    """Ordered.blocks, of rows by day and place in the order in which they came."""
    firsts = np.unique(np.searchsorted(starts, np.arange(0, len(order), _BLOCK)))
    firsts = firsts[firsts < len(starts)]
    places, readings = pairwise(np.append(firsts, len(starts))), pairwise(np.append(starts[firsts], len(order)))
    return [
        _by_time(order[a:b], times, starts[first:last] - a, np.arange(first, last))
        for (first, last), (a, b) in zip(places, readings, strict=True)
    ]


def _by_time(
    rows: NDArray[np.int64], times: NDArray[np.int64], starts: NDArray[np.int64], number: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Placed]:
    """Some came late: those of their places alone are sorted again, in a simulated night a fifth of all."""
    at = times.take(rows, mode="clip")
    earlier = np.flatnonzero(at[1:] < at[:-1]) + 1
    of = np.searchsorted(starts, earlier, side="right") - 1
    late = np.unique(of[starts[of] != earlier])
    if not len(late):
        return rows, Placed(at, starts, number)
    counts, again = _lengths(starts, len(at)), np.zeros(len(starts), dtype=np.bool_)
    again[late] = True
    those = np.flatnonzero(np.repeat(again, counts))
    # One number for place and time: little is left to sort, in a fifth of the time that two keys take. It holds times
    # that are up to nine years from the first of their day.
    since = at[those] - np.repeat(at[starts[late]], counts[late])
    longest = int(since.max() - since.min()) + 1
    by_time = those[np.argsort(since + np.repeat(np.arange(len(late)) * longest, counts[late]), kind="stable")]
    rows[those], at[those] = rows[by_time], at[by_time]
    return rows, Placed(at, starts, number)


def no_places() -> pl.Series:
    """What numbers places in the order in which they come. As long as it is there, they keep their numbers."""
    return pl.Series([], dtype=pl.Categorical(pl.Categories.random()))


def statistics(ordered: Ordered, values: pl.Series, spike: float | None, *, level: bool = False) -> pl.DataFrame:
    """STATISTICS of one column of the readings; days and places without a value are not there.

    A run is of equal readings that follow each other. A step is the difference of two that do. A spike leaves the
    readings on both sides in one direction by more than `spike`. What needs two or three readings is null, or 0 spikes,
    without them. Gaps lie between two readings: what is before the first or after the last is of whoever knows how long
    the day is. level: readings are dB, and `sum` is that of their energies.
    """
    numbers = ordered.numbers(values)
    # "clip": nobody looks whether each of 36 million rows is there, which takes as long as to fetch them
    of_blocks = (
        _of_block(placed, numbers.take(rows, mode="clip"), spike, level=level) for rows, placed in ordered.blocks
    )
    if not (found := [one for one in of_blocks if one]):
        return STATISTICS.to_frame()
    number = np.concatenate([one.pop("number") for one in found])
    columns = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    return pl.DataFrame({**ordered.of[number].to_dict(), **columns}, schema=STATISTICS, nan_to_null=True)


def _of_block(
    placed: Placed, value: NDArray[np.float64], spike: float | None, *, level: bool
) -> dict[str, NDArray[Any]]:
    """number, and the rest of STATISTICS; nothing where no reading has a value."""
    if not (there := ~np.isnan(value)).all():
        value, placed = value[there], placed.those(there)
    if not len(value):
        return {}
    starts, at, counts = placed.starts, placed.at, placed.counts
    ends = starts + counts - 1
    step = np.empty_like(value)
    np.subtract(value[1:], value[:-1], out=step[1:])
    step[starts] = np.nan
    size = np.abs(step)
    size[starts] = 0.0  # without a NaN: to look for one takes five times as long as the greatest number
    runs = np.flatnonzero(step != 0)  # NaN, at the beginning of each place, is none
    lengths = _lengths(runs, len(value))
    of_runs = np.searchsorted(runs, starts)
    more = counts > 1
    return {
        "number": placed.number,
        "readings": counts,
        "sum": np.add.reduceat(np.exp(value * _NEPER) if level else value, starts),
        "least": np.minimum.reduceat(value, starts),
        "most": np.maximum.reduceat(value, starts),
        "first_value": value[starts],
        "last_value": value[ends],
        "first_run": lengths[of_runs],
        "last_run": lengths[np.append(of_runs[1:], len(runs)) - 1],
        "longest_run": np.maximum.reduceat(lengths, of_runs),
        "largest_step": np.where(more, np.maximum.reduceat(size, starts), np.nan),
        "spikes": _spikes(step, size, starts, spike),
        "longest_gap_hours": placed.gaps,
        "first_step": np.where(more, step[np.minimum(starts + 1, len(step) - 1)], np.nan),
        "last_step": np.where(more, step[ends], np.nan),
        "first_at": at[starts],
        "last_at": at[ends],
    }


def of_parts(parts: Sequence[pl.DataFrame], spike: float | None) -> pl.DataFrame:
    """STATISTICS of parts of days that follow each other, as those of all their readings."""
    return reduce(lambda one, other: _together(one, other, spike), parts, STATISTICS.to_frame())


def _lengths(starts: NDArray[np.int64], whole: int) -> NDArray[np.int64]:
    """How many there are from each start to the next one, or to the end."""
    found = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=found[:-1])
    found[-1:] = whole - starts[-1:]
    return found


def _spikes(
    step: NDArray[np.float64], size: NDArray[np.float64], starts: NDArray[np.int64], spike: float | None
) -> NDArray[np.int64]:
    """How many of each place. The step to its first reading is NaN, and 0 in `size`, which has those of the steps."""
    if spike is None:
        return np.zeros(len(starts), dtype=np.int64)
    leaving = np.flatnonzero(size[:-1] > spike)
    returns = (size[leaving + 1] > spike) & (np.sign(step[leaving]) == -np.sign(step[leaving + 1]))
    of = np.searchsorted(starts, leaving[returns], side="right") - 1
    return np.bincount(of, minlength=len(starts))


def _side_by_side(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The numbers of the other part with `_b`. Mostly both parts have the same places in one order: to look for each by
    its name took 50,000 sensors a second of the night."""
    if one.select(OF).equals(other.select(OF)):
        return one.hstack(other.drop(OF).rename(lambda name: f"{name}_b"))
    return one.join(other, on=OF, how="full", coalesce=True, suffix="_b")


def _together(one: pl.DataFrame, other: pl.DataFrame, spike: float | None) -> pl.DataFrame:
    """A part of days, and the one that follows it."""
    if one.is_empty() or other.is_empty():
        return other if one.is_empty() else one
    both = _side_by_side(one, other)

    def a(name: str) -> pl.Expr:
        return pl.col(name)

    def b(name: str) -> pl.Expr:
        return pl.col(f"{name}_b")

    step = b("first_value") - a("last_value")  # null where one of the two has no reading
    hours = (b("first_at") - a("last_at")).dt.total_microseconds() / _HOUR_US
    equal = (step == 0).fill_null(value=False)
    limit = pl.lit(spike, pl.Float64)

    def leaves(before: pl.Expr, after: pl.Expr) -> pl.Expr:
        far = (pl.min_horizontal(before.abs(), after.abs()) > limit) & (before.sign() == -after.sign())
        return far.fill_null(value=False).cast(pl.Int64)

    found: dict[str, Any] = {
        "readings": pl.sum_horizontal(a("readings"), b("readings")),
        "sum": pl.sum_horizontal(a("sum"), b("sum")),
        "least": pl.min_horizontal(a("least"), b("least")),
        "most": pl.max_horizontal(a("most"), b("most")),
        "first_value": pl.coalesce(a("first_value"), b("first_value")),
        "last_value": pl.coalesce(b("last_value"), a("last_value")),
        "first_run": pl.when(equal & (a("first_run") == a("readings")))
        .then(a("readings") + b("first_run"))
        .otherwise(pl.coalesce(a("first_run"), b("first_run"))),
        "last_run": pl.when(equal & (b("last_run") == b("readings")))
        .then(b("readings") + a("last_run"))
        .otherwise(pl.coalesce(b("last_run"), a("last_run"))),
        "longest_run": pl.max_horizontal(
            a("longest_run"), b("longest_run"), pl.when(equal).then(a("last_run") + b("first_run"))
        ),
        "largest_step": pl.max_horizontal(a("largest_step"), b("largest_step"), step.abs()),
        "spikes": pl.sum_horizontal(
            a("spikes"), b("spikes"), leaves(a("last_step"), step), leaves(step, b("first_step"))
        ),
        "longest_gap_hours": pl.max_horizontal(a("longest_gap_hours"), b("longest_gap_hours"), hours),
        "first_step": pl.when(a("readings").is_null())
        .then(b("first_step"))
        .otherwise(pl.coalesce(a("first_step"), step)),
        "last_step": pl.when(b("readings").is_null()).then(a("last_step")).otherwise(pl.coalesce(b("last_step"), step)),
        "first_at": pl.coalesce(a("first_at"), b("first_at")),
        "last_at": pl.coalesce(b("last_at"), a("last_at")),
    }
    return both.select(*OF, **found).cast(STATISTICS)
