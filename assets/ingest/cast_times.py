"""Texts -> dates and times of the city."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final, Literal

import polars as pl

from quality.contract.columns import Column, timed
from quality.contract.generated_rules import AMBIGUOUS_HOUR, SKIPPED_HOUR
from quality.contract.instants import may_change_clocks
from quality.text import normalised_column

QUARTER = "%Y%q"  # a format of our own: strptime has none for quarters
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "y": 2, "j": 3}
_BOTH: Final = ("earliest", "latest")
_LEAST_YEAR = 1000  # a year of fewer digits was not written in the format that seems to fit


def first_format(column: Column) -> pl.Expr:
    """A text in the first of the column's formats; null where it is not."""
    return _moment(pl.col(column.name), formats_of(column).formats[0], column).alias(column.name)


def alike(column: Column) -> list[tuple[str, str]]:
    """Pairs of the column's formats that may read one text in two ways: %d/%m/%Y and %m/%d/%Y."""
    return [pair for pair in combinations(formats_of(column).formats, 2) if _shape(pair[0]) == _shape(pair[1])]


@dataclass(frozen=True)
class Formats:
    """The formats in which a column of a delivery is written. `doubt`: texts that two of them read differently are
    not read."""

    formats: tuple[str, ...]
    doubt: bool = False


def formats_of(column: Column) -> Formats:
    """Those that the contract names."""
    return Formats(column.spec.formats or ("%Y-%m-%d",))


def decide_formats(column: Column, texts: pl.Series) -> tuple[Formats, str | None]:
    """The formats of a delivery's column, from all of its texts; and a sentence that says what was decided, or None."""
    formats, decided, doubt = list(formats_of(column).formats), list[str](), False
    for one, other in alike(column):
        first, second = (_values(column, texts, form) for form in (one, other))
        if one not in formats or other not in formats or not (first != second).any():
            continue
        of_first, of_second = ((a.is_not_null() & b.is_null()).any() for a, b in ((first, second), (second, first)))
        if of_first == of_second:
            doubt = True
            decided.append(f"dates may be {one} or {other}: those that can be both are not read; declare one of them")
        else:
            formats.remove(other if of_first else one)
            decided.append(f"dates are {one if of_first else other}, not {other if of_first else one}")
    return Formats(tuple(formats), doubt), f"{column.name}: {'; '.join(decided)}" if decided else None


def two_digit_years(column: Column) -> str | None:
    """What is guessed of years of two digits, in a sentence; None where no format has them."""
    if not any("%y" in form for form in column.spec.formats):
        return None
    return f"{column.name}: years of two digits are read as 1970 to 2069"


def read_moments(column: Column, texts: pl.Series, written: Formats, *, any_year: bool = False) -> pl.Series:
    """Dates or times of clean texts; null for what no format reads.

    The one that says the day of a row may be of `any_year`, so that the night can say that it is none which can be
    expected; any other date of a year of less than four digits is none.
    """
    text = pl.col(column.name)
    found = [_moment(text, form, column) for form in written.formats]
    if any_year:
        found += [_moment(text, form, column, least_year=1) for form in written.formats]
    value = pl.coalesce(found)
    if written.doubt:
        for one, other in alike(column):
            value = pl.when(_moment(text, one, column) != _moment(text, other, column)).then(None).otherwise(value)
    return texts.alias(column.name).to_frame().select(value.alias(column.name)).to_series()


def _values(column: Column, texts: pl.Series, form: str) -> pl.Series:
    return texts.alias(column.name).to_frame().select(_moment(pl.col(column.name), form, column)).to_series()


def _shape(form: str) -> str:
    """Formats of one shape can read the same text."""
    return re.sub("%[A-Za-z]", "#", form)


def _width(form: str) -> int | None:
    """How long a text is in a format of numbers that stand side by side, as %Y%m%d: strptime reads 2026111 too, which
    may be two days. None for a format that separates its numbers."""
    fixed = re.sub("%([YmdHMSyj])", lambda found: "0" * _WIDTHS[found[1]], form)
    return len(fixed) if re.search("%[YmdHMSyj]%[YmdHMSyj]", form) and "%" not in fixed else None


def _moment(text: pl.Expr, form: str, column: Column, least_year: int = _LEAST_YEAR) -> pl.Expr:
    width = _width(form)
    if width is not None:
        text = pl.when(text.str.len_bytes() == width).then(text)
    if re.search("%[A-Za-z] +%", form):  # strptime wants no space where the format has one: 2026-07-211:00
        text = pl.when(text.str.contains(" ", literal=True)).then(text)
    value = _read(text, form, column)
    return pl.when(value >= pl.lit(date(least_year, 1, 1)).cast(column.dtype)).then(value)


def _without_leap_second(text: pl.Expr, form: str) -> pl.Expr:
    """Second 60, which strptime takes for the second after it. It is read in the same format with 60 in its place."""
    if "%S" not in form:
        return text
    literal = form.replace("%S", "60").replace("%.f", "")
    target = pl.Datetime("us", "UTC") if "%z" in form else pl.Datetime("us")
    suspect = pl.when(text.str.contains("60", literal=True)).then(text.str.replace("60[.][0-9]+", "60"))
    return pl.when(suspect.str.strptime(target, literal, strict=False).is_null()).then(text)


def _prepared(text: pl.Expr, form: str) -> tuple[pl.Expr, str]:
    """A text and its format as strptime wants them."""
    if "%H" in form and "%M" not in form:  # hourly data leave the minutes out
        text, form = text + " 00", f"{form} %M"
    form = form.replace("%T", "%H:%M:%S")
    return _without_leap_second(text, form), form


def _read(text: pl.Expr, form: str, column: Column) -> pl.Expr:
    """A date or time in one strptime format; `%Y%q` is a quarter (20261) and stands for its first day.

    Times of another zone, or with an offset, become local times before their day is taken: 23:00 UTC is the next
    morning in Seoul.

    24:00 is the end of the day that is written: as a time it is 00:00 of the next day, as a date it stays that day,
    to which the hour before it belongs (AirKorea writes the last hour of each day so).
    """
    text, form = _prepared(text, form)
    target, zone = column.dtype, column.spec.zone
    if form == QUARTER:
        parts = text.str.extract_groups("^([0-9]{4})([1-4])$")
        year, quarter = (parts.struct.field(name).cast(pl.Int32) for name in ("1", "2"))
        return pl.date(year, quarter * 3 - 2, 1).cast(target)
    if not timed(form):
        return text.str.strptime(pl.Date, form, strict=False).cast(target)
    if zone is None:
        return _local(text, form, target).cast(target)
    delivered = column.spec.delivered_zone or zone
    if "%z" in form:
        text = text.str.replace("[Zz]$", "+0000")
        return _local_of(text.str.strptime(pl.Datetime("us", "UTC"), form, strict=False), zone).cast(target)
    written = _local(text, form, target)
    if target != pl.Date:
        return _local_of(_zoned(written, delivered, "null"), zone).cast(target)
    if delivered == zone:
        return written.cast(target)  # whatever instant it is, the day is written
    first, second = (_local_of(_zoned(written, delivered, which), zone).cast(target) for which in _BOTH)
    return pl.when(first == second).then(first)


def _local(text: pl.Expr, form: str, target: Any) -> pl.Expr:
    """A moment as it is written, without a zone; for a date, 24:00 is the last moment of its day."""
    clock = form[form.find("%H") :] if "%H" in form else ""
    ends, begins = (clock.replace("%H", hour).replace("%M", "00").replace("%S", "00") for hour in ("24", "00"))
    if not clock or "%" in ends:
        return text.str.strptime(pl.Datetime("us"), form, strict=False)
    midnight = text.str.ends_with(ends)
    plain = pl.when(midnight).then(text.str.strip_suffix(ends) + begins).otherwise(text)
    moment = plain.str.strptime(pl.Datetime("us"), form, strict=False)
    later = moment.dt.offset_by("1d") if target != pl.Date else moment.dt.offset_by("1d").dt.offset_by("-1us")
    return pl.when(midnight).then(later).otherwise(moment)


def _zoned(written: pl.Expr, delivered: str, ambiguous: Literal["null", "earliest", "latest"]) -> pl.Expr:
    """A moment of the zone. A local hour that a change of clocks skips is none: null, and so unreadable; so is one that
    it repeats, unless the earliest or latest reading is asked for."""
    return written.dt.replace_time_zone(delivered, ambiguous=ambiguous, non_existent="null")


def _local_of(instant: pl.Expr, zone: str) -> pl.Expr:
    return instant.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def clock_rules(column: Column, texts: pl.Series) -> pl.Series | None:
    """Of texts that could not be read: the name of the rule (CLOCK_RULES) where they are times that a change of clocks
    repeats or skips, else null; None for a column that has no such times."""
    delivered = column.spec.delivered_zone
    if delivered is None or not may_change_clocks(column):
        return None
    text, found = pl.col(column.name), []
    for form in _without_offset(column):
        written = _whole(text, form)
        some = _zoned(written, delivered, "earliest").is_not_null()
        one = _zoned(written, delivered, "null").is_not_null()
        found.append(
            pl.when(some & ~one)
            .then(pl.lit(AMBIGUOUS_HOUR))
            .when(written.is_not_null() & ~some)
            .then(pl.lit(SKIPPED_HOUR))
        )
    clean, _ = normalised_column(texts.alias(column.name))
    return clean.to_frame().select(pl.coalesce(pl.lit(None, pl.String), *found).alias(column.name)).to_series()


def written_days(column: Column, texts: pl.Series) -> pl.Series:
    """The day of a time that a change of clocks repeats or skips, whatever instant it is: null where that matters."""
    text, delivered, zone = pl.col(column.name), column.spec.delivered_zone, column.spec.zone
    assert delivered is not None
    assert zone is not None
    before, found = column.spec.interval_end or timedelta(0), list[pl.Expr]()
    for form in _without_offset(column):
        written = _whole(text, form) - before
        if delivered == zone:
            found.append(written.dt.date())
        else:
            first, second = (_local_of(_zoned(written, delivered, which), zone).dt.date() for which in _BOTH)
            found.append(pl.when(first == second).then(first))
    clean, _ = normalised_column(texts.alias(column.name))
    return clean.to_frame().select(pl.coalesce(pl.lit(None, pl.Date), *found).alias(column.name)).to_series()


def _without_offset(column: Column) -> list[str]:
    return [form for form in formats_of(column).formats if timed(form) and "%z" not in form]


def _whole(text: pl.Expr, form: str) -> pl.Expr:
    """The moment that is written, in no zone."""
    text, form = _prepared(text, form)
    return _local(text, form, pl.Datetime("us"))
