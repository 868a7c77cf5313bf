"""How numbers, days and times become texts, and texts days. No name of a provider belongs here."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

NOTHING = pl.DataFrame()  # the service has no rows for the question


def day_of(text: str, *formats: str) -> date | None:
    """The day a text means, None where it means none."""
    for form in formats:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if f"{moment:{form}}" == text:  # strptime takes 2026031 for the 1st of March
            return moment.date()
    return None


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
