"""CSV text (UTF-8 bytes) -> rows of text: fast with Polars, exact with Python's csv where a part needs it.

No decoding or sniffing here, no types and no rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl

from assets.readers.csv_header import open_quote, read_header
from assets.readers.csv_lines import (
    Dialect,
    count,
    inside,
    line_starts,
    odd_lines,
    plain_numbers,
    records,
    well_quoted,
    without,
    wrong_number,
)
from assets.readers.csv_text import TableText
from assets.readers.header import other_layout
from assets.readers.rows import LINE, RawRows, Rejects, blank, drop_unnamed
from quality.contract.layout import Layout

PART = 16 * 2**20  # bytes read at a time: one ragged row sends only its own part down the slow path
AT_ONCE = 16 * PART  # bytes of plain numbers, which are read without a copy of their text and of their rows
_BATCH = 50_000
_ODD_SHARE = 0.02  # with more odd lines than this a part is read record by record
_EXACT = 2**53 - 1  # larger whole numbers may not be what was written
_QUOTED_LINES = 1_000  # a quoted field that goes on for more lines than this is not waited for


def read_csv(member: str, text: TableText, layout: Layout, where: str, numbers: Collection[str] = ()) -> RawRows:
    """The rows of a table of text. Those in which each of the columns `numbers` is plainly a number come in `plain`."""
    return _Csv(where, text, layout, numbers).read(member)


class _Csv:
    def __init__(self, where: str, text: TableText, layout: Layout, numbers: Collection[str] = ()) -> None:
        self.where, self.data, self.layout = where, text.data, layout
        self.dialect = Dialect(text.delimiter, text.quote, layout.escape)
        self.delimiter, self.quote = text.delimiter, None if text.quote is None else text.quote.encode()
        self.wanted, self.plain = numbers, list[pl.DataFrame]()
        self.rejects = Rejects()
        self.frames: list[pl.DataFrame] = []
        header = read_header(text, layout, self.dialect, where)
        self.names, self.headers, self.width = header.names, header.rows, header.width
        self.columns = [*self.names, *(f"_extra_{number}" for number in range(self.width - len(self.names)))]
        self.position, self.line = header.position, header.line
        self.blank_rows = header.blank_rows - text.comments
        self.left_out = Counter(
            comment_prefix=text.comments, footer=text.footer, units_row=int(header.units is not None)
        )
        self.units = header.units or ()
        self.surplus = 0

    def read(self, member: str) -> RawRows:
        most = AT_ONCE if self.wanted else PART
        while self.position < len(self.data):
            end = self._end_of_part(most)
            if self._numbers(end):
                continue
            if most > PART and end - self.position > PART:
                most = PART
            elif self.dialect.escape or not self._fast(end):  # Polars knows no escapes
                self._exact(end)
        empty = pl.DataFrame(schema={**dict.fromkeys(self.names, pl.String), LINE: pl.Int64})
        frame = pl.concat(self.frames, rechunk=False) if self.frames else empty
        frame = drop_unnamed(frame.select(*self.names, LINE))
        if not frame[LINE].is_sorted():  # rows that were set aside and are whole after all
            frame = frame.sort(LINE)
        if self.layout.names and frame.is_empty() and not self.plain and self.rejects.rows:
            first = self.rejects.rows[0]
            what = f"no row has the {len(self.names)} fields that `names` says; line {first[0]}: {first[2]}"
            raise other_layout(what, self.where)
        plain = pl.concat(self.plain, rechunk=False) if self.plain else None
        guesses = ()
        if self.surplus:
            what = f"{self.surplus:,} rows have more fields than names: what is too much belongs to"
            guesses = (f"{what} {self.layout.unquoted!r} (`unquoted`)",)
        left_out = tuple((key, rows) for key, rows in self.left_out.items() if rows)
        return RawRows(
            frame,
            self.rejects.frame(),
            self.blank_rows,
            member,
            None,
            plain,
            guesses=guesses,
            left_out=left_out,
            units=self.units,
        )

    def _end_of_part(self, most: int) -> int:
        """Where a part of about `most` bytes ends: after a line end that is not inside quotes."""
        end = min(self.position + most, len(self.data)) - 1
        quote = self.quote or b"\0"  # a sign that no text has
        any_quote = self.data.find(quote, self.position, end) >= 0  # finding none is four times faster than counting
        quotes = self.data.count(quote, self.position, end) if any_quote else 0
        for _ in range(_QUOTED_LINES):
            cut = self.data.find(b"\n", end)
            if cut < 0:
                break
            quotes += self.data.count(quote, end, cut)
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
        fit = numbers and not self.dialect.escape and len(self.columns) == len(self.names)
        if not fit or not plain_numbers(self.data, self.position, end, self.dialect.quote):
            return False
        whole = end == len(self.data)  # needs no copy
        raw = self.data if whole else self.data[self.position : end]
        frame = self._polars(raw, numbers, self.data.count(b"\n", 0, self.position) if whole else 0)
        starts = line_starts(self.data, self.position, end)
        if frame is None or frame.height != starts.size:
            return False
        exact = pl.col(numbers).is_between(-_EXACT, _EXACT).fill_null(value=False)  # neither NaN nor infinite
        sure = frame.select(pl.all_horizontal(exact, pl.col(self.names[-1]).is_not_null())).to_series()
        odd = np.flatnonzero(~sure.to_numpy())
        if odd.size > _ODD_SHARE * starts.size:
            return False
        # in one piece, or all columns are copied by each step beside one in another number of pieces
        self.plain.append((frame.filter(sure) if odd.size else frame).rechunk())
        self._aside(self.data, np.append(starts, end), odd)
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
        if self.quote is not None and self.quote in raw:
            return self._quoted(raw, end)
        starts = line_starts(raw, 0, len(raw))
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
        self._aside(raw, np.append(starts, len(raw)), odd)
        self.position, self.line = end, self.line + starts.size
        return True

    def _aside(self, text: bytes, edges: Any, odd: Any) -> None:
        """The lines that were set aside, one by one. No field of theirs has quotes: each is a record."""
        rows, lines = list[list[str]](), list[int]()
        aside = b"".join(text[edges[at] : edges[at + 1]] for at in odd)
        for at, (_, fields, taken) in zip(odd.tolist(), records(aside, 0, 0, self.dialect), strict=True):
            self._take(self.line + at, fields, taken, rows, lines)
        self._batch(rows, lines)

    def _quoted(self, raw: bytes, end: int) -> bool:
        if not well_quoted(raw, self.dialect):
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

    def _polars(self, raw: bytes, numbers: Collection[str] = (), skipped: int = 0) -> pl.DataFrame | None:
        """The rows after `skipped` lines, with their line where numbers are read."""
        try:
            frame = pl.read_csv(
                raw,
                has_header=False,
                skip_lines=skipped,
                schema={name: pl.Float64 if name in numbers else pl.String for name in self.columns},
                infer_schema=False,
                ignore_errors=bool(numbers),  # what is no number becomes null
                separator=self.delimiter,
                quote_char=self.dialect.quote,
                row_index_name=LINE if numbers else None,
                row_index_offset=self.line,
                raise_if_empty=False,
            )
        except pl.exceptions.PolarsError:
            return None
        return frame.select(*self.columns, pl.col(LINE).cast(pl.Int64)) if numbers else frame

    def _plain(self, frame: pl.DataFrame) -> pl.DataFrame | None:
        """Without blank rows; None when rows must be rejected (header again, values in unnamed fields)."""
        if any(not blank(frame[name]).all() for name in self.columns[len(self.names) :]):
            return None
        if any(frame[self.names[row.key]].is_in(row.texts()).any() for row in self.headers):
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
        for line, fields, taken in records(self.data, self.position, self.line, self.dialect):
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
        least, most = len(self.names), len(self.names) + self.layout.unnamed_extra_fields
        if isinstance(fields, str):
            if fields == "unexpected end of data":
                raise open_quote(line, fields, self.where)
            self.rejects.add(line, "ROW-QUOTE", f"the quotes in this row are wrong: {fields}", _text(taken))
        elif not "".join(fields).strip():
            self.blank_rows += 1
        elif any(row.again(fields) for row in self.headers):
            if self.layout.headers_repeat:
                self.left_out["headers_repeat"] += 1
                return
            self.rejects.add(line, "ROW-HEADER", "the header again: two files were put into one", _text(taken))
        elif self.layout.unquoted in self.names and len(fields) > least:
            at, more = self.names.index(self.layout.unquoted), len(fields) - least + 1
            whole = self.delimiter.join(fields[at : at + more])
            rows.append([*fields[:at], whole, *fields[at + more :]])
            lines.append(line)
            self.surplus += 1
        elif not least <= len(fields) <= most:
            self.rejects.add(line, "ROW-FIELDS", wrong_number(len(fields), least, most, taken), _text(taken))
        elif "".join(fields[least:]).strip():
            reason = f"a value in a field that the header has no name for: {''.join(fields[least:])[:100]!r}"
            self.rejects.add(line, "ROW-EXTRA-FIELD", reason, _text(taken))
        else:
            rows.append(fields[:least])
            lines.append(line)

    def _batch(self, rows: list[list[str]], lines: list[int]) -> None:
        if rows:
            values = zip(self.names, zip(*rows, strict=True), strict=True)
            columns = {name: pl.Series(column, dtype=pl.String) for name, column in values}
            frame = pl.DataFrame({**columns, LINE: pl.Series(lines, dtype=pl.Int64)})
            self.frames.append(frame.with_columns(pl.when(pl.col(self.names) != "").then(pl.col(self.names))))


def _text(taken: list[str]) -> str:
    return "".join(taken).rstrip("\r\n")
