"""What rows are of, in minutes or days: instants, some minutes of a day, or all days of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import gcd
from typing import Literal

from quality.contract.interval import Interval, first_of_period

HOUR = 60
_LONGEST = {"month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True)
class Span:
    """Rows of one day are instants, or intervals of so many minutes; one row of a period is of all its days."""

    kind: Literal["instant", "minutes", "period"]
    first: date
    days: int = 1
    minutes: int = HOUR

    @classmethod
    def of(cls, interval: Interval | None, day: date) -> Span:
        """The instants or intervals of a day, or the period that has the day."""
        if interval is None or interval.span == "instant":
            return cls("instant", day)
        if interval.every != "day":
            first = first_of_period(day, interval.every)
            next_one = first_of_period(first + timedelta(days=_LONGEST[interval.every]), interval.every)
            return cls("period", first, (next_one - first).days)
        minutes = int((interval.length or timedelta(days=1)).total_seconds()) // 60
        return cls("minutes", day, 1, minutes) if minutes < 24 * HOUR else cls("period", day)

    @property
    def step(self) -> int:
        """Minutes after which something is read: hours, or less where an interval is not of whole hours."""
        return self.minutes if self.minutes <= HOUR else gcd(self.minutes, HOUR)

    @property
    def dates(self) -> list[date]:
        """Its days."""
        return [self.first + timedelta(days=n) for n in range(self.days)]
