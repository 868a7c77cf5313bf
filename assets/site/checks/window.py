"""Feeds by day: how long their strips are, and which stretches of days had which outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from assets.site.checks.reading import Checks
from quality.contract.interval import last_of_period

MOST_YEARS = 3  # of a strip: a day is then a quarter of a pixel on a phone
OLD = 0.02  # this share of days at most stands before the strip: registers of 2013 beside sensors of 2020
_PERIODS = ("month", "quarter", "year")


@dataclass(frozen=True)
class Stretch:
    """Days one after another with the same outcome."""

    first: date
    last: date
    outcome: str


@dataclass(frozen=True)
class FeedDays:
    """The outcomes of a feed. `counts`: of all its days, by outcome; `stretches`: of those of the window."""

    feed: str
    counts: Mapping[str, int]
    newest: date
    stretches: Sequence[Stretch]


def window_of(checks: Checks) -> tuple[date, date] | None:
    """The first and last day of all strips; None where nothing was judged."""
    days = checks.days.filter(pl.col("layer") == "core")["day"]
    last = days.max()
    if not isinstance(last, date):
        return None
    begins = days.sort()[int(days.len() * OLD)].replace(day=1)
    return max(begins, last.replace(day=1, year=last.year - MOST_YEARS)), last


def days_of_feeds(checks: Checks) -> list[FeedDays]:
    """The feeds that were judged, by name."""
    window = window_of(checks)
    if window is None:
        return []
    every = {row["feed"]: row["every"] for row in checks.feeds.iter_rows(named=True)}
    own = checks.days.filter(pl.col("layer") == "core").select("table_name", "day", "outcome")
    found = list[FeedDays]()
    for (feed,), rows in own.group_by("table_name", maintain_order=True):
        days = [(day, outcome) for _, day, outcome in rows.rows()]
        counts = dict[str, int]()
        for _, outcome in days:
            counts[outcome] = counts.get(outcome, 0) + 1
        found.append(FeedDays(str(feed), counts, days[-1][0], _stretches(days, every.get(feed), window)))
    return found


def _stretches(days: Sequence[tuple[date, str]], every: str | None, window: tuple[date, date]) -> list[Stretch]:
    """A delivery of a month, quarter or year stands on its first day, and is about all of it."""
    found = list[Stretch]()
    for day, outcome in days:
        end = last_of_period(day, every) if every in _PERIODS else day
        if end < window[0]:
            continue
        first, last = max(day, window[0]), min(end, window[1])
        if found and found[-1].outcome == outcome and found[-1].last + timedelta(days=1) >= first:
            found[-1] = Stretch(found[-1].first, max(last, found[-1].last), outcome)
        else:
            found.append(Stretch(first, last, outcome))
    return found
