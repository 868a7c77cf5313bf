"""Which days before it a day is compared with: good ones of the same kind of day, if there are enough.

What is to be expected of a day comes from a calendar and from days before it, never from the day itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

import holidays

from quality.language_tags import language_tag
from warehouse.importing import import_parts_alone

import_parts_alone("holidays.countries")  # of 250 countries a city has one: 0.07 s of each start

WINDOW = 56  # days with data before a day that are looked at: eight weeks of a daily feed, also with a gap in it
MOST = 14  # of them are compared, the last ones
LEAST = 3
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


class DayKind(StrEnum):
    """Days of one kind are like each other in how people move, work and shop."""

    WORKING = "working day"
    SATURDAY = "Saturday"
    REST = "day of rest"  # Sunday, or Friday where the week ends with it, and every public holiday
    WEEKDAY = "weekday"  # these two where the holidays are not known
    WEEKEND = "weekend day"


@dataclass(frozen=True)
class Calendar:
    """The public holidays of a city: `country` and `subdivision` as the package `holidays` calls them.

    Without a country there are only weekdays and weekends. A day before or after a holiday is a day as any other: of
    such days there are too few to compare with.
    """

    country: str | None = None
    subdivision: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a country or subdivision that the package does not know."""
        if self.country is not None:
            _holidays(self.country, self.subdivision)

    @property
    def weekend(self) -> frozenset[int]:
        """The weekdays on which the week ends; 0 is Monday."""
        if self.country is None:
            return frozenset({_SATURDAY, _SUNDAY})
        return frozenset(_holidays(self.country, self.subdivision).weekend)

    def holiday(self, day: date) -> Mapping[str, str]:
        """What a public holiday is called, by language tag; empty on all other days, and where none are known."""
        if self.country is None or day not in _holidays(self.country, self.subdivision):
            return {}
        named = _named_holidays(self.country, self.subdivision)
        return {tag: known[day] for tag, known in named.items() if day in known}

    def kind(self, day: date) -> DayKind:
        """The kind of a day."""
        return _kind(self, day)

    def _find_kind(self, day: date) -> DayKind:
        weekday = day.weekday()
        if self.country is None:
            return DayKind.WEEKEND if weekday in (_SATURDAY, _SUNDAY) else DayKind.WEEKDAY
        known = _holidays(self.country, self.subdivision)
        rest = next((last for last in (_SUNDAY, _FRIDAY, _SATURDAY) if last in known.weekend), None)
        if weekday == rest or day in known:
            return DayKind.REST
        return DayKind.SATURDAY if weekday in known.weekend else DayKind.WORKING


WITHOUT_HOLIDAYS = Calendar()


@dataclass(frozen=True)
class Compared:
    """The days that a day is compared with, oldest first; none if there are too few. `words` says it to people."""

    days: tuple[date, ...]
    words: str


def compared_days(day: date, before: Mapping[date, bool], calendar: Calendar | None) -> Compared:
    """Of the days `before` (day -> is it good?) those to compare `day` with; later ones do not count.

    Looked at are the last 56 that had data, good or not: after eight weeks of days that were all held back nothing is
    left to compare with, and a new state of things is taken as it is. Of the good ones among them count the last 14 of
    the same kind. With fewer than three of the kind nothing is usual: days of other kinds say nothing of a Sunday, and
    one that is held back is no measure for the next. Without a calendar there is one kind: quarters, for one.
    """
    window = sorted(one for one in before if one < day)[-WINDOW:]
    good = [one for one in window if before[one]]
    kind = None if calendar is None else calendar.kind(day)
    alike = [one for one in good if calendar is None or calendar.kind(one) is kind][-MOST:]
    named = _named(kind, len(alike))
    if len(alike) < LEAST:
        return Compared((), f"{len(alike)} good {named} before it, {LEAST} are needed")
    return Compared(tuple(alike), f"median of {len(alike)} {named}")


def median(numbers: Iterable[float]) -> float | None:
    """The median; None of nothing."""
    ordered = sorted(numbers)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


@lru_cache(maxsize=2**16)  # a range asks for each of its days as often as it is compared with
def _kind(calendar: Calendar, day: date) -> DayKind:
    return calendar._find_kind(day)


@cache
def _holidays(country: str, subdivision: str | None) -> holidays.HolidayBase:
    """Years are worked out as they are asked for."""
    try:
        return holidays.country_holidays(country, subdiv=subdivision)
    except NotImplementedError as error:
        raise ValueError(f"holidays: {error}; the package `holidays` lists countries and subdivisions") from error


@cache
def _named_holidays(country: str, subdivision: str | None) -> Mapping[str, holidays.HolidayBase]:
    """The same in each language that the package has for the country, by language tag."""
    codes = _holidays(country, subdivision).supported_languages or (None,)
    return {
        language_tag(code or "en"): holidays.country_holidays(country, subdiv=subdivision, language=code)
        for code in codes
    }


def _named(kind: DayKind | None, number: int) -> str:
    """So many days of a kind in words, without the number."""
    one = "day" if kind is None else str(kind)
    return one if number == 1 else "days of rest" if kind is DayKind.REST else f"{one}s"
