"""Which days and quarters a provider has published when it is asked."""

from __future__ import annotations

from datetime import date, timedelta

from simulator.messages import Question
from simulator.rendering.text import day_of

SHOWN_DAYS = 366  # a question for no day in particular sees the newest so many
LONGEST_DAYS = 366 * 12  # of one question; a search window begins in 2016


def published_day(question: Question, text: str, *formats: str) -> date | None:
    """The day asked for, None unless the provider has published it."""
    day = day_of(text, *formats)
    return day if day is not None and is_published(question, day) else None


def is_published(question: Question, day: date) -> bool:
    """Is the day one of those that the provider has published?"""
    return day >= question.world.city.config.first_day and question.ended(day)


def has_begun(question: Question, day: date) -> bool:
    """Has the day at least begun? For services that publish hour by hour."""
    return question.world.city.config.first_day <= day <= question.now.date()


def published_quarter(question: Question, text: str) -> tuple[int, int] | None:
    """Year and quarter of a text such as 20261, None unless its last day is published."""
    if len(text) != 5 or not text.isdecimal() or text[4] not in "1234":
        return None
    year, number = int(text[:4]), int(text[4])
    last = date(year, 3 * number, 31 if number in (1, 4) else 30)
    return (year, number) if is_published(question, last) else None


def published_span(question: Question, first: str, last: str) -> list[date]:
    """The published days from one to another; the newest SHOWN_DAYS where none is given."""
    newest = question.now.date()
    low = day_of(first, "%Y-%m-%d") if first else newest - timedelta(days=SHOWN_DAYS)
    high = day_of(last, "%Y-%m-%d") if last else newest
    if low is None or high is None:
        return []
    low, high = max(low, question.world.city.config.first_day), min(high, newest)
    wanted = [low + timedelta(days=n) for n in range((high - low).days + 1)]
    return [day for day in wanted if is_published(question, day)]
