"""Days on which a timetable offers the same: what it gives is computed of one of them, and said of all.

Seven years of Manila's calendars have 2,570 days and a few kinds of them. Computed day by day they took over 20 GB.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.steps import Formula
from assets.metrics.transit_supply import services_of_days
from quality.contract.columns import DAY

_HOUR = re.compile(r"EXTRACT\s*\(\s*HOUR\s+FROM\s+time\s*\)", re.IGNORECASE)
_TELLS_DAYS_APART = "CAST(day AS BIGINT)"  # to a formula that takes rows of many days at once
_TIMES = re.compile(r"\b(time|time_utc|day|day_type)\b", re.IGNORECASE)


def asks_the_date(entries: Iterable[Entry]) -> bool:
    """Whether one of them may have another value on a day that is like another: by its month, weekday or date."""
    return any(
        entry.in_months is not None or any(_TIMES.search(_HOUR.sub("", text)) for text in _texts(entry))
        for entry in entries
    )


def _texts(entry: Entry) -> Iterator[str]:
    value = entry.value
    yield from (str(text) for text in (entry.where, entry.derived) if text is not None)
    if isinstance(value, Formula):
        yield from (text for text in value.of if text != _TELLS_DAYS_APART)
    elif value is not None:
        yield value


def days_alike(running: pl.DataFrame, days: Sequence[date], since: date | None, timezone: str) -> Mapping[date, date]:
    """Each day with the first of those that have its services, on it and on the day before, and its clock.

    running: day, service of the days of services. since: the day from which the timetable holds.
    """
    services, zone = services_of_days(running), ZoneInfo(timezone)
    first = dict[object, date]()
    alike = dict[date, date]()
    for day in sorted(days):
        before, after = day - timedelta(days=1), day + timedelta(days=1)
        clock = [datetime(one.year, one.month, one.day, tzinfo=zone).utcoffset() for one in (day, after)]
        held = since is not None and day >= since
        kind = (services.get(day), services.get(before), *clock, held)
        alike[day] = first.setdefault(kind, day)
    return alike


def said_of_all(measured: pl.DataFrame, alike: Mapping[date, date]) -> pl.DataFrame:
    """Values of the days that stand for others, in MEASURED, on each day that they stand for."""
    pairs = pl.DataFrame({"of": list(alike), DAY: list(alike.values())}, schema={"of": pl.Date, DAY: pl.Date})
    later = pl.col("of") - pl.col(DAY)
    moved = measured.join(pairs, on=DAY, maintain_order="left")
    return moved.with_columns(pl.col("hour", "hour_utc") + later, day=pl.col("of")).select(measured.columns)
