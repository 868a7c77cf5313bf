"""Texts in one format -> the moments that are written, as they are written: in no zone, or as an instant in UTC.

24:00 is the end of the day that is written: as a time it is 00:00 of the next day, as a date it stays that day, to
which the hour before it belongs (AirKorea writes the last hour of each day so).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from assets.ingest.local_times import JUST_BEFORE
from assets.ingest.month_words import with_english_months
from quality.contract.time_formats import (
    EPOCH,
    EPOCH_MS,
    EXCEL,
    ISO,
    QUARTER,
    WORDS,
    Calendar,
    canonical,
    has_offset,
    timed,
)

_MOMENT = pl.Datetime("us")
_DAY = timedelta(days=1)
_WIDTHS: Final = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "y": 2, "j": 3, "q": 1}
_SIDE_BY_SIDE = re.compile("%[YmdHIMSyjq]%[YmdHIMSyjq]")
_RUN = re.compile("(?:%[YmdHIMSyjq]){2,}")
# The halves of a day as they are written: letters of Latin stand alone, so that no name of a weekday is one.
_HALVES: Final = {
    "AM": ("오전|上午|午前", r"A[.]? ?M[.]?|SA"),
    "PM": ("오후|下午|午後", r"P[.]? ?M[.]?|CH"),
}
_YEARS: Final[dict[Calendar, tuple[str, int]]] = {"minguo": ("0?[0-9]{2,3}", 1911), "buddhist": ("[0-9]{4}", -543)}
_ISO_PARTS = (
    r"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})"
    r"(?:(?:[Tt]| +)(?<hour>[0-9]{2})(?::?(?<minute>[0-9]{2})(?::?(?<second>[0-9]{2})(?:[.,](?<part>[0-9]+))?)?)?"
    r" ?(?<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
_LEAP_DAY_OF_1900 = 60  # which a spreadsheet has and the calendar has not


@dataclass(frozen=True)
class Moment:
    """`local`: the moment as it is written, null where the text says its instant; `instant`: that one, in UTC, None
    for a format of which no text says it. `late`: whether 24:00 is written; None where it cannot be."""

    local: pl.Expr
    instant: pl.Expr | None = None
    late: pl.Expr | None = None


@dataclass(frozen=True)
class HowWritten:
    """How texts are read. `as_date`: 24:00 is the last moment of its day. `comma`: a serial day of a spreadsheet has a
    comma before its fraction. `plain`: only what strptime reads at once, which are nearly all; null for the rest.
    `usual`: of none of the texts `is_odd` is so, which spares most of the work."""

    as_date: bool
    calendar: Calendar | None = None
    comma: bool = False
    plain: bool = False
    usual: bool = False


def is_odd(text: pl.Expr, form: str, how: HowWritten) -> pl.Expr:
    """Whether a text may say second 60 or hour 24 in one format."""
    second = text.str.contains("60", literal=True)
    if form in (ISO, EXCEL, *WORDS) or not timed(form):
        return second
    late, _ = _at_24(*_prepared(text, canonical(form), replace(how, usual=True)))
    return second if late is None else second | late


def moment_of(text: pl.Expr, form: str, how: HowWritten) -> Moment:
    """The moment of a text in one format; null where it is not in it."""
    as_date, comma = how.as_date, how.comma
    if form == ISO:
        return _plain_iso(text) if how.plain else _iso(text, as_date=as_date)
    if form == EXCEL:
        serial = _serial(text.str.replace(",", ".", literal=True) if comma else text)
        if how.plain:
            return Moment(serial)
        plain = _iso(text, as_date=as_date)  # a cell that is formatted as a date is read as one
        return Moment(pl.coalesce(serial, plain.local), late=plain.late)
    if form in WORDS:
        return Moment(pl.lit(None, _MOMENT), _epoch(text, {EPOCH: 1_000_000, EPOCH_MS: 1_000}[form]))
    text, form = _prepared(text, canonical(form), how)
    if not timed(form):
        return Moment(text.str.strptime(pl.Date, form, strict=False).cast(_MOMENT))
    late, text = (None, text) if how.usual else _at_24(text, form)
    if has_offset(form):
        text = text.str.replace("[Zz]$", "+0000")
        zoned = text.str.strptime(pl.Datetime("us", "UTC"), form.replace("%z", "%#z"), strict=False)
        instant = _later(zoned.dt.replace_time_zone(None), late, as_date=as_date)
        return Moment(pl.lit(None, _MOMENT), instant, late)
    return Moment(_later(text.str.strptime(_MOMENT, form, strict=False), late, as_date=as_date), late=late)


def _prepared(text: pl.Expr, form: str, how: HowWritten) -> tuple[pl.Expr, str]:
    """A text and its format as strptime wants them: null where it would take the text for another."""
    if "%p" in form and not how.plain:
        for half, (words, letters) in _HALVES.items():
            text = text.str.replace(f"(?i)(?:{words}|(^|[^\\pL])(?:{letters})([^\\pL]|$))", f"${{1}}{half}${{2}}")
    if "%B" in form and not how.plain:
        text = with_english_months(text)
    if how.calendar is not None:
        text = _with_years_of_ours(text, form, how.calendar)
    if QUARTER in form:
        begin, quarter, end = _around(text, form, QUARTER, "[1-4]")
        text = begin + (quarter.cast(pl.Int32) * 3 - 2).cast(pl.String).str.zfill(2) + end
        form = form.replace(QUARTER, "%m")
    if _SIDE_BY_SIDE.search(form):
        text = pl.when(_all_digits(text, form)).then(text)
    if re.search("%[A-Za-z] +%", form):  # strptime wants no space where the format has one: 2026-07-211:00
        text = pl.when(text.str.contains(" ", literal=True)).then(text)
    for part, parts in (("%m", ("%m", "%B", "%d", "%j", "%G")), ("%d", ("%d", "%j", "%G"))):
        if not any(one in form for one in parts):  # a month or a year stands for its first day
            text, form = text + " 01", f"{form} {part}"
    if timed(form) and "%M" not in form:  # hourly data leave the minutes out
        text, form = text + " 00", f"{form} %M"
    return text if how.usual else _without_leap_second(text, form), form


def _with_years_of_ours(text: pl.Expr, form: str, calendar: Calendar) -> pl.Expr:
    digits, added = _YEARS[calendar]
    begin, year, end = _around(text, form, "%Y", digits)
    return begin + (year.cast(pl.Int32) + added).cast(pl.String).str.zfill(4) + end


def _around(text: pl.Expr, form: str, part: str, digits: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """What stands before a part of the format, the part, and what stands after it; null where the text is another."""
    before, _, after = form.partition(part)
    fixed = _SIDE_BY_SIDE.search(form) is not None
    groups = text.str.extract_groups(f"^({_pattern(before, fixed)})({digits})({_pattern(after, fixed)})$")
    begin, value, end = (groups.struct.field(name) for name in ("1", "2", "3"))
    return begin, value, end


def _pattern(form: str, fixed: bool) -> str:
    """A regular expression of texts in a format; `fixed`: its numbers have all of their digits."""

    def part(name: str) -> str:
        if name not in _WIDTHS:
            return ".*?"
        return f"[0-9]{{{_WIDTHS[name]}}}" if fixed else f"[0-9]{{1,{_WIDTHS[name]}}}"

    found = re.split("(%[.]f|%.| +)", form)
    return "".join(
        (" *" if one.isspace() else part(one[1:]) if one.startswith("%") else re.escape(one)) for one in found if one
    )


def _all_digits(text: pl.Expr, form: str) -> pl.Expr:
    """Whether numbers that stand side by side, as in %Y%m%d, have all of their digits: strptime reads 2026111, which
    may be two days. A number that stands alone, as the day in %Y%m %d, may have one."""
    fixed = re.sub("%([YmdHIMSyjq])", lambda found: "0" * _WIDTHS[found[1]], form)
    alone = _RUN.sub("", form)
    if "%" not in alone:
        return text.str.len_bytes() == len(fixed.encode())
    if "%" in fixed:  # words, fractions and offsets have no width
        return pl.lit(value=True)
    parts = re.split(f"({_RUN.pattern})", form)
    return text.str.contains(f"^{''.join(_pattern(part, at % 2 == 1) for at, part in enumerate(parts))}$")


def _without_leap_second(text: pl.Expr, form: str) -> pl.Expr:
    """Second 60, which strptime takes for the second after it. It is read in the same format with 60 in its place."""
    if "%S" not in form:
        return text
    literal = form.replace("%S", "60").replace("%.f", "").replace("%z", "%#z")
    target = pl.Datetime("us", "UTC") if "%z" in form else _MOMENT
    suspect = pl.when(text.str.contains("60", literal=True)).then(text.str.replace("60[.][0-9]+", "60"))
    return pl.when(suspect.str.strptime(target, literal, strict=False).is_null()).then(text)


def _at_24(text: pl.Expr, form: str) -> tuple[pl.Expr | None, pl.Expr]:
    """Whether a text says 24:00, None for a format that cannot; and the text with 00:00 in its place."""
    if "%H" not in form:
        return None, text
    before, _, clock = form.partition("%H")
    ends, begins = (f"{hour}{clock}".replace("%M", "00").replace("%S", "00") for hour in ("24", "00"))
    if "%" not in ends:
        late = text.str.ends_with(ends)
        return late, pl.when(late).then(text.str.strip_suffix(ends) + begins).otherwise(text)
    fixed = _SIDE_BY_SIDE.search(form) is not None
    rest = _pattern(clock.replace("%M", "\0").replace("%S", "\0").replace("%.f", "\1"), fixed)
    rest = rest.replace(re.escape("\0"), "00").replace(re.escape("\1"), "(?:[.]0+)?")
    pattern = f"^({_pattern(before, fixed)})24({rest})$"
    return text.str.contains(pattern), text.str.replace(pattern, "${1}00${2}")


def _later(moment: pl.Expr, late: pl.Expr | None, *, as_date: bool) -> pl.Expr:
    if late is None:
        return moment
    return pl.when(late).then(moment + (_DAY - JUST_BEFORE if as_date else _DAY)).otherwise(moment)


def _serial(text: pl.Expr) -> pl.Expr:
    """Days since 1899-12-30 as a spreadsheet counts them, to the second; to the millisecond where they have the digits
    for it. 45000.041666667 is an hour after midnight."""
    plain = pl.when(text.str.contains("^[0-9]{1,7}(?:[.][0-9]+)?$")).then(text)
    days, digits = plain.cast(pl.Float64), plain.str.len_bytes() - plain.str.find(".", literal=True)
    exact = digits > 9  # the point counts: nine digits are a tenth of a millisecond
    milliseconds = pl.when(exact).then((days * 86_400_000).round()).otherwise((days * 86_400).round() * 1000)
    milliseconds += pl.when(days < _LEAP_DAY_OF_1900).then(86_400_000).otherwise(0)
    there = (days >= 1) & ((days < _LEAP_DAY_OF_1900) | (days >= _LEAP_DAY_OF_1900 + 1))
    return pl.when(there).then(pl.lit(datetime(1899, 12, 30)).cast(_MOMENT) + pl.duration(milliseconds=milliseconds))  # noqa: DTZ001


def _epoch(text: pl.Expr, microseconds: int) -> pl.Expr:
    """Time since 1970 in units of so many microseconds."""
    plain = pl.when(text.str.contains("^-?[0-9]{1,15}(?:[.][0-9]+)?$")).then(text)
    found = (plain.cast(pl.Float64) * microseconds).round()
    return pl.when(found.abs() < 2**53).then(found).cast(pl.Int64, strict=False).cast(_MOMENT)


def _plain_iso(text: pl.Expr) -> Moment:
    """The usual forms of ISO 8601."""
    text = pl.when(~text.str.contains(":60", literal=True)).then(text.str.replace(" ", "T", literal=True))
    begin, second = "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"
    said = text.str.strptime(pl.Datetime("us", "UTC"), f"{second}%#z", strict=False).dt.replace_time_zone(None)
    local = [text.str.strptime(_MOMENT, form, strict=False) for form in (second, begin)]
    return Moment(pl.coalesce(*local, text.str.strptime(pl.Date, "%Y-%m-%d", strict=False).cast(_MOMENT)), said)


def _iso(text: pl.Expr, *, as_date: bool) -> Moment:
    """ISO 8601: a date, or a date and a time of day to the hour, minute, second or a fraction, with or without T and
    an offset."""
    parts = text.str.extract_groups(_ISO_PARTS)
    number = {name: parts.struct.field(name).cast(pl.Int64) for name in ("hour", "minute", "second")}
    hour, minute, second = (value.fill_null(0) for value in number.values())
    fraction = ("0." + parts.struct.field("part").str.head(6)).cast(pl.Float64).fill_null(0)
    day = parts.struct.field("date").str.replace_all("-", "", literal=True)
    begin = day.str.strptime(pl.Date, "%Y%m%d", strict=False).cast(_MOMENT)
    clock = pl.duration(
        hours=hour, minutes=minute, seconds=second, microseconds=(fraction * 1e6).round().cast(pl.Int64)
    )
    last = (hour == 24) & (minute == 0) & (second == 0) & (fraction == 0)
    known = ((hour < 24) & (minute < 60) & (second < 60)) | last
    moment = pl.when(known).then(begin + clock)
    if as_date:
        moment = pl.when(last).then(moment - JUST_BEFORE).otherwise(moment)
    offset = parts.struct.field("offset")
    digits = offset.str.replace_all("[^0-9]", "")
    ahead = pl.duration(
        hours=digits.str.head(2).cast(pl.Int64, strict=False).fill_null(0),
        minutes=digits.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0),
    )
    utc = pl.when(offset.str.starts_with("-")).then(moment + ahead).otherwise(moment - ahead)
    return Moment(pl.when(offset.is_null()).then(moment), pl.when(offset.is_not_null()).then(utc), last)
