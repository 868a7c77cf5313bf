"""What the bytes of CSV text show: lines, records, quotes, where delimiters stand."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from assets.failures import PermanentFailure

_ZEROS = b"0" * 290  # 0.000...1
_TOO_SMALL = re.compile(rb"[eE]-0*[1-9][0-9]{2}")
_BLOCK = 2**18  # bytes looked at at a time: what is found of them stays in the memory of the processor


@dataclass(frozen=True)
class Dialect:
    """How a line has fields. `quote` None: no sign is one; `escape`: stands before one that belongs to the field."""

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None


def well_quoted(raw: bytes, dialect: Dialect) -> bool:
    """Does every quoted field fill its field? If not, it is undefined what Polars does."""
    text = np.frombuffer(raw, np.uint8)
    at = np.flatnonzero(text == ord(dialect.quote or '"'))
    if at.size % 2:
        return False
    edge = np.zeros(256, bool)
    edge[[ord(dialect.delimiter), ord("\n"), ord("\r")]] = True
    opens, closes = at[0::2], at[1::2]
    doubled = closes[:-1] + 1 == opens[1:]  # "" inside a quoted field
    good_open = (opens == 0) | edge[text[opens - 1]]
    good_close = (closes == text.size - 1) | edge[text[np.minimum(closes + 1, text.size - 1)]]
    good_open[1:] |= doubled
    good_close[:-1] |= doubled
    return bool(good_open.all() and good_close.all())


def plain_numbers(data: bytes, start: int, end: int, quote: str | None) -> bool:
    """Whether numbers between these bytes may be read as such at once: no quotes, lines end in \\n, and no number may
    be too small for a Float64, as 1e-400, which would be read as zero."""

    def there(text: bytes) -> bool:
        return data.find(text, start, end) >= 0

    if (quote is not None and there(quote.encode())) or there(b"\r") or there(_ZEROS):
        return False
    # one byte is looked for forty times faster than two, and these four hundred times faster than a pattern
    exponents = (there(b"e") and there(b"e-")) or (there(b"E") and there(b"E-"))
    return not exponents or _TOO_SMALL.search(data, start, end) is None


def count(raw: bytes, character: str) -> int:
    """Like raw.count, which is five times slower on a byte that comes every few bytes."""
    return int(np.count_nonzero(np.frombuffer(raw, np.uint8) == ord(character)))


def line_starts(data: bytes, start: int, end: int) -> Any:
    """The position of the first byte of each line between these bytes."""
    text = np.frombuffer(data, np.uint8)
    blocks = (slice(at, min(at + _BLOCK, end)) for at in range(start, end, _BLOCK))
    edges = [np.flatnonzero(text[block] == ord("\n")) + (block.start + 1) for block in blocks]
    starts = np.concatenate([np.array([start]), *edges])
    return starts[:-1] if starts[-1] == end else starts


def odd_lines(raw: bytes, starts: Any, delimiter: str, width: int) -> Any:
    """The positions of the lines that do not have `width` fields."""
    text = np.frombuffer(raw, np.uint8)
    before = np.searchsorted(np.flatnonzero(text == ord(delimiter)), np.append(starts, text.size))
    return np.flatnonzero(np.diff(before) != width - 1)


def without(raw: bytes, starts: Any, lines: Any) -> bytes:
    """The text without these lines (positions in `starts`)."""
    ends = np.append(starts[1:], len(raw))
    edges = [0, *(edge for at in lines for edge in (int(starts[at]), int(ends[at]))), len(raw)]
    return b"".join(raw[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))


def inside(frame: pl.DataFrame, character: str, expected: int) -> pl.Series:
    """How often the character stands in the fields of each row (quicker where none does, as expected)."""
    anywhere = pl.any_horizontal(pl.all().str.contains(character, literal=True).any())
    if not expected and not frame.select(anywhere).item():
        return pl.Series([0], dtype=pl.Int64)
    counts = [column.str.count_matches(character, literal=True).fill_null(0) for column in frame.iter_columns()]
    return sum(counts, start=pl.Series([0], dtype=pl.Int64).new_from_index(0, frame.height))


def records(data: bytes, start: int, line: int, dialect: Dialect) -> Iterator[tuple[int, list[str] | str, list[str]]]:
    """(line, fields or what is wrong, the lines as they are) of each record, by the book (RFC 4180)."""
    source = io.BytesIO(data)  # shares the bytes
    source.seek(start)
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for text in io.TextIOWrapper(source, encoding="utf-8", newline=""):
            taken.append(text)
            yield text

    reader = csv.reader(
        lines(),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        strict=True,
    )
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


def wrong_number(fields: int, least: int, most: int, taken: list[str]) -> str:
    """Why a row with that many fields is none; the last line of a file that was cut has neither all nor a line end."""
    cut = fields < least and not taken[-1].endswith(("\n", "\r"))
    expected = f"{least}" if least == most else f"{least} to {most}"
    return f"{fields} fields instead of {expected}" + "; it has no line end: the file may be cut" * cut


def refuse_other_separator(header: list[str], delimiter: str, where: str) -> None:
    """Another separator is not guessed: with it the commas inside the fields would get another meaning.

    Raises PermanentFailure (FILE-SEPARATOR) that says what to declare.
    """
    named = [name for name in header if name.strip()]
    if len(named) != 1:
        return
    if named[0].strip().strip('"').lower().startswith("sep="):
        what = f"its first line is Excel's mark {named[0].strip()!r}, not the header"
        raise PermanentFailure("FILE-SEPARATOR", what, where, "write `skip_rows: 1` in the layout")
    other = next((sign for sign in ";,\t|" if sign != delimiter and sign in named[0]), None)
    if other is not None:
        what = f"its header has {other!r} between the names, the contract says {delimiter!r}"
        hint = f"write `delimiter: {other!r}` in the layout, or have it saved with {delimiter!r}"
        raise PermanentFailure("FILE-SEPARATOR", what, where, hint)
