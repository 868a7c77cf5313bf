"""CSV text (UTF-8 bytes) -> rows of text: fast with Polars, exact with Python's csv where a part needs it.

No decoding or sniffing here, no types and no rules.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl

from assets.failures import PermanentFailure
from assets.readers.csv_lines import (
    count,
    inside,
    line_starts,
    odd_lines,
    plain_numbers,
    records,
    refuse_other_separator,
    well_quoted,
    without,
    wrong_number,
)
from assets.readers.rows import LINE, RawRows, Rejects, blank, clean_name, column_names, drop_unnamed, is_header
from quality.contract.layout import Layout

PART = 16 * 2**20  # bytes read at a time: one ragged row sends only its own part down the slow path
_BATCH = 50_000
_ODD_SHARE = 0.02  # with more odd lines than this a part is read record by record
_EXACT = 2**53 - 1  # larger whole numbers may not be what was written
_QUOTED_LINES = 1_000  # a quoted field that goes on for more lines than this is not waited for


def read_csv(
    member: str, where: str, data: bytes, layout: Layout, encoding: str, numbers: Collection[str] = ()
) -> RawRows:
    """`data` is UTF-8 without BOM. Rows in which each of the columns `numbers` is plainly a number come in `plain`."""
    return _Csv(where, data, layout, numbers).read(member, encoding)


class _Csv:
    def __init__(self, where: str, data: bytes, layout: Layout, numbers: Collection[str] = ()) -> None:
        self.where, self.data, self.delimiter = where, data, layout.delimiter
        self.wanted, self.plain = numbers, list[pl.DataFrame]()
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
            if not self._numbers(end) and not self._fast(end):
                self._exact(end)
        empty = pl.DataFrame(schema={**dict.fromkeys(self.names, pl.String), LINE: pl.Int64})
        frame = pl.concat(self.frames, rechunk=False) if self.frames else empty
        frame = drop_unnamed(frame.select(*self.names, LINE))
        if not frame[LINE].is_sorted():  # rows that were set aside and are whole after all
            frame = frame.sort(LINE)
        plain = pl.concat(self.plain, rechunk=False) if self.plain else None
        return RawRows(frame, self.rejects.frame(), self.blank_rows, member, encoding, plain)

    def _header(self) -> None:
        for _ in range(self.skip_rows):
            cut = self.data.find(b"\n", self.position)
            self.position = len(self.data) if cut < 0 else cut + 1
            self.line += 1
        for line, fields, taken in records(self.data, self.position, self.line, self.delimiter):
            self.position += sum(len(text.encode()) for text in taken)
            self.line = line + len(taken)
            if isinstance(fields, str):
                raise self._open_quote(line, fields)
            if "".join(fields).strip():
                break
            self.blank_rows += 1
        else:
            fields = []
        refuse_other_separator(fields, self.delimiter, self.where)
        self.names = column_names(fields, self.where)
        self.header = [clean_name(cell) for cell in fields]
        # Where the header is recognised when it comes again; the first cell may be without a name.
        self.key = next(index for index, text in enumerate(self.header) if text)
        self.first = fields[self.key]
        # How many fields the rows of this file have: the header's, or a constant number of unnamed ones more.
        self.width = len(self.names)
        for _, row, _ in records(self.data, self.position, self.line, self.delimiter):
            if not isinstance(row, str) and "".join(row).strip():
                self.width = min(max(len(row), len(self.names)), len(self.names) + self.extra)
                break
        self.columns = [*self.names, *(f"_extra_{number}" for number in range(self.width - len(self.names)))]

    def _open_quote(self, line: int, problem: str) -> PermanentFailure:
        what = f"the quotes in the record that begins at line {line} are wrong ({problem})"
        hint = "the file was cut short or has a stray quote; have it written again, quotes doubled inside fields"
        return PermanentFailure("FILE-QUOTE", what, self.where, hint).at_line(line)

    def _end_of_part(self) -> int:
        """Where a part of about PART bytes ends: after a line end that is not inside quotes."""
        end = min(self.position + PART, len(self.data)) - 1
        any_quote = self.data.find(b'"', self.position, end) >= 0  # finding none is four times faster than counting
        quotes = self.data.count(b'"', self.position, end) if any_quote else 0
        for _ in range(_QUOTED_LINES):
            cut = self.data.find(b"\n", end)
            if cut < 0:
                break
            quotes += self.data.count(b'"', end, cut)
            end = cut + 1
            if quotes % 2 == 0:
                return end
        return len(self.data)

    def _numbers(self, end: int) -> bool:
        """This part with its numbers read as numbers, which takes half the time of reading them as text first.

        A row counts only if each of its numbers is one and its last field is there: then it can be neither short nor
        a header nor blank, and a part with a row too long is refused by Polars. All other rows are read one by one;
        where they are many, as empty fields are where an instrument is not fitted, the part is read as text.
        """
        numbers = [name for name in self.names if name in self.wanted]
        raw = self.data[self.position : end]
        if not numbers or len(self.columns) > len(self.names) or not plain_numbers(raw):
            return False
        frame = self._polars(raw, numbers)
        starts = line_starts(raw)
        if frame is None or frame.height != starts.size:
            return False
        exact = pl.col(numbers).is_between(-_EXACT, _EXACT).fill_null(value=False)  # neither NaN nor infinite
        whole = [exact, pl.col(self.names[-1]).is_not_null()]
        sure = frame.select(pl.all_horizontal(whole)).to_series()
        odd = np.flatnonzero(~sure.to_numpy())
        if odd.size > _ODD_SHARE * starts.size:
            return False
        frame = frame.with_columns(pl.int_range(self.line, self.line + starts.size, eager=True).alias(LINE))
        self.plain.append(frame.filter(sure) if odd.size else frame)
        self._aside(raw, starts, odd)
        self.position, self.line = end, self.line + starts.size
        return True

    def _fast(self, end: int) -> bool:
        """This part by Polars, or False if it is not certain that every row has exactly `width` fields.

        Polars 2.1 raises for a row with too many fields, but fills one with too few with empty values, and
        nothing in the result tells them from real empty fields. So the delimiters are counted, line by line; lines
        with too few or too many are set aside. Where there are quotes, a line is not a row, and only the sums are
        compared: as no row has too many, their sum can only be right if no row has too few.
        """
        raw = self.data[self.position : end]
        if b"\r" in raw and count(raw, "\r") != raw.count(b"\r\n"):
            return False
        if b'"' in raw:
            return self._quoted(raw, end)
        starts = line_starts(raw)
        odd = odd_lines(raw, starts, self.delimiter, self.width)
        if odd.size > _ODD_SHARE * starts.size:
            return False
        number = np.delete(np.arange(starts.size), odd) + self.line
        frame = self._polars(without(raw, starts, odd) if odd.size else raw)
        if frame is None or frame.height != number.size:
            return False
        plain = self._plain(frame.with_columns(pl.Series(LINE, number, dtype=pl.Int64)))
        if plain is None:
            return False
        self.frames.append(plain)
        self._aside(raw, starts, odd)
        self.position, self.line = end, self.line + starts.size
        return True

    def _aside(self, raw: bytes, starts: Any, odd: Any) -> None:
        """The lines that were set aside, one by one. No field of theirs has quotes."""
        ends = np.append(starts[1:], len(raw))
        rows, lines = list[list[str]](), list[int]()
        for at in odd.tolist():
            for line, fields, taken in records(raw[starts[at] : ends[at]], 0, self.line + at, self.delimiter):
                self._take(line, fields, taken, rows, lines)
        self._batch(rows, lines)

    def _quoted(self, raw: bytes, end: int) -> bool:
        if not well_quoted(raw, self.delimiter):
            return False
        frame = self._polars(raw)
        if frame is None:
            return False
        lines = count(raw, "\n")
        # What is more than the rows account for must stand inside quotes, exactly.
        more_lines = lines + (0 if raw.endswith(b"\n") else 1) - frame.height
        more_delimiters = count(raw, self.delimiter) - frame.height * (self.width - 1)
        if min(more_lines, more_delimiters) < 0:
            return False
        if inside(frame, self.delimiter, more_delimiters).sum() != more_delimiters:
            return False
        moved = inside(frame, "\n", more_lines)
        if moved.sum() != more_lines:
            return False
        number = pl.int_range(pl.len(), dtype=pl.Int64) + self.line
        if more_lines:  # a field that holds line ends moves every row after it
            number = number + moved.cum_sum().shift(1, fill_value=0)
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        plain = self._plain(frame.with_columns(number.alias(LINE)))
        if plain is None:
            return False
        self.frames.append(plain)
        self.position, self.line = end, self.line + lines
        return True

    def _polars(self, raw: bytes, numbers: Collection[str] = ()) -> pl.DataFrame | None:
        try:
            return pl.read_csv(
                raw,
                has_header=False,
                schema={name: pl.Float64 if name in numbers else pl.String for name in self.columns},
                infer_schema=False,
                ignore_errors=bool(numbers),  # what is no number becomes null
                separator=self.delimiter,
                raise_if_empty=False,
            )
        except pl.exceptions.PolarsError:
            return None

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
        rows, lines = list[list[str]](), list[int]()
        for line, fields, taken in records(self.data, self.position, self.line, self.delimiter):
            self._take(line, fields, taken, rows, lines)
            self.position += sum(map(len, map(str.encode, taken)))
            self.line = line + len(taken)
            if len(rows) >= _BATCH:
                self._batch(rows, lines)
                rows, lines = [], []
            if self.position >= end:
                break
        self._batch(rows, lines)

    def _take(
        self, line: int, fields: list[str] | str, taken: list[str], rows: list[list[str]], lines: list[int]
    ) -> None:
        """One record: a row, a blank, or a reject."""
        least, most = len(self.names), len(self.names) + self.extra
        if isinstance(fields, str):
            if fields == "unexpected end of data":
                raise self._open_quote(line, fields)
            self.rejects.add(line, "ROW-QUOTE", f"the quotes in this row are wrong: {fields}", _text(taken))
        elif not "".join(fields).strip():
            self.blank_rows += 1
        elif self._header_again(fields):
            self.rejects.add(line, "ROW-HEADER", "the header again: two files were put into one", _text(taken))
        elif not least <= len(fields) <= most:
            self.rejects.add(line, "ROW-FIELDS", wrong_number(len(fields), least, most, taken), _text(taken))
        elif "".join(fields[least:]).strip():
            reason = f"a value in a field that the header has no name for: {''.join(fields[least:])[:100]!r}"
            self.rejects.add(line, "ROW-EXTRA-FIELD", reason, _text(taken))
        else:
            rows.append(fields[:least])
            lines.append(line)

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
