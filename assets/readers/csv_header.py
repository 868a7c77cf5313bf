"""The header of CSV text: what its rows are called, how many fields they have, and where they begin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assets.failures import PermanentFailure
from assets.readers.csv_lines import Dialect, records, refuse_other_separator
from assets.readers.csv_text import TableText
from assets.readers.header import header_names, units_said
from assets.readers.rows import clean_name, is_header
from quality.contract.layout import Layout


@dataclass(frozen=True)
class CsvHeader:
    """What is known of a table before its first row is read, which begins at `position` in `line`."""

    names: list[str]
    rows: tuple[HeaderRow, ...]  # as they are recognised when they come again
    width: int  # fields of the rows of this file: the header's, or a constant number of unnamed ones more
    position: int
    line: int
    blank_rows: int
    units: tuple[tuple[str, str], ...] | None  # column and unit, where a row names them


@dataclass(frozen=True)
class HeaderRow:
    """A row that may come again. It is looked for by its first text that is not empty."""

    cells: list[str]
    key: int
    first: str

    def texts(self) -> list[str]:
        """What stands in the column `key` when it comes again."""
        return list(dict.fromkeys([self.first, self.cells[self.key], "\ufeff" + self.cells[self.key]]))

    def again(self, fields: Sequence[str]) -> bool:
        """Whether these fields are this row once more."""
        key = self.key
        likely = len(fields) > key and (fields[key] == self.first or self.cells[key] in fields[key])
        return likely and is_header(fields, self.cells)


def read_header(text: TableText, layout: Layout, dialect: Dialect, where: str) -> CsvHeader:
    """The header of a table as its layout says. Raises PermanentFailure where it has none, or another."""
    reading = _Reading(text, dialect, where)
    first = reading.peek()
    refuse_other_separator(first or [], dialect.delimiter, where)
    rows = [row for _ in range(layout.header_lines) if (row := reading.take()) is not None]
    if layout.header_lines == 0 and first is not None and is_header(first, layout.names):
        reading.take()
    names = header_names(rows, layout, where)
    known = list(rows)
    units = reading.take() if layout.units_row else None
    said = None if units is None else units_said(names, units, layout, where)
    if units is not None:
        known.append(units)
    begin = reading.position, reading.line, reading.blank_rows
    width, extra = len(names), layout.unnamed_extra_fields
    if extra and (row := reading.peek()) is not None:
        width = min(max(len(row), width), width + extra)
    return CsvHeader(names, tuple(map(_header_row, known or [names])), width, *begin, units=said)


def _header_row(fields: list[str]) -> HeaderRow:
    cells = [clean_name(cell) for cell in fields]
    key = next((index for index, text in enumerate(cells) if text), 0)
    return HeaderRow(cells, key, fields[key])


class _Reading:
    """Records from the beginning of a table, without blank ones."""

    def __init__(self, text: TableText, dialect: Dialect, where: str) -> None:
        self.text, self.dialect, self.where = text, dialect, where
        self.position, self.line, self.blank_rows = text.position, text.line, 0

    def peek(self) -> list[str] | None:
        """The next record whose quotes are right; it stays the next."""
        return next((fields for _, fields, *_ in self._next() if not isinstance(fields, str)), None)

    def take(self) -> list[str] | None:
        """The next record. Raises PermanentFailure where its quotes are wrong."""
        found = next(self._next(), None)
        if found is None:
            return None
        line, fields, self.position, self.line, blanks = found
        self.blank_rows += blanks
        if isinstance(fields, str):
            raise open_quote(line, fields, self.where)
        return fields

    def _next(self) -> Iterator[tuple[int, list[str] | str, int, int, int]]:
        """The line of each record, the record or what is wrong, where the next begins, and blank ones before it."""
        position, blanks = self.position, 0
        for line, fields, taken in records(self.text.data, self.position, self.line, self.dialect):
            position += sum(len(text.encode()) for text in taken)
            if isinstance(fields, str) or "".join(fields).strip():
                yield line, fields, position, line + len(taken), blanks
            else:
                blanks += 1


def open_quote(line: int, problem: str, where: str) -> PermanentFailure:
    """Quotes that go on to the end of the file, so that nobody knows where its rows end."""
    what = f"the quotes in the record that begins at line {line} are wrong ({problem})"
    hint = "the file was cut short or has a stray quote; have it written again, quotes doubled inside fields"
    return PermanentFailure("FILE-QUOTE", what, where, hint).at_line(line)
