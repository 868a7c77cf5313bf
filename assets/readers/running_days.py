"""The days on which the trips of a GTFS timetable run: weekdays within a period, dates added, dates removed.

Of frames of text as the tables hold them; nothing is read here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta

import polars as pl

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST = timedelta(days=200 * 366)  # a calendar that goes on for longer is followed no further


def running_days(
    calendar: pl.DataFrame | None, calendar_dates: pl.DataFrame | None, services: Collection[str] | None
) -> tuple[date | None, date | None]:
    """First and last day on which one of `services` runs (None: any service), of frames of text; None for never.

    A period without a weekday is no service, nor is a row whose dates cannot be read. A date without a readable
    exception_type adds the service: some agencies leave the column out.
    """
    added, removed = _single_days(calendar_dates)
    known = {*added, *removed, *(texts(calendar, "service_id") if calendar is not None else ())}
    if services is not None and services and not known.intersection(services):
        services = None  # trips and calendars of different timetables: then of all services
    first, last = [], []
    for service, weekdays, start, end in _periods(calendar):
        if services is None or service in services:
            first += _runs(start, end, 1, weekdays, removed[service])
            last += _runs(end, start, -1, weekdays, removed[service])
    # of a date that is both added and removed, nobody knows; a trip may run
    extra = [day for service, days in added.items() if services is None or service in services for day in days]
    return min([*first, *extra], default=None), max([*last, *extra], default=None)


def days_of_services(calendar: pl.DataFrame | None, calendar_dates: pl.DataFrame | None) -> dict[str, set[date]]:
    """By service all days on which it runs, read as `running_days` reads them; services that never run are left out."""
    added, removed = _single_days(calendar_dates)
    found = defaultdict[str, set[date]](set)
    for service, weekdays, start, end in _periods(calendar):
        number = min(end - start, _LONGEST).days + 1
        days = (start + timedelta(days=later) for later in range(number))
        found[service] |= {day for day in days if day.weekday() in weekdays} - removed[service]
    for service, days in added.items():
        found[service] |= days
    return {service: days for service, days in found.items() if days}


def _single_days(
    calendar_dates: pl.DataFrame | None,
) -> tuple[defaultdict[str, set[date]], defaultdict[str, set[date]]]:
    """By service the days that are added, and those that are removed."""
    added: defaultdict[str, set[date]] = defaultdict(set)
    removed: defaultdict[str, set[date]] = defaultdict(set)
    if calendar_dates is not None:
        kinds = texts(calendar_dates, "exception_type")
        rows = zip(texts(calendar_dates, "service_id"), texts(calendar_dates, "date"), kinds, strict=True)
        for service, text, kind in rows:
            day = _day(text)
            if day is not None:
                (removed if kind == "2" else added)[service].add(day)
    return added, removed


def texts(frame: pl.DataFrame, name: str) -> list[str]:
    """A column of text without white space around it; empty texts where it is not there."""
    if name not in frame.columns:
        return [""] * frame.height
    return frame[name].fill_null("").str.strip_chars().to_list()


def _periods(calendar: pl.DataFrame | None) -> Iterator[tuple[str, frozenset[int], date, date]]:
    if calendar is None:
        return
    known = any(name in calendar.columns for name in WEEKDAYS)  # without any of them, the period is all one knows
    flags = [texts(calendar, name) if known else ["1"] * calendar.height for name in WEEKDAYS]
    columns = (texts(calendar, name) for name in ("service_id", "start_date", "end_date"))
    for row, (service, begin, until) in enumerate(zip(*columns, strict=True)):
        start, end = _day(begin), _day(until)
        weekdays = frozenset(n for n, column in enumerate(flags) if column[row] == "1")
        if start is not None and end is not None and start <= end and weekdays:
            yield service, weekdays, start, end


def _runs(start: date, end: date, step: int, weekdays: frozenset[int], removed: set[date]) -> list[date]:
    """The first day from `start` towards `end` on which the service runs, if there is one."""
    for days in range(min(abs(end - start), _LONGEST).days + 1):
        day = start + timedelta(days=step * days)
        if day.weekday() in weekdays and day not in removed:
            return [day]
    return []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch("[0-9]{8}", text) else None
    except ValueError:
        return None
