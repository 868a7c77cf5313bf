"""An axis: where a value stands between two ends, in per cent, and round numbers to write along it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_EDGE = 3.0  # per cent that stay free at both ends: a dot there is whole


@dataclass(frozen=True)
class Axis:
    """A straight axis from low to high."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Axis:
        """An axis on which all of these have a place."""
        there = [value for value in values if value is not None and math.isfinite(value)]
        return cls(min(there), max(there)) if there else cls(0.0, 1.0)

    def at(self, value: float) -> str:
        """The place of a value, as an attribute of SVG: 42.5%. In the middle where all values are one."""
        part = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return f"{_EDGE + (100 - 2 * _EDGE) * min(max(part, 0.0), 1.0):.2f}%"


def round_ticks(low: float, high: float, most: int = 4) -> list[float]:
    """At most so many round numbers from low to high, evenly apart.

    >>> round_ticks(3, 47)
    [0.0, 20.0, 40.0]
    """
    wide = high - low
    if not math.isfinite(wide) or wide <= 0:
        return [low] if math.isfinite(low) else []
    unit = 10.0 ** math.floor(math.log10(wide / most))
    for step in (unit * times for times in (1, 2, 5, 10, 20, 50)):
        first, last = math.floor(low / step), math.floor(high / step)
        if last - first < most:
            digits = max(0, -math.floor(math.log10(step)))
            return [round(number * step, digits) for number in range(first, last + 1)]
    return [low]
