"""CSV text (UTF-8 bytes) -> rows of text: fast with Polars, exact with Python's csv where a part needs it.

No decoding or sniffing here (formats.py does that), no types and no rules.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator

import numpy as np
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.rows import (
    LINE,
    Layout,
    RawRows,
    Rejects,
    blank,
    clean_name,
    column_names,
    drop_unnamed,
    is_header,
)

# Fields of more than 128 KiB are real (outlines as text): the fast path takes them, so must the exact one.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

PART = 16 * 2**20  # bytes read at a time: one ragged row sends only its own part down the slow path
_BATCH = 50_000
_QUOTED_LINES = 1_000  # a quoted field that goes on for more lines than this is not waited for


def read_csv(member: str, where: str, data: bytes, layout: Layout, encoding: str) -> RawRows:
    """`data` is UTF-8 without BOM."""
    return _Csv(where, data, layout).read(member, encoding)


def well_quoted(raw: bytes, delimiter: str) -> bool:
    """Does every quoted field fill its field? If not, it is undefined what Polars does."""
    text = np.frombuffer(raw, np.uint8)
    at = np.flatnonzero(text == ord('"'))
    if at.size % 2:
        return False
    edge = np.zeros(256, bool)
    edge[[ord(delimiter), ord("\n"), ord("\r")]] = True
    opens, closes = at[0::2], at[1::2]
    doubled = closes[:-1] + 1 == opens[1:]  # "" inside a quoted field
    good_open = (opens == 0) | edge[text[opens - 1]]
    good_close = (closes == text.size - 1) | edge[text[np.minimum(closes + 1, text.size - 1)]]
    good_open[1:] |= doubled
    good_close[:-1] |= doubled
    return bool(good_open.all() and good_close.all())


def _count(raw: bytes, character: str) -> int:
    """Like raw.count, which is five times slower on a byte that comes every few bytes."""
    return int(np.count_nonzero(np.frombuffer(raw, np.uint8) == ord(character)))


def _inside(frame: pl.DataFrame, character: str, expected: int) -> pl.Series:
    """How often the character stands in the fields of each row (quicker where none does, as expected)."""
    anywhere = pl.any_horizontal(pl.all().str.contains(character, literal=True).any())
    if not expected and not frame.select(anywhere).item():
        return pl.Series([0], dtype=pl.Int64)
    counts = [column.str.count_matches(character, literal=True).fill_null(0) for column in frame.iter_columns()]
    return sum(counts, start=pl.Series([0], dtype=pl.Int64).new_from_index(0, frame.height))


def _records(data: bytes, start: int, line: int, delimiter: str) -> Iterator[tuple[int, list[str] | str, list[str]]]:
    """(line, fields or what is wrong, the lines as they are) of each record, by the book (RFC 4180)."""
    source = io.BytesIO(data)  # shares the bytes
    source.seek(start)
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for text in io.TextIOWrapper(source, encoding="utf-8", newline=""):
            taken.append(text)
            yield text

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        try:
            fields: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fields = str(error)
        yield line, fields, taken
        line += len(taken)


class _Csv:
    def __init__(self, where: str, data: bytes, layout: Layout) -> None:
        self.where, self.data, self.delimiter = where, data, layout.delimiter
        self.skip_rows, self.extra = layout.skip_rows, layout.unnamed_extra_fields
        self.rejects = Rejects()
        self.blank_rows = 0
        self.frames: list[pl.DataFrame] = []
        self.position = 0
        self.line = 1

    def read(self, member: str, encoding: str) -> RawRows:
        self._header()
        while self.position < len(self.data):
            end = self._end_of_part()
            part = self._fast(end)
            if part is None:
                self._exact(end)
            else:
                self.frames.append(part)
        frame = pl.concat(self.frames, rechunk=False) if self.frames else self._empty()
        frame = drop_unnamed(frame.select(*self.names, LINE))
        return RawRows(frame, self.rejects.frame(), self.blank_rows, member, encoding)

    def _header(self) -> None:
        for _ in range(self.skip_rows):
            cut = self.data.find(b"\n", self.position)
            self.position = len(self.data) if cut < 0 else cut + 1
            self.line += 1
        for line, fields, taken in _records(self.data, self.position, self.line, self.delimiter):
            self.position += sum(len(text.encode()) for text in taken)
            self.line = line + len(taken)
            if isinstance(fields, str):
                raise self._open_quote(line, fields)
            if "".join(fields).strip():
                break
            self.blank_rows += 1
        else:
            fields = []
        self.names = column_names(fields, self.where)
        self.header = [clean_name(cell) for cell in fields]
        # Where the header is recognised when it comes again; the first cell may be without a name.
        self.key = next(index for index, text in enumerate(self.header) if text)
        self.first = fields[self.key]
        # How many fields the rows of this file have: the header's, or a constant number of unnamed ones more.
        self.width = len(self.names)
        for _, row, _ in _records(self.data, self.position, self.line, self.delimiter):
            if not isinstance(row, str) and "".join(row).strip():
                self.width = min(max(len(row), len(self.names)), len(self.names) + self.extra)
                break
        self.columns = [*self.names, *(f"_extra_{number}" for number in range(self.width - len(self.names)))]

    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={**dict.fromkeys(self.names, pl.String), LINE: pl.Int64})

    def _open_quote(self, line: int, problem: str) -> PermanentFailure:
        what = f"the quotes in the record that begins at line {line} are wrong ({problem})"
        hint = "the file was cut short or has a stray quote; have it written again, quotes doubled inside fields"
        return PermanentFailure("FILE-QUOTE", what, self.where, hint)

    def _end_of_part(self) -> int:
        """Where a part of about PART bytes ends: after a line end that is not inside quotes."""
        end = min(self.position + PART, len(self.data)) - 1
        quotes = self.data.count(b'"', self.position, end)
        for _ in range(_QUOTED_LINES):
            cut = self.data.find(b"\n", end)
            if cut < 0:
                break
            quotes += self.data.count(b'"', end, cut)
            end = cut + 1
            if quotes % 2 == 0:
                return end
        return len(self.data)

    def _fast(self, end: int) -> pl.DataFrame | None:
        """This part by Polars, or None if it is not certain that every row has exactly `width` fields.

        Polars 2.1 raises for a row with too many fields, but fills one with too few with empty values, and
        nothing in the result tells them from real empty fields. So the delimiters are counted: as no row has
        too many, their sum can only be right if no row has too few. Line ends are counted in the same way.
        """
        raw = self.data[self.position : end]
        quoted = b'"' in raw
        if (b"\r" in raw and _count(raw, "\r") != raw.count(b"\r\n")) or (
            quoted and not well_quoted(raw, self.delimiter)
        ):
            return None
        try:
            frame = pl.read_csv(
                raw,
                has_header=False,
                schema=dict.fromkeys(self.columns, pl.String),
                infer_schema=False,
                separator=self.delimiter,
                raise_if_empty=False,
            )
        except pl.exceptions.PolarsError:
            return None
        lines = _count(raw, "\n")
        # What is more than the rows account for must stand inside quotes, exactly.
        more_lines = lines + (0 if raw.endswith(b"\n") else 1) - frame.height
        more_delimiters = _count(raw, self.delimiter) - frame.height * (self.width - 1)
        if min(more_lines, more_delimiters) < 0 or (not quoted and more_lines + more_delimiters):
            return None
        number = pl.int_range(pl.len(), dtype=pl.Int64) + self.line
        if quoted:
            if _inside(frame, self.delimiter, more_delimiters).sum() != more_delimiters:
                return None
            moved = _inside(frame, "\n", more_lines)
            if moved.sum() != more_lines:
                return None
            if more_lines:  # a field that holds line ends moves every row after it
                number = number + moved.cum_sum().shift(1, fill_value=0)
            frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        plain = self._plain(frame.with_columns(number.alias(LINE)))
        if plain is not None:
            self.position = end
            self.line += lines
        return plain

    def _plain(self, frame: pl.DataFrame) -> pl.DataFrame | None:
        """Without blank rows; None when rows must be rejected (header again, values in unnamed fields)."""
        if any(not blank(frame[name]).all() for name in self.columns[len(self.names) :]):
            return None
        name = self.names[self.key]
        if frame[name].is_in([self.first, name, "\ufeff" + name]).any():
            return None
        suspects = frame.filter(blank(frame[self.names[0]]))
        if suspects.height:
            for name in self.names[1:]:
                suspects = suspects.filter(blank(suspects[name]))
            self.blank_rows += suspects.height
            if suspects.height:
                frame = frame.filter(~pl.col(LINE).is_in(suspects[LINE].implode()))
        return frame.select(*self.names, LINE)

    def _exact(self, end: int) -> None:
        """Record by record, until the first record that begins at `end` or behind it."""
        rows: list[list[str]] = []
        lines: list[int] = []
        least, most = len(self.names), len(self.names) + self.extra
        for line, fields, taken in _records(self.data, self.position, self.line, self.delimiter):
            if isinstance(fields, str):
                if fields == "unexpected end of data":
                    raise self._open_quote(line, fields)
                self.rejects.add(line, "ROW-QUOTE", f"the quotes in this row are wrong: {fields}", _text(taken))
            elif not "".join(fields).strip():
                self.blank_rows += 1
            elif self._header_again(fields):
                self.rejects.add(line, "ROW-HEADER", "the header again: two files were put into one", _text(taken))
            elif not least <= len(fields) <= most:
                expected = f"{least}" if least == most else f"{least} to {most}"
                reason = f"{len(fields)} fields instead of {expected}"
                self.rejects.add(line, "ROW-FIELDS", reason, _text(taken))
            elif "".join(fields[least:]).strip():
                reason = f"a value in a field that the header has no name for: {''.join(fields[least:])[:100]!r}"
                self.rejects.add(line, "ROW-EXTRA-FIELD", reason, _text(taken))
            else:
                rows.append(fields[:least])
                lines.append(line)
            self.position += sum(map(len, map(str.encode, taken)))
            self.line = line + len(taken)
            if len(rows) >= _BATCH:
                self._batch(rows, lines)
                rows, lines = [], []
            if self.position >= end:
                break
        self._batch(rows, lines)

    def _header_again(self, fields: list[str]) -> bool:
        likely = len(fields) > self.key and (fields[self.key] == self.first or self.names[self.key] in fields[self.key])
        return likely and is_header(fields, self.header)

    def _batch(self, rows: list[list[str]], lines: list[int]) -> None:
        if rows:
            values = zip(self.names, zip(*rows, strict=True), strict=True)
            columns = {name: pl.Series(column, dtype=pl.String) for name, column in values}
            frame = pl.DataFrame({**columns, LINE: pl.Series(lines, dtype=pl.Int64)})
            self.frames.append(frame.with_columns(pl.when(pl.col(self.names) != "").then(pl.col(self.names))))


def _text(taken: list[str]) -> str:
    return "".join(taken).rstrip("\r\n")
