"""What a comma and a point mean in the numbers of a column: decided once for a delivery, from all cells of the column.

1,234 is a thousand or a little more than one. What decides is another cell of the column that can be read in one way
only (0,58 or 1,234,567), or the contract (`decimal`). Where nothing decides, or cells contradict each other, such
cells are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from quality.contract.columns import Column

_SPACED = "|".join(f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+" for mark in (" ", "'", "\u2019"))
_BY_COMMA = "[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"  # 1,234,567 and, in India, 12,34,567
_BY_POINT = "[1-9][0-9]{0,2}(?:[.][0-9]{3})+"
_MANY, _SHARE = 20, 0.05  # so many doubtful cells are not decided by fewer than this share of the marked cells
_MARKED = "[,]|[.].*[.]"  # texts of a number column in which a mark has to be understood

DOUBTFUL_COMMA = "^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"
DOUBTFUL_POINT = "^[+-]?[1-9][0-9]{0,2}[.][0-9]{3}$"
_GROUPING_COMMA = (
    "^[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})$"
    f"|^[+-]?(?:{_BY_COMMA})[.][0-9]+$"
)
_GROUPING_POINT = rf"^[+-]?[1-9][0-9]{{0,2}}(?:[.][0-9]{{3}}){{2,}}$|^[+-]?(?:{_BY_POINT}),[0-9]+$"
_DECIMAL_POINT = rf"^[+-]?(?:[0-9]*[.][0-9]+|[0-9]+[.])(?:[eE][+-]?[0-9]+)?$|^[+-]?(?:{_SPACED})[.][0-9]+$"
_DECIMAL_COMMA = rf"^[+-]?(?:0|[1-9][0-9]*)?,[0-9]+$|^[+-]?(?:{_SPACED}),[0-9]+$"


@dataclass(frozen=True)
class Marks:
    """`decimal` is the sign before the fraction; `groups`: the other sign groups digits; `doubt`: it is not certain
    what the point is, so that 1.234 is not read."""

    decimal: Literal["point", "comma"] = "point"
    groups: bool = False
    doubt: bool = False

    @property
    def plain(self) -> str:
        """Regular expression of numbers without grouping, written so that a computer reads them."""
        if self.decimal == "comma":
            return "^[+-]?[0-9]+$"
        return "^[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?$"

    @property
    def marked(self) -> str:
        """Regular expression of numbers with grouping, or with a decimal comma."""
        if self.decimal == "comma":
            whole = f"{_SPACED}|{_BY_POINT}" if self.groups else _SPACED
            return f"^[+-]?(?:(?:{whole})(?:,[0-9]+)?|(?:0|[1-9][0-9]*)?,[0-9]+)$"
        whole = f"{_SPACED}|{_BY_COMMA}" if self.groups else _SPACED
        return f"^[+-]?(?:{whole})(?:[.][0-9]+)?$"


PLAIN = Marks()


def declared(column: Column, *, typed: bool) -> Marks | None:
    """What the contract declares, or None. In a source with numbers of its own (JSON, XLSX) a point groups nothing."""
    if column.spec.decimal is None:
        return None
    return Marks(column.spec.decimal, groups=column.spec.decimal == "point" or not typed)


def has_marks(texts: pl.Series, column: Column) -> bool:
    """Whether texts that are no plain numbers have marks to be understood; of an integer any point is one."""
    return bool(texts.str.contains(_MARKED if column.type == "number" else "[,.]").any())


def decide_marks(column: Column, texts: pl.Series, *, typed: bool) -> tuple[Marks, str | None]:
    """What the marks in all texts of a column mean, and a sentence that says so where it was not plain.

    One wrong cell never gives another cell another value: a sign that grouped digits, or may be the decimal one, takes
    two cells, and more than a rare exception, to become the other.
    """
    found = _found(texts, whole=column.type == "integer")
    comma, point = found.decimal_comma + found.grouping_point, found.decimal_point + found.grouping_comma
    for_comma = comma or found.often(found.comma_fraction)
    for_point = point or found.whole_by_comma or found.often(found.point_fraction)
    if for_comma and for_point:
        return Marks(doubt=True), _refused(column, "some cells have a decimal comma and some a decimal point")
    deciding, commas = comma + point + found.whole_by_comma, found.doubtful_comma + found.grouping_comma
    if (comma or commas or column.type == "integer") and found.doubtful >= _MANY and not found.often(deciding):
        return Marks(doubt=True), _refused(column, "few cells say what the sign in 1,234 or 1.234 is")
    if comma:
        doubt = comma == 1 and column.type == "number" and found.doubtful_point > 0
        what = "a comma is the decimal sign"
        if doubt:
            return Marks("comma", groups=not typed, doubt=True), _refused(column, f"{what} in one cell, beside 1.234")
        return Marks("comma", groups=not typed), f"{column.name}: {what}"
    grouped = found.grouping_comma or found.whole_by_comma
    if commas and (grouped or (point and not typed)):
        return Marks(groups=True), f"{column.name}: a comma groups digits, a point is the decimal sign"
    if commas:
        return Marks(doubt=not point), _refused(column, "a comma may be the decimal sign or group digits, as in 1,234")
    if column.type == "integer" and found.doubtful_point and not point:
        return Marks(doubt=True), _refused(column, "a point may group digits, as in 1.234")
    return PLAIN, None


def doubts_beside(
    columns: Mapping[str, tuple[Column, pl.Series]], *, commas: bool
) -> tuple[dict[str, Marks], list[str]]:
    """Columns (by name, with all their texts) in which 1.234, with nothing that decides, is not read.

    Their delivery has other numbers with a decimal comma (`commas`), or semicolons between its fields, as where the
    comma is the decimal sign; then a plain decimal point in one of these columns speaks for all.
    """
    found = {name: _found(texts, whole=column.type == "integer") for name, (column, texts) in columns.items()}
    if not commas and any(facts.decimal_point for facts in found.values()):
        return {}, []
    beside = "beside columns with a comma" if commas else "in a file with semicolons"
    doubtful = [name for name, facts in found.items() if facts.doubtful_point and not facts.decimal_point]
    sentences = [_refused(columns[name][0], f"a point may group digits, as in 1.234, {beside}") for name in doubtful]
    return dict.fromkeys(doubtful, Marks(doubt=True)), sentences


def _refused(column: Column, what: str) -> str:
    return f"{column.name}: {what}: such cells are not read; declare `decimal: comma` or `decimal: point` of it"


@dataclass(frozen=True)
class _Found:
    """How many texts have which marks. In a column of whole numbers a fraction other than zeros decides nothing, as
    12,5 is none in any reading."""

    marked: int
    doubtful_comma: int
    doubtful_point: int
    whole_by_comma: int  # 1,234 in a column of whole numbers: 1.234 is none
    grouping_comma: int
    grouping_point: int
    decimal_comma: int
    decimal_point: int
    comma_fraction: int
    point_fraction: int

    @property
    def doubtful(self) -> int:
        return self.doubtful_comma + self.doubtful_point - self.whole_by_comma

    def often(self, cells: int) -> bool:
        """Whether this is more than a rare exception among the texts with marks."""
        return cells > 0 and cells >= _SHARE * self.marked


def _found(texts: pl.Series, *, whole: bool) -> _Found:
    texts = texts.filter(texts.str.contains("[,.]"))
    comma, point = texts.str.contains(_DECIMAL_COMMA), texts.str.contains(_DECIMAL_POINT)
    either, or_other = texts.str.contains(DOUBTFUL_COMMA), texts.str.contains(DOUBTFUL_POINT)
    zeros = texts.str.contains("[,.]0*$") if whole else pl.Series([True])
    return _Found(
        marked=texts.len(),
        doubtful_comma=_count(either),
        doubtful_point=_count(or_other),
        whole_by_comma=_count(either & ~texts.str.ends_with(",000")) if whole else 0,
        grouping_comma=_count(texts.str.contains(_GROUPING_COMMA)),
        grouping_point=_count(texts.str.contains(_GROUPING_POINT)),
        decimal_comma=_count(comma & ~either & zeros),
        decimal_point=_count(point & ~or_other & zeros),
        comma_fraction=_count(comma & ~either & ~zeros),
        point_fraction=_count(point & ~or_other & ~zeros),
    )


def _count(found: pl.Series) -> int:
    return int(found.sum() or 0)
