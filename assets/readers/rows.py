"""What a reader gives back (RawRows); helpers all readers share.

No reading here, and no meaning: types, units and rules belong to the contract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from quality.text import normalised

TEXT_LIMIT = 2_000
MOST_COLUMNS = 20_000  # a table of that many is one whose header is data
REJECTS = {"line": pl.Int64, "code": pl.String, "reason": pl.String, "text": pl.String}
LINE = "_line"


@dataclass(frozen=True)
class Formatted:
    """Numbers of a spreadsheet of which the format shows something else: lines and column as delivered.

    `stored`: of those that `frame` holds as they are shown, the numbers; else they are in `frame` themselves, and the
    text that the format shows is not known.
    """

    column: str
    pattern: str
    lines: tuple[int, ...]
    stored: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawRows:
    """Rows of text in file order. Every record of the file is in `frame`, `plain` or `rejects`, or is blank."""

    frame: pl.DataFrame  # every column String, plus `_line` Int64: 1-based line (CSV), row (XLSX) or element (JSON)
    rejects: pl.DataFrame  # line, code, reason, text: rows that cannot be read
    blank_rows: int  # rows with no value at all: not data (spreadsheets saved as CSV end in dozens of them)
    member: str  # name of the file inside a container, or the delivery name
    encoding: str | None
    # rows of which each column that was to be a number is one: those columns are Float64, the others String
    plain: pl.DataFrame | None = None
    separator: str | None = None  # what stands between the fields of a CSV
    typed: bool = False  # its source tells numbers from texts (JSON, XLSX): their point is always a decimal sign
    guesses: tuple[str, ...] = ()  # what was decided from the bytes and not declared, a sentence each
    # cells of a spreadsheet that hold no value but an error: line, column as delivered; their texts are in `frame`
    unreadable: tuple[tuple[int, str], ...] = ()
    formatted: tuple[Formatted, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()  # key of the layout, and how many rows it leaves out
    units: tuple[tuple[str, str], ...] = ()  # column as delivered and its unit, where a row names them
    # columns that `unpivot` does not take and nothing else in the layout names
    beside: tuple[str, ...] = ()

    def replaced(self, **changes: Any) -> RawRows:
        """The same with other fields."""
        return replace(self, **changes)


class Watch:
    """Sees all of a delivery as it came, before a layout leaves anything out. This one looks away."""

    def read(self, raw: RawRows) -> None:
        """Rows that were read, with all columns that they have."""

    def beside(self, member: Any) -> None:
        """A file of an archive, or a workbook of several sheets, that the layout does not mean or not as a whole."""

    def named(self, name: str) -> None:
        """The path of a file in an archive."""

    def workbook(self, member: Any) -> None:
        """A workbook of which one sheet is read; the names of all are in it."""

    def document(self, name: str, text: str) -> None:
        """A document that may hold more than its rows."""


@dataclass
class Rejects:
    """Collects the rows that cannot be read."""

    rows: list[tuple[int, str, str, str]] = field(default_factory=list)

    def add(self, line: int, code: str, reason: str, text: str) -> None:
        """Note a row; its text is cut after TEXT_LIMIT characters."""
        self.rows.append((line, code, reason, text[:TEXT_LIMIT]))

    def frame(self) -> pl.DataFrame:
        """All rows that were noted: line, code, reason, text."""
        return pl.DataFrame(self.rows, schema=REJECTS, orient="row")


def without_addresses(text: str) -> str:
    """For what a service said: the key of Seoul's service is part of the path of its address."""
    return re.sub(r"(\w+:/|/\w)[^\s\"'<>]*", "<address>", text)


def remarks(members: Sequence[RawRows], read: Collection[str], *, private: bool) -> tuple[str, ...]:
    """What layout left out of a delivery, one sentence each. `read` are the columns that the contract reads; those of
    a private feed are not named."""
    left_out = Counter[str]()
    for raw in members:
        left_out.update(dict(raw.left_out))
    told = [f"{rows:,} rows are left out: `{key}` of the layout" for key, rows in left_out.items()]
    beside = [name for name in dict.fromkeys(n for raw in members for n in raw.beside) if name not in read]
    if beside:
        named = "" if private else f": {beside[:10]}" + (f" and {len(beside) - 10} more" if len(beside) > 10 else "")
        told.append(f"{len(beside)} columns are neither taken by `unpivot` nor read by the contract{named}")
    return tuple(told)


def clean_name(cell: str | None) -> str:
    """A column name as texts are compared: in NFC, as Macs write Korean headers decomposed, and without odd spaces."""
    return normalised(cell or "")


def column_names(cells: Sequence[str | None], where: str) -> list[str]:
    """Names for the cells of a header; a cell without a name gets `_unnamed_<position>`."""
    names = [clean_name(cell) or f"_unnamed_{position}" for position, cell in enumerate(cells, 1)]
    named = [clean_name(cell) for cell in cells if clean_name(cell)]
    if not named or all(re.fullmatch(r"[\d\s.,:/+-]+", name) for name in named):
        what = "there is no header: " + ("no row has a name" if not named else f"the first row reads {named[:4]}")
        hint = "write `names` in the layout, set skip_rows, or have it delivered with a header"
        raise PermanentFailure("FILE-NO-HEADER", what, where, hint)
    if len(names) > MOST_COLUMNS:
        hint = "have it delivered as rows under a few names"
        what = f"its header has {len(names):,} columns, so values stand where names should"
        raise PermanentFailure("FILE-NO-HEADER", what, where, hint)
    twice = sorted(name for name, count in Counter(names).items() if count > 1 or name == LINE)
    if twice:
        what = f"the header has columns twice, or under a reserved name: {twice[:10]}"
        hint = "give every column its own name (`header_rows: 1` and `names`); if this is data, skip_rows is wrong"
        raise PermanentFailure("FILE-DUPLICATE-COLUMN", what, where, hint)
    return names


def is_header(cells: Sequence[str | None], header: Sequence[str]) -> bool:
    """Is this row the header once more? Glued files have it in the middle, even with BOM and quotes."""
    if len(cells) < len(header):
        return False
    return [clean_name(clean_name(cell).strip('"')) for cell in cells] == [
        *header,
        *[""] * (len(cells) - len(header)),
    ]


def drop_unnamed(frame: pl.DataFrame) -> pl.DataFrame:
    """Without the columns that have neither a name nor any value (Excel writes `date,count,,,`)."""
    unnamed = [name for name in frame.columns if name.startswith("_unnamed_")]
    return frame.drop([name for name in unnamed if blank(frame[name]).all()])


def blank(column: pl.Series) -> pl.Series:
    """Where a text column has no value: null, empty or only white space."""
    return column.is_null() | (column.str.strip_chars() == "").fill_null(value=True)
