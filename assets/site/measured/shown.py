"""How numbers and periods of one metric are written: with its unit and money, on an axis, in a narrow cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from babel import dates, numbers
from markupsafe import Markup

from assets.site.figures.cells import NOTHING, ValueCell
from assets.site.figures.scales import Classes
from assets.site.language.numerals import signs_of, written_number
from assets.site.language.units import COMPACT_FROM, digits_of
from assets.site.language.words import SiteWords

_COMPACT_CELL = 10_000
_CELL = 4  # characters that a cell of a calendar has room for on a phone
DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class MetricTexts:
    """The texts of one metric in one language. unit: with the code of the city's money in it."""

    words: SiteWords
    unit: str

    def figure(self, value: float | None, target: float | None = None) -> str:
        """A value without its unit; a dash where there is none."""
        return DASH if value is None else self.words.figure(value, self.unit, target)

    def short(self, value: float, target: float | None = None) -> str:
        """A value without its unit, as it is written beside one with it: 2.4 billion."""
        if abs(value) >= COMPACT_FROM:
            return _compact(self.words, value, "long")
        return self.figure(value, target)

    def value(self, value: float, target: float | None = None) -> Markup:
        """A value with its unit."""
        return self.words.value(value, self.unit, target)

    def limit(self, limit: float) -> Markup:
        """A target with the digits that it was written with, and its unit where that is short."""
        return self.words.limit(limit, self.unit)

    def axis(self, value: float) -> str:
        """A number on an axis or in a key: 40, 0.25, 150K."""
        if abs(value) >= 1e4:
            return _compact(self.words, value, digits=3)
        return str(self.words.limit(float(f"{value:.10g}")))

    def cell(self, value: float | None, classes: Classes, why: str) -> ValueCell:
        """A cell of a calendar or heat map: as many digits as it has room for. The class follows the whole value."""
        if value is None:
            return ValueCell(NOTHING, DASH, why)
        return ValueCell(classes.of(value), self.narrow(value))

    def narrow(self, value: float) -> str:
        """A value for a place of a few characters: fewer digits, or 1.2M."""
        if abs(value) >= _COMPACT_CELL:
            return _compact(self.words, value)
        digits = digits_of(value, self.unit)
        text = written_number(self.words.language, value, digits)
        while len(text) > _CELL and digits > 0:
            digits -= 1
            text = written_number(self.words.language, value, digits)
        return text

    def narrow_alike(self, values: Sequence[float]) -> str:
        """A name for the languages in which all these are alike for a narrow place: 1.2M is of one language."""
        compact = any(abs(value) >= _COMPACT_CELL for value in values)
        return self.words.language if compact else signs_of(self.words.language)


def period_text(words: SiteWords, period: str, start: date) -> str:
    """A period as a text: 30 Nov 2020, November 2020. All pages have the same days, so that each is written once."""
    return _period_text(words.language, "month" if period == "trailing_year" else period, start)


@cache
def _period_text(language: str, period: str, start: date) -> str:
    return SiteWords(language).period(period, start)


def month_name(words: SiteWords, start: date, *, with_year: bool = False) -> str:
    """The name of a month in short, alone or with its year."""
    return _month_name(words.language, start.replace(day=1), with_year)


@cache
def _month_name(language: str, start: date, with_year: bool) -> str:
    locale = SiteWords(language).locale
    return (
        dates.format_skeleton("yMMM", start, locale=locale)
        if with_year
        else dates.format_date(start, "LLL", locale=locale)
    )


@cache
def weekdays(language: str) -> Sequence[tuple[str, str]]:
    """The days of the week from Monday, in short and in full."""
    locale = SiteWords(language).locale
    short = dates.get_day_names("short", "stand-alone", locale)
    full = dates.get_day_names("wide", "stand-alone", locale)
    return [(short[number], full[number]) for number in range(7)]


def _compact(words: SiteWords, value: float, form: Literal["short", "long"] = "short", digits: int = 1) -> str:
    shown = numbers.format_compact_decimal(value, format_type=form, locale=words.locale, fraction_digits=digits)
    return shown.replace("-", "\N{MINUS SIGN}")
