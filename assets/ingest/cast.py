"""Texts of a delivery -> values of a contract's columns: numbers, times, sentinels, and what could not be read."""

from __future__ import annotations

import functools
import operator

import polars as pl

from quality.contract.columns import DAY, Column
from quality.contract.model import Contract

GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"  # 105,196 but not 1,5: a comma is never a decimal point here
QUARTER = "%Y%q"  # a format of our own: strptime has none for quarters


def numbers(contract: Contract) -> frozenset[str]:
    """Source columns whose texts may be read as numbers at once, as nothing else is made of them."""
    simple = {s for c in contract.columns if c.type == "number" and _fast_castable(c) for s in c.spec.sources}
    return frozenset(
        simple - {s for c in contract.columns if c.type != "number" or not _fast_castable(c) for s in c.spec.sources}
    )


def cast_columns(
    contract: Contract, frame: pl.DataFrame
) -> tuple[pl.DataFrame, list[tuple[str, pl.Series, pl.Series]]]:
    """Each column as its type; and by name, the positions and texts of cells that hold something that is no value.

    Plain numbers and times, nearly all of them, are read at once; cleaning and the other formats are tried only
    where that gave nothing: two thirds of the time that parsing took went into cleaning what is clean.
    """
    fast = _fast_cast(contract, frame)
    columns, unreadable = [], []
    for column in contract.columns:
        source = frame[column.name]
        if column.name in fast.columns:
            values = fast[column.name]
            at = (values.is_null() & source.is_not_null()).arg_true()
            if at.is_empty():
                columns.append(values)
                continue
            texts, slow = _slow_cast(column, source.gather(at))
            columns.append(values.scatter(at, slow) if slow.null_count() < slow.len() else values)
        else:
            at = None
            texts, slow = _slow_cast(column, source)
            columns.append(slow)
        if column.type in ("string", "array") or column.name == DAY:
            continue
        lost = slow.is_null() & texts.is_not_null() & ~_zero(column, texts)
        if lost.any():
            unreadable.append((column.name, at.filter(lost) if at is not None else lost.arg_true(), texts.filter(lost)))
    return pl.DataFrame(columns), unreadable


def _fast_cast(contract: Contract, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that can be cast as they are written; null where a value needs the slow path."""
    simple = [column for column in contract.columns if _fast_castable(column)]
    values = frame.select(_fast_expr(column) for column in simple)
    numbers = [column for column in simple if column.type in ("number", "integer")]
    unclear = values.select(_needs_slow_path(column).any() for column in numbers).row(0) if numbers else ()
    cleared = [
        pl.when(~_needs_slow_path(column)).then(pl.col(column.name)).alias(column.name)
        for column, some in zip(numbers, unclear, strict=True)
        if some
    ]
    return values.with_columns(cleared).cast({column.name: column.dtype for column in numbers}, strict=False)


def _fast_castable(column: Column) -> bool:
    spec = column.spec
    if spec.remove is not None or spec.values:
        return False
    return column.type in ("number", "integer") or (column.type in ("date", "timestamp") and not spec.sentinels)


def _fast_expr(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.type in ("date", "timestamp"):
        return _moment(text, (column.spec.formats or ("%Y-%m-%d",))[0], column).alias(column.name)
    return text.cast(pl.Float64, strict=False)


def _needs_slow_path(column: Column) -> pl.Expr:
    """Where a number may stand for something else: a sentinel, no number, no count, an instrument that is not there."""
    number = pl.col(column.name)
    doubts = [
        ~number.is_finite(),
        *(number == value for s in column.spec.sentinels if (value := _number(s)) is not None),
    ]
    if column.type == "integer":
        doubts.append(number != number.round(0))
    if column.spec.zero_is_missing:
        doubts.append(number == 0)
    return functools.reduce(operator.or_, doubts)


def _slow_cast(column: Column, source: pl.Series) -> tuple[pl.Series, pl.Series]:
    texts = source.cast(pl.String).to_frame().select(_text(column)).to_series()
    return texts, texts.to_frame().select(_typed(column)).to_series()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(column: Column) -> pl.Expr:
    text = pl.col(column.name).str.strip_chars()
    if column.spec.remove is not None:
        text = text.str.replace_all(column.spec.remove, "").str.strip_chars()
    missing = ["", *column.spec.sentinels]
    if column.type in ("number", "integer"):  # -999, -999.0 and -999.00 are one sentinel
        missing += [f"{s}{tail}" for s in column.spec.sentinels for tail in (".0", ".00")]
    absent = functools.reduce(operator.or_, [text == value for value in missing])
    text = pl.when(~absent).then(text)
    return (text.replace(dict(column.spec.values)) if column.spec.values else text).alias(column.name)


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.type in ("number", "integer"):
        plain = pl.when(text.str.contains(GROUPED)).then(text.str.replace_all(",", "")).otherwise(text)
        number = plain.cast(pl.Float64, strict=False)
        number = pl.when(number.is_finite()).then(number)
        if column.type == "integer":  # "5854.0" is five thousand, "5854.5" is not a count
            number = pl.when(number == number.round(0)).then(number).cast(pl.Int64, strict=False)
        expression = pl.when(number != 0).then(number) if column.spec.zero_is_missing else number
    elif column.type in ("date", "timestamp"):
        formats = column.spec.formats or ("%Y-%m-%d",)
        expression = pl.coalesce([_moment(text, form, column) for form in formats])
    elif column.type == "boolean":
        expression = text.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
    else:
        expression = text
    return expression.cast(column.dtype).alias(column.name)


def _moment(text: pl.Expr, form: str, column: Column) -> pl.Expr:
    """A date or time in one strptime format; `%Y%q` is a quarter (20261) and stands for its first day.

    Times of another zone, or with an offset, become local times before their day is taken: 23:00 UTC is the next
    morning in Seoul.

    24:00 is the end of the day that is written: as a time it is 00:00 of the next day, as a date it stays that day,
    to which the hour before it belongs (AirKorea writes the last hour of each day so).
    """
    target, zone = column.dtype, column.spec.zone
    if zone is not None and _timed(form):
        local = _instant(text, form, column.spec.delivered_zone).dt.convert_time_zone(zone)
        return local.dt.replace_time_zone(None).cast(target)
    if form == QUARTER:
        parts = text.str.extract_groups("^([0-9]{4})([1-4])$")
        year, quarter = (parts.struct.field(name).cast(pl.Int32) for name in ("1", "2"))
        return pl.date(year, quarter * 3 - 2, 1).cast(target)
    if not _timed(form):
        return text.str.strptime(pl.Date, form, strict=False).cast(target)
    clock = form[form.find("%H") :] if "%H" in form else ""
    ends, begins = (clock.replace("%H", hour).replace("%M", "00").replace("%S", "00") for hour in ("24", "00"))
    if not clock or "%" in ends:
        return text.str.strptime(pl.Datetime("us"), form, strict=False).cast(target)
    midnight = text.str.ends_with(ends)
    plain = pl.when(midnight).then(text.str.strip_suffix(ends) + begins).otherwise(text)
    moment = plain.str.strptime(pl.Datetime("us"), form, strict=False)
    if target == pl.Date:
        return moment.cast(pl.Date)
    return pl.when(midnight).then(moment.dt.offset_by("1d")).otherwise(moment).cast(target)


def _instant(text: pl.Expr, form: str, delivered: str | None) -> pl.Expr:
    """A moment in UTC. A local hour that a change of clocks skips or repeats has none: null, and so unreadable."""
    if "%z" in form:
        return text.str.replace("[Zz]$", "+0000").str.strptime(pl.Datetime("us", "UTC"), form, strict=False)
    naive = text.str.strptime(pl.Datetime("us"), form, strict=False)
    zoned = naive.dt.replace_time_zone(delivered, ambiguous="null", non_existent="null")
    return zoned.dt.convert_time_zone("UTC")


def _timed(form: str) -> bool:
    return any(part in form for part in ("%H", "%I", "%T", "%R"))


def _zero(column: Column, texts: pl.Series) -> pl.Series:
    """Where a text is the zero of an instrument that is not installed, and no unreadable value."""
    if not column.spec.zero_is_missing:
        return pl.repeat(value=False, n=texts.len(), eager=True)
    return (texts.cast(pl.Float64, strict=False) == 0).fill_null(value=False)
