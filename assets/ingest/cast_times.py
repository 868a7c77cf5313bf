"""Texts -> dates and times of the city."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final, Literal

import polars as pl

from assets.ingest.local_times import JUST_BEFORE, first_moment, local_of, utc_of
from assets.ingest.written_times import HowWritten, Moment, is_odd, moment_of
from quality.contract.columns import Column
from quality.contract.generated_rules import AMBIGUOUS_HOUR, SKIPPED_HOUR
from quality.contract.instants import may_change_clocks
from quality.contract.time_formats import canonical, has_offset, timed
from quality.contract.zones import changes_clocks
from quality.text import normalised_column

_BOTH: Final = ("earliest", "latest")
_LEAST_YEAR = 1000  # a year of fewer digits was not written in the format that seems to fit


def first_format(column: Column, texts: pl.Series) -> pl.Series:
    """Texts in the first of the column's formats as strptime reads them; null where they are not."""
    return _moments(column, texts, formats_of(column).formats[:1], plain=True)[0]


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
        first, second = _moments(column, texts, (one, other))
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
    if not any("%y" in canonical(form) for form in column.spec.formats):
        return None
    return f"{column.name}: years of two digits are read as 1970 to 2069"


def read_moments(column: Column, texts: pl.Series, written: Formats, *, any_year: bool = False) -> pl.Series:
    """Dates or times of clean texts; null for what no format reads.

    The one that says the day of a row may be of `any_year`, so that the night can say that it is none which can be
    expected; any other date of a year of less than four digits is none.
    """
    read = _read_texts(column, texts, written.formats)
    moments = [_of_years(value, column) for value in read.iter_columns()]
    found = [*moments, *(_of_years(value, column, least=1) for value in read.iter_columns() if any_year)]
    value = pl.DataFrame([one.alias(str(n)) for n, one in enumerate(found)]).select(pl.coalesce(pl.all())).to_series()
    if written.doubt:
        for one, other in alike(column):
            first, second = _moments(column, texts, (one, other))
            value = value.set((first != second).fill_null(value=False), None)
    return value.alias(column.name)


def _moments(column: Column, texts: pl.Series, forms: Sequence[str], *, plain: bool = False) -> list[pl.Series]:
    """The moments of texts in each of the formats; null where they are not in it."""
    read = _read_texts(column, texts, forms, plain=plain)
    return [_of_years(value, column).alias(column.name) for value in read.iter_columns()]


def _read_texts(column: Column, texts: pl.Series, forms: Sequence[str], *, plain: bool = False) -> pl.DataFrame:
    """What each of the formats makes of texts, of any year; a column for each format.

    Expressions that have a part of theirs in several places work it out in each of them: what only odd texts need is
    left out where there is none.
    """
    frame, text = texts.to_frame("text"), pl.col("text")
    how = _how(column, as_date=column.type == "date", plain=plain)
    odd = frame.select(is_odd(text, form, how).any().alias(str(n)) for n, form in enumerate(forms)).row(0)
    return frame.select(
        _read(text, form, column, replace(how, usual=not odd[n])).alias(str(n)) for n, form in enumerate(forms)
    )


def _of_years(values: pl.Series, column: Column, least: int = _LEAST_YEAR) -> pl.Series:
    """Those of a year that may be meant."""
    value, limits = pl.col(values.name), _limits(least, column.dtype)
    return values.to_frame().select(pl.when(value.is_between(*limits, closed="left")).then(value)).to_series()


def _shape(form: str) -> str:
    """Formats of one shape can read the same text."""
    return re.sub("%[A-Za-z]", "#", canonical(form))


def _limits(least_year: int, dtype: Any) -> tuple[pl.Expr, pl.Expr]:
    return pl.lit(date(least_year, 1, 1)).cast(dtype), (pl.lit(date(9999, 12, 31)) + timedelta(days=1)).cast(dtype)


def _read(text: pl.Expr, form: str, column: Column, how: HowWritten) -> pl.Expr:
    """A date or time in one format.

    Times of another zone, or with an offset, become local times (or instants in UTC, as the column is read) before
    their day is taken: 23:00 UTC is the next morning in Seoul. Dates without a time of day are those of the city. A
    local time that a change of clocks skips or repeats is unreadable: null.
    """
    as_date, spec = how.as_date, column.spec
    found = moment_of(text, form, how)
    if spec.zone is None:
        return found.local.cast(column.dtype)
    if not timed(form):
        return first_moment(found.local, spec.zone) if column.instant else found.local.cast(column.dtype)
    zone = "UTC" if column.instant else spec.zone
    said = None if found.instant is None else local_of(found.instant, zone).cast(column.dtype)
    if said is not None and has_offset(form):
        return said
    delivered = spec.delivered_zone or spec.zone
    if as_date and delivered == zone:
        local = found.local.cast(pl.Date)  # whatever instant it is, the day is written
    elif as_date:
        first, second = (local_of(_instant(found, delivered, which), zone).cast(pl.Date) for which in _BOTH)
        local = pl.when(first == second).then(first)
    else:
        local = local_of(_instant(found, delivered), zone)
    return local if said is None else pl.coalesce(said, local)


def _how(column: Column, *, as_date: bool = False, plain: bool = False) -> HowWritten:
    return HowWritten(as_date, column.spec.calendar, comma=column.spec.decimal == "comma", plain=plain)


def _written(text: pl.Expr, form: str, column: Column) -> Moment:
    return moment_of(text, form, _how(column))


def _instant(found: Moment, zone: str, ambiguous: Literal["null", "earliest", "latest"] = "null") -> pl.Expr:
    """The instant of a moment of a zone. 24:00 follows the last moment of its day, whether or not clocks show 00:00."""
    instant = utc_of(found.local, zone, ambiguous)
    if found.late is None or not changes_clocks(zone):
        return instant
    return pl.when(found.late).then(utc_of(found.local - JUST_BEFORE, zone, ambiguous) + JUST_BEFORE).otherwise(instant)


def clock_rules(column: Column, texts: pl.Series) -> pl.Series | None:
    """Of texts that could not be read: the name of the rule (CLOCK_RULES) where they are times that a change of clocks
    repeats or skips, else null; None for a column that has no such times."""
    delivered = column.spec.delivered_zone
    if delivered is None or not may_change_clocks(column):
        return None
    found = list[pl.Expr]()
    for moment in _without_offset(column):
        some = _instant(moment, delivered, "earliest").is_not_null()
        one = _instant(moment, delivered).is_not_null()
        found.append(
            pl.when(some & ~one)
            .then(pl.lit(AMBIGUOUS_HOUR))
            .when(moment.local.is_not_null() & ~some)
            .then(pl.lit(SKIPPED_HOUR))
        )
    return _of_clean(texts, column, pl.coalesce(pl.lit(None, pl.String), *found))


def says_24(column: Column, texts: pl.Series) -> pl.Series:
    """Of clean texts that can be read: whether they say 24:00."""
    found = [pl.lit(value=False)]
    for form in formats_of(column).formats:
        moment = _written(pl.col(column.name), form, column) if timed(form) else None
        if moment is not None and moment.late is not None:
            read = moment.local.is_not_null()
            found.append(moment.late & (read if moment.instant is None else read | moment.instant.is_not_null()))
    expression = pl.any_horizontal([one.fill_null(value=False) for one in found])
    return texts.alias(column.name).to_frame().select(expression.alias(column.name)).to_series()


def written_days(column: Column, texts: pl.Series) -> pl.Series:
    """The day of a time that a change of clocks repeats or skips, whatever instant it is: null where that matters."""
    delivered, zone = column.spec.delivered_zone, column.spec.zone
    assert delivered is not None
    assert zone is not None
    before, found = column.spec.interval_end or timedelta(0), list[pl.Expr]()
    for moment in _without_offset(column):
        if delivered == zone:
            found.append((moment.local - before).dt.date())
        else:
            first, second = (local_of(_instant(moment, delivered, which) - before, zone).dt.date() for which in _BOTH)
            found.append(pl.when(first == second).then(first))
    return _of_clean(texts, column, pl.coalesce(pl.lit(None, pl.Date), *found))


def _without_offset(column: Column) -> list[Moment]:
    """What is written in the formats of the column in which a text may say no offset."""
    forms = [form for form in formats_of(column).formats if timed(form) and not has_offset(form)]
    return [_written(pl.col(column.name), form, column) for form in forms]


def _of_clean(texts: pl.Series, column: Column, found: pl.Expr) -> pl.Series:
    clean, _ = normalised_column(texts.alias(column.name))
    return clean.to_frame().select(found.alias(column.name)).to_series()
