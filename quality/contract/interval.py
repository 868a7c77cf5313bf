"""What a row of a feed is of: an instant, or an interval that its time begins or ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from quality.contract.base import text_form

Every = Literal["day", "month", "quarter", "year"]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PERIODS: dict[str, Every] = {"day": "day", "month": "month", "quarter": "quarter", "year": "year"}
_CUT = {"day": "1d", "month": "1mo", "quarter": "1q", "year": "1y"}
_CLOCK = re.compile("(?P<length>hour|(?P<minutes>[1-9][0-9]{0,3})_minutes)_(?P<side>beginning|ending)")
_PATTERN = "^(instant|day|month|quarter|year|(hour|[1-9][0-9]{0,3}_minutes)_(beginning|ending))$"
_KNOWN = (
    "instant, hour_beginning, hour_ending, 10_minutes_beginning, 10_minutes_ending (any number up to 1440), day, "
    "month, quarter, year"
)
INTERVALS = text_form(
    _PATTERN,
    f"Write one of {_KNOWN}.",
    *re.findall("[a-z0-9_]+(?=[, ]|$)", _KNOWN.split(" (", maxsplit=1)[0]),
    *_PERIODS,
)


def first_of_period(day: date, period: str) -> date:
    """The first day of the week (Monday), month, quarter or year of a day; of a day, itself.

    A trailing_year is twelve whole months: this one ends with the month of the day. Eleven later ones have it too.
    """
    if period == "day":
        return day
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "trailing_year":
        return _months_after(day, -11)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def last_of_period(start: date, period: str) -> date:
    """The last day of the period that begins on this day."""
    if period in ("day", "week"):
        return start + timedelta(days=6 if period == "week" else 0)
    months = {"month": 1, "quarter": 3, "year": 12, "trailing_year": 12}[period]
    return _months_after(start, months) - timedelta(days=1)


def periods_with(day: date, period: str) -> tuple[date, ...]:
    """The first days of all periods of a kind that a day is in: one, or the twelve trailing years, oldest first."""
    first = first_of_period(day, period)
    return tuple(_months_after(first, n) for n in range(12)) if period == "trailing_year" else (first,)


def period_after(start: date, period: Every, number: int) -> date:
    """The first day of the period so many periods after the one that begins on `start`; below 0: before it."""
    if period == "day":
        return start + timedelta(days=number)
    return _months_after(start, number * {"month": 1, "quarter": 3, "year": 12}[period])


def periods_spoken_of(every: Every, source: Every, day: date) -> Iterator[date]:
    """The first days of the periods of this length that a day of a source says something of: its own, and all within
    the source's longer period where it is the first day of that."""
    own, begins = first_of_period(day, every), first_of_period(day, source) == day
    last = last_of_period(day, source) if begins else day
    while own <= last:
        yield own
        own = period_after(own, every, 1)


def _months_after(day: date, months: int) -> date:
    """The first day of the month so many months after the day's own."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


@dataclass(frozen=True)
class Interval:
    """`length` is None for an instant and for a month, quarter and year, which are not always equally long. `ends`:
    the delivered time is the end of the interval, not its beginning."""

    name: str
    length: timedelta | None = None
    ends: bool = False

    @classmethod
    def parse(cls, text: str) -> Interval:
        """The interval of such a name. Raises ValueError, whose sentence names those that there are."""
        if text == "instant" or text in _PERIODS:
            return cls(text, _DAY if text == "day" else None)
        found = _CLOCK.fullmatch(text)
        length = _HOUR
        if found is not None and found["minutes"] is not None:
            length = timedelta(minutes=int(found["minutes"]))
        if found is None or length > _DAY:
            raise ValueError(f"{text!r} is no interval; write one of {_KNOWN}")
        return cls(text, length, found["side"] == "ending")

    @property
    def span(self) -> str:
        """What a row is of, whichever end is delivered: instant, hour, 10_minutes, day, month, quarter or year."""
        return self.name.removesuffix("_beginning").removesuffix("_ending")

    @property
    def shift(self) -> timedelta | None:
        """How far a delivered time is after the beginning of its interval; None where it is the beginning."""
        return self.length if self.ends else None

    @property
    def truncated(self) -> str | None:
        """To what a time in it is cut off to become its beginning, as Polars says it: a date in a month is of that
        month. None where the delivered time is the beginning, or the end."""
        return _CUT.get(self.name)

    @property
    def every(self) -> Every:
        """How often such a feed has a `day`: that of a period is its first, of all else each day is one."""
        return _PERIODS.get(self.name, "day")
