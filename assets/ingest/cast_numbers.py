"""Texts -> numbers: exact, or none."""

from __future__ import annotations

import contextlib
import functools
import operator

import polars as pl

from assets.ingest.marks import DOUBTFUL_POINT, Marks
from quality.contract.columns import Column

EXACT = 2**53  # whole numbers up to here are exact in a Float64; 15 digits of any number are
_WHOLE = r"^([+-]?[0-9]+)(?:[.]0*)?$"


def fast_number(column: Column) -> pl.Expr:
    """A text that is plainly a number, of the column's type; null where it is not. -0 is zero."""
    number = pl.col(column.name).cast(column.dtype, strict=False)
    return _without_minus_zero(number) if column.type == "number" else number


def _without_minus_zero(number: pl.Expr) -> pl.Expr:
    """-0 is zero. Polars leaves `number + 0.0` out of most of its plans."""
    return pl.when(number.ne_missing(0.0)).then(number).otherwise(0.0)


def may_be_too_small(texts: pl.Series, numbers: pl.Series) -> pl.Series | None:
    """Where a text that was read as zero has other digits, as 1e-400 has; None where there is no such text."""
    if texts.dtype != pl.String:
        return None
    zeros = (numbers == 0).arg_true()
    if zeros.is_empty():
        return None
    found = zeros.filter(texts.gather(zeros).str.contains("[1-9]"))
    return found if found.len() else None


def needs_slow_path(column: Column) -> pl.Expr:
    """Where a number may stand for something else: a sentinel, no number, an instrument that is not there; or may
    not be exact."""
    number = pl.col(column.name)
    doubts = [pl.lit(value=False), *(number == value for value in _sentinels(column))]
    if column.type == "number":
        doubts.append(~number.is_between(-EXACT, EXACT, closed="none"))
    if column.spec.zero_is_missing:
        doubts.append(number == 0)
    return functools.reduce(operator.or_, doubts)


def not_exact(numbers: pl.Series) -> pl.Series:
    """Where one is so large that another whole number may have been meant, or none."""
    return ~numbers.is_between(-EXACT, EXACT, closed="none")


def read_numbers(column: Column, texts: pl.Series, marks: Marks) -> tuple[pl.Series, pl.Series]:
    """Values of clean texts (null for one that is missing), and where a text is no number or not an exact one."""
    text, marked = pl.col(column.name), pl.col(column.name).str.contains(marks.marked)
    sign, group = (",", "[ '\u2019.]") if marks.decimal == "comma" else (".", "[ '\u2019,]")
    ungrouped = text.str.replace_all(group, "").str.replace(sign, ".", literal=True)
    sure = text.str.contains(marks.plain)
    if marks.doubt:
        doubtful = text.str.contains(DOUBTFUL_POINT)
        sure, marked = sure & ~doubtful, marked & ~doubtful
    plain = pl.when(marked).then(ungrouped).when(sure).then(text)
    frame = texts.alias(column.name).to_frame().with_columns(plain.alias(column.name))
    number = _whole_number(text) if column.type == "integer" else _measured(column, text)
    values = frame.select(number.cast(column.dtype).alias(column.name)).to_series()
    lost = values.is_null() & texts.is_not_null()
    missing = [pl.col(column.name) == value for value in _sentinels(column)]
    if column.spec.zero_is_missing:
        missing.append(pl.col(column.name) == 0)
    if missing:
        absent = functools.reduce(operator.or_, missing)
        values = values.to_frame().select(pl.when(~absent).then(pl.col(column.name))).to_series()
    return values, lost


def _whole_number(text: pl.Expr) -> pl.Expr:
    """ "5854.0" is five thousand, "5854.5" is not a count, and 5.854E+03 may have lost digits."""
    return text.str.extract(_WHOLE, 1).cast(pl.Int64, strict=False)


def _measured(column: Column, text: pl.Expr) -> pl.Expr:
    """A measured number is the Float64 nearest to its text; a large whole number and a key have to be it exactly."""
    number = text.cast(pl.Float64, strict=False)
    scientific = text.str.contains("[eE]")
    zero = (number == 0) & text.str.contains("^[^eE]*[1-9]")  # too small for a Float64, and not zero
    if column.key:
        digits = text.str.replace_all("[+.-]", "").str.strip_chars_start("0").str.strip_chars_end("0")
        exact = ~scientific & (digits.str.len_bytes() <= 15)
    else:
        written = text.str.extract(_WHOLE, 1).cast(pl.Int128, strict=False)
        same = (written == number.cast(pl.Int128, strict=False)).fill_null(value=False)
        exact = scientific | number.is_between(-EXACT, EXACT, closed="none") | same
    return pl.when(number.is_finite() & ~zero & exact).then(_without_minus_zero(number))


def _sentinels(column: Column) -> list[float | int]:
    """The numbers that mean "missing", however they are written."""
    numbers: list[float | int] = []
    for text in column.spec.sentinels:
        with contextlib.suppress(ValueError):
            number = float(text)
            numbers.append(int(number) if column.type == "integer" and number.is_integer() else number)
    return numbers
