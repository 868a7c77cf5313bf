"""Periods of values, counted: which comes before which, when one ends, and how old it is."""

from __future__ import annotations

from datetime import date, timedelta

# How many periods a tile looks back on.
LOOKS_BACK = {"day": 60, "week": 53, "month": 36, "quarter": 20, "year": 15, "trailing_year": 36}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "trailing_year": 1}


def number_of(period: str, start: date) -> int:
    """The number of a period among those of its kind: one more than that of the period before."""
    if period in _MONTHS:
        return (start.year * 12 + start.month - 1) // _MONTHS[period]
    return start.toordinal() // (7 if period == "week" else 1)


def before(period: str, start: date) -> date:
    """The first day of the period before. There are twelve trailing months for each month."""
    return _shifted(start, -_MONTHS[period]) if period in _MONTHS else start - timedelta(7 if period == "week" else 1)


def last_day(period: str, start: date) -> date:
    """The last day of a period."""
    if period == "trailing_year":
        return _shifted(start, 12) - timedelta(1)
    if period in _MONTHS:
        return _shifted(start, _MONTHS[period]) - timedelta(1)
    return start + timedelta(6 if period == "week" else 0)


def days_old(period: str, start: date, today: date) -> int:
    """How many days ago a period ended; 0: it ends today, or later."""
    return max(0, (today - last_day(period, start)).days)


def _shifted(start: date, months: int) -> date:
    count = start.year * 12 + start.month - 1 + months
    return date(count // 12, count % 12 + 1, start.day)


def start_of(period: str, number: int) -> date:
    """The first day of the period that has this number (see `number_of`)."""
    if period in _MONTHS:
        months = number * _MONTHS[period]
        return date(months // 12, months % 12 + 1, 1)
    return date.fromordinal(number * 7 + 1 if period == "week" else number)
