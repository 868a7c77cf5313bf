"""The world's times, which are local and naive, as services write them: in UTC or with the city's offset, and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import polars as pl

from simulator.messages import Question

HOUR = timedelta(hours=1)
UTC_FORM, LOCAL_FORM = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%:z"


def in_utc(question: Question, value: pl.Expr) -> pl.Expr:
    """2026-02-28T16:00:00Z"""
    return _zoned(question, value).dt.convert_time_zone("UTC").dt.strftime(UTC_FORM)


def in_zone(question: Question, value: pl.Expr) -> pl.Expr:
    """2026-03-01T00:00:00+08:00"""
    return _zoned(question, value).dt.strftime(LOCAL_FORM)


def _zoned(question: Question, value: pl.Expr) -> pl.Expr:
    """The hour that a change to summer time leaves out is taken for the one after it."""
    zone = question.world.city.config.timezone
    there = value.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    later = (value + HOUR).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return there.fill_null(later)


def now_utc(question: Question) -> datetime:
    """The clock of the simulated city as an instant."""
    return question.now.replace(tzinfo=question.world.city.timezone).astimezone(UTC)


def local_time(question: Question, text: str) -> datetime | None:
    """A time as a client writes it -> the city's local time, None if it is none. Without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return moment.astimezone(question.world.city.timezone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def last_hour(question: Question) -> datetime:
    """The end of the last full hour."""
    return question.now.replace(minute=0, second=0, microsecond=0)


def lived_days(question: Question, first: datetime, last: datetime) -> Iterator[date]:
    """The days from one moment to another that the city has lived through, or lives through now."""
    day = max(first.date(), question.world.city.config.first_day)
    while day <= min(last, question.now).date():
        yield day
        day += timedelta(days=1)
