"""What the cells of a delivered column are: numbers or texts, and which of them mean that a value is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from assets.propose.missing import missing_words
from assets.propose.names import Header, header_of
from quality.text import normalised_column

_GROUPED = r"^[+-]?[1-9]\d{0,2}(?:[, '’]\d{3})+(?:\.\d+)?$"
_SURELY_COMMA = r"^[+-]?(?:0|\d+),(?:\d{1,2}|\d{4,})$|^[+-]?0?,\d+$|^[+-]?\d{1,3}(?:\.\d{3})+,\d+$"
_SURELY_POINT = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d+$|^[+-]?[1-9]\d{0,2}(?:,\d{3}){2,}$|^[+-]?\d*\.(?:\d{1,2}|\d{4,})$"
_BY_COMMA = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$"
_LEAST_SURE = 0.05  # of the cells with a comma; one that is written wrongly decides nothing
_PLAIN = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Cells:
    """A delivered column of the sample. `texts` are normalised, null where nothing stands."""

    header: Header
    texts: pl.Series

    @property
    def name(self) -> str:
        """As delivered."""
        return self.header.name

    @cached_property
    def filled(self) -> pl.Series:
        """The texts that are there."""
        return self.texts.drop_nulls()

    @cached_property
    def distinct(self) -> int:
        """How many different texts there are."""
        return self.filled.n_unique()

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Words and signs that mean "missing" in it, where nearly all other cells are numbers."""
        return missing_words(self.filled, self._read.is_not_null())

    @cached_property
    def comma(self) -> bool:
        """Whether the comma is surely its decimal sign."""
        marked = self.filled.filter(self.filled.str.contains(",", literal=True))
        sure = share(marked.str.contains(_SURELY_COMMA))
        return sure >= _LEAST_SURE and not self.filled.str.contains(_SURELY_POINT).any()

    @cached_property
    def grouped(self) -> bool:
        """Whether a comma groups its digits, as in 1,395."""
        return not self.comma and bool(self.filled.str.contains(_BY_COMMA).any())

    @cached_property
    def only_thousands(self) -> bool:
        """Whether a comma stands before zeros alone, so that whole numbers do not say what it is: 450,000."""
        marked = self.filled.filter(self.filled.str.contains(_BY_COMMA))
        return not self.comma and not marked.is_empty() and bool(marked.str.ends_with(",000").all())

    @cached_property
    def _read(self) -> pl.Series:
        return _numbers(self.filled, comma=self.comma)

    @cached_property
    def numbers(self) -> pl.Series:
        """Its numbers, as many as there are cells; null for what is none."""
        return _numbers(self.texts, comma=self.comma)

    @cached_property
    def share_of_numbers(self) -> float:
        """Of the cells that say something: how many are numbers, 0 to 1."""
        said = self.filled.filter(~self.filled.is_in(list(self.missing)))
        return 0.0 if said.is_empty() else _numbers(said, comma=self.comma).is_not_null().mean() or 0.0  # type: ignore[return-value]

    @property
    def numeric(self) -> bool:
        """Whether it is a column of numbers."""
        return self.share_of_numbers >= 0.95

    @cached_property
    def coded(self) -> bool:
        """Whether its numbers are codes: they have zeros before them."""
        return self.numeric and bool(self.filled.str.contains(r"^0\d+$").any())

    @property
    def constant(self) -> bool:
        """Whether all rows say the same."""
        return self.distinct <= 1

    @cached_property
    def whole(self) -> bool:
        """Whether all of its numbers are whole."""
        numbers = self.numbers.drop_nulls()
        return not numbers.is_empty() and bool((numbers == numbers.round()).all())


def cells_of(rows: pl.DataFrame, units: Mapping[str, str]) -> dict[str, Cells]:
    """The columns of a sample, by their names. `units` are those that a header or a row of units names."""
    found = {}
    for name in rows.columns:
        header = header_of(name)
        if name in units:
            header = Header(name, header.said, units[name])
        texts, _ = normalised_column(rows[name].cast(pl.String))
        found[name] = Cells(header, texts.replace("", None))
    return found


def _numbers(texts: pl.Series, *, comma: bool) -> pl.Series:
    text = pl.col("text")
    if comma:
        plain = text.str.replace_all(r"[. '’]", "").str.replace(",", ".", literal=True)
    else:
        plain = pl.when(text.str.contains(_GROUPED)).then(text.str.replace_all(r"[, '’]", "")).otherwise(text)
    plain = plain.str.replace("−", "-", literal=True)
    value = pl.when(plain.str.contains(_PLAIN)).then(plain).cast(pl.Float64, strict=False)
    return texts.alias("text").to_frame().select(value).to_series()


def is_mail_or_phone(texts: pl.Series) -> bool:
    """Whether many of the texts are e-mail addresses, telephone numbers or numbers of residents."""
    some = texts.head(500)
    if some.is_empty():
        return False
    patterns = (
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
        r"^(?:\+\d{1,3}[ -]?|0)\d{1,4}[ -]\d{3,4}[ -]\d{3,4}$",
        r"^\d{6}-[1-8]\d{6}$",
    )
    return any(float(some.str.contains(pattern).mean() or 0) > 0.3 for pattern in patterns)  # type: ignore[arg-type]


_COUNTERS = re.compile(
    r"(?i)(?:no|nr|n|#|stt|index|idx|순번|연번|번호|_unnamed.*|unnamed.*|row.*|_id|id|seq|序號|序号|fid|objectid|gid|"
    r"ogc_fid|連番|№|п/п|№ п/п|ลำดับ|д/д|bil|x)[.]?"
)


def is_counter(cells: Cells) -> bool:
    """Whether a column numbers the rows: it is called so, or has no name, and its whole numbers go up by one."""
    numbers = cells.numbers.drop_nulls()
    if numbers.len() < 3 or not cells.whole or not _COUNTERS.fullmatch(cells.name):
        return False
    return share(numbers.diff().drop_nulls() == 1) > 0.95 and (cells.distinct > 31 or numbers.item(0) in (0, 1))


def share(there: pl.Series) -> float:
    """How many of the values are true, 0 to 1."""
    return float(there.cast(pl.Float64).mean() or 0) if there.len() else 0.0  # type: ignore[arg-type]
