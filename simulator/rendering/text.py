"""How numbers, days and times become the texts of a provider: helpers of all shapes. No names of a provider here."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from simulator.messages import Question

NOTHING = pl.DataFrame()  # the service has no rows for the question


def day_of(text: str, *formats: str) -> date | None:
    """The day a text means, None where it means none."""
    for form in formats:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if f"{found:{form}}" == text:  # strptime takes 2026031 for the 1st of March
            return found.date()
    return None


def published(question: Question, text: str, *formats: str) -> date | None:
    """The day asked for, None unless the provider has published it."""
    day = day_of(text, *formats)
    return day if day is not None and known(question, day) else None


def known(question: Question, day: date) -> bool:
    """Is the day one of those that the provider has published?"""
    return day >= question.world.city.config.first_day and question.ended(day)


def begun(question: Question, day: date) -> bool:
    """Has the day at least begun? For services that publish hour by hour."""
    return question.world.city.config.first_day <= day <= question.now.date()


def quarter(question: Question, text: str) -> tuple[int, int] | None:
    """Year and quarter of a text such as 20261, None unless its last day is published."""
    if len(text) != 5 or not text.isdecimal() or text[4] not in "1234":
        return None
    year, number = int(text[:4]), int(text[4])
    last = date(year, 3 * number, 31 if number in (1, 4) else 30)
    return (year, number) if known(question, last) else None


def argument(arguments: tuple[str, ...], position: int) -> str:
    """An argument, "" where it was left out; a blank stands for "any" in the middle of a path."""
    return arguments[position].strip() if len(arguments) > position else ""


def short(value: pl.Expr, decimals: int) -> pl.Expr:
    """A number as text with at most so many decimals, the way JavaScript prints it: 1.0, 0.07."""
    rounded = value.round(decimals)
    return (rounded.cast(pl.Int64) if decimals == 0 else rounded + 0.0).cast(pl.String).fill_null("")


def fixed(value: pl.Expr, decimals: int) -> pl.Expr:
    """A number as text with exactly so many decimals: 0.030."""
    return value.round(decimals).cast(pl.Decimal(20, decimals)).cast(pl.String).fill_null("")


def at(value: pl.Expr, form: str) -> pl.Expr:
    """A date or time as text."""
    return value.dt.strftime(form)
