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
    """`decimal` is the sign before the fraction; `groups`: the other sign groups digits; `doubt`: the point may group
    digits too, so that 1.234 is not read."""

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
    """What the marks in all texts of a column mean, and a sentence that says so where it was not plain."""
    found = _found(texts)
    whole_numbers = column.type == "integer" and _any(texts, DOUBTFUL_COMMA, but=",000$")
    comma = found["decimal_comma"] or found["grouping_point"]
    point = found["decimal_point"] or found["grouping_comma"] or (whole_numbers and not comma)
    if comma and point:
        what = "some cells have a decimal comma and some a decimal point"
        return Marks(doubt=True), _refused(column, what)
    if comma:
        return Marks("comma", groups=not typed), f"{column.name}: a comma is the decimal sign"
    commas = found["doubtful_comma"] or found["grouping_comma"]
    if point and commas and (found["grouping_comma"] or whole_numbers or not typed):
        return Marks(groups=True), f"{column.name}: a comma groups digits, a point is the decimal sign"
    if commas:
        return Marks(doubt=not point), _refused(column, "a comma may be the decimal sign or group digits, as in 1,234")
    if column.type == "integer" and found["doubtful_point"] and not point:
        return Marks(doubt=True), _refused(column, "a point may group digits, as in 1.234")
    return PLAIN, None


def doubts_beside(columns: Mapping[str, tuple[Column, pl.Series]]) -> tuple[dict[str, Marks], list[str]]:
    """Columns (by name, with all their texts) in a delivery whose other numbers have a decimal comma: 1.234 in them,
    with nothing that decides, is not read."""
    found, sentences = {}, []
    for name, (column, texts) in columns.items():
        facts = _found(texts)
        if facts["doubtful_point"] and not facts["decimal_point"]:
            found[name] = Marks(doubt=True)
            sentences.append(_refused(column, "a point may group digits, as in 1.234, beside columns with a comma"))
    return found, sentences


def _refused(column: Column, what: str) -> str:
    return f"{column.name}: {what}: such cells are not read; declare `decimal: comma` or `decimal: point` of it"


def _found(texts: pl.Series) -> dict[str, bool]:
    return {
        "doubtful_comma": _any(texts, DOUBTFUL_COMMA),
        "doubtful_point": _any(texts, DOUBTFUL_POINT),
        "grouping_comma": _any(texts, _GROUPING_COMMA),
        "grouping_point": _any(texts, _GROUPING_POINT),
        "decimal_comma": _any(texts, _DECIMAL_COMMA, but=DOUBTFUL_COMMA),
        "decimal_point": _any(texts, _DECIMAL_POINT, but=DOUBTFUL_POINT),
    }


def _any(texts: pl.Series, pattern: str, but: str | None = None) -> bool:
    found = texts.str.contains(pattern)
    return bool((found if but is None else found & ~texts.str.contains(but)).any())
