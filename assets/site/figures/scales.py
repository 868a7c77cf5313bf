"""Scales: from numbers to places on an axis, to ticks, and to classes of colour. The only place where these are chosen.

A class is a number that stands for a colour of site.css: `class-1` to `class-6` part at a target, blue where it is met;
`step-1` to `step-5` are five blues where nothing is aimed at.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_GOOD, _BAD = 2, 4  # classes on either side of a target: what is bad is looked at more closely


@dataclass(frozen=True)
class AxisScale:
    """An axis from `low` to `high`, which are among its `ticks`."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a value, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class ClassSpan:
    """One class: its name in the style, its limits (None: open), and whether the target is its lower or upper limit."""

    css: str
    low: float | None
    high: float | None
    after_target: bool = False


@dataclass(frozen=True)
class Classes:
    """Classes from the lowest value to the highest. `bounds` part them; a value on one is in the lower class, or where
    more is better in the higher: a target that is just reached is met."""

    names: tuple[str, ...]
    bounds: tuple[float, ...]
    target: float | None = None
    more_is_better: bool = False

    def of(self, value: float) -> str:
        """The class of a value, as the style names it."""
        cut = bisect_right if self.more_is_better else bisect_left
        return self.names[cut(self.bounds, value)]

    def spans(self) -> list[ClassSpan]:
        """All classes, for a key."""
        ends = (None, *self.bounds, None)
        pairs = zip(self.names, pairwise(ends), strict=True)
        return [ClassSpan(name, low, high, low is not None and low == self.target) for name, (low, high) in pairs]


def nice(step: float) -> float:
    """The next larger of 1, 2, 2.5, 5 and 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(float(f"{one * power:.6g}") for one in _STEPS if one * power >= step * (1 - 1e-9))


def scale_of(
    values: Iterable[float], marks: Iterable[float] = (), ticks: int = 4, from_zero: bool = False
) -> AxisScale:
    """A scale that has all values and marks on it, with round ends. A scale of what is never negative begins at 0
    unless all values are far from it; `from_zero` is for bars, whose length has to be the value."""
    shown = [value for value in (*values, *marks) if math.isfinite(value)] or [0.0]
    low, high = min(shown), max(shown)
    if from_zero or 0 <= low < 0.5 * high:
        low = min(0.0, low)
    if from_zero:
        high = max(0.0, high)
    if low == high:
        low, high = (low, low + 1) if low == 0 else (low - abs(low) * 0.1, high + abs(high) * 0.1)
    step = nice((high - low) / ticks)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    places = tuple(_clean(number * step) for number in range(first, last + 1))
    return AxisScale(places[0], places[-1], places)


def classes_of(values: Sequence[float], target: float | None, direction: str) -> Classes:
    """Classes of values: on both sides of a target where there is one and a way that is better, else five steps."""
    shown = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(shown), max(shown)
    if target is None or direction not in ("lower", "higher"):
        return _sequential(low, high)
    return _diverging(low, high, float(target), more_is_better=direction == "higher")


def _sequential(low: float, high: float) -> Classes:
    names = tuple(f"step-{number}" for number in range(1, 6))
    if low == high:
        return Classes(names[2:3], ())
    step = nice((high - low) / 5)
    first = math.floor(low / step + 1e-9)
    bounds = [_clean((first + number) * step) for number in range(1, 5)]
    return Classes(names, tuple(bounds))


def _diverging(low: float, high: float, target: float, *, more_is_better: bool) -> Classes:
    """On the good side two classes, parted half way to the best value (or to 0); on the other four of equal width."""
    best = max(high, target) if more_is_better else min(low, target)
    if not more_is_better and 0 <= low < target / 2:
        best = 0.0
    worst = min(low, target) if more_is_better else max(high, target)
    # of values that are all near a target the worst is near it, too: the good side counts
    reach = max(abs(worst - target), abs(best - target)) or abs(target) or 1.0
    step = nice(reach / _BAD)
    sign = -1 if more_is_better else 1
    # round limits beyond the target: 15 is followed by 25 or 20, and 33 by 35
    first = (math.floor(target / step + 1e-9) + 1 if sign > 0 else math.ceil(target / step - 1e-9) - 1) * step
    bad = [_clean(first + sign * number * step) for number in range(_BAD - 1)]
    good = [_clean(float(f"{(best + target) / 2:.3g}"))] if best != target else []
    bounds = tuple(sorted({*bad, target, *good}))
    names = [f"class-{number}" for number in range(1 if good else 2, _GOOD + _BAD + 1)]
    return Classes(tuple(reversed(names) if more_is_better else names), bounds, target, more_is_better)


def _clean(value: float) -> float:
    return float(f"{value:.10g}") + 0.0
