"""RowsRead with the project's own readers, as a layout says; what they leave out tells what the layout still lacks."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from assets.failures import FeedFailure, PermanentFailure
from assets.propose.looks_like import is_figure
from assets.readers.read import read_members
from assets.readers.rows import LINE, RawRows
from quality.contract.layout import Layout

# What no other layout would mend: the file is no table, or is damaged.
FINAL = frozenset(
    (
        "FILE-TOO-LARGE",
        "FILE-BINARY",
        "FILE-HTML",
        "FILE-EMPTY",
        "FILE-ENCRYPTED",
        "FILE-BOMB",
        "FILE-UNSUPPORTED",
        "FILE-MEMBER-PATH",
    )
)
MOST_COLUMNS = 2_000  # each costs a hundredth of a second, and a feed's file is for people
_STEPS = 4  # things that one file may lack
_FEW = 0.02  # share of rows that cannot be read, from which on the layout does not fit


@dataclass(frozen=True)
class RowsRead:
    """Rows, and the layout under which they came."""

    keys: Mapping[str, Any]
    raw: RawRows

    @property
    def lost(self) -> float:
        """The share of rows that cannot be read, 0 to 1; 1 where there is no row at all."""
        rows, lost = self.raw.frame.height, self.raw.rejects.height
        return lost / (rows + lost) if rows else 1.0

    @property
    def only_names(self) -> bool:
        """Whether there is a header, and not one row, not even one that cannot be read."""
        return self.raw.frame.is_empty() and self.raw.rejects.is_empty() and self.raw.frame.width > 2

    @property
    def fits(self) -> bool:
        """Whether the layout may be proposed."""
        return self.lost <= _FEW


def read_with(name: str, content: bytes, keys: Mapping[str, Any], languages: Sequence[str]) -> RowsRead | FeedFailure:
    """The rows of the first member or sheet that is meant, or why there are none.

    Raises PermanentFailure for what no layout would mend.
    """
    try:
        layout = Layout(**keys).spoken(languages)
    except ValidationError as error:
        return PermanentFailure("FILE-LAYOUT", str(error.errors()[0]["msg"]), name, "write the layout by hand")
    try:
        (raw, *_) = read_members(name, content, layout)
    except FeedFailure as failure:
        if failure.code in FINAL:
            raise
        return failure
    require_width(name, raw.frame.width)
    return RowsRead(keys, raw)


def require_width(name: str, columns: int) -> None:
    """Raises PermanentFailure for more columns than anybody would describe."""
    if columns > MOST_COLUMNS:
        what = f"it has {columns:,} columns, more than the {MOST_COLUMNS:,} that are looked at"
        raise PermanentFailure("FILE-TOO-LARGE", what, name, "give a file with the columns that are needed")


def mended(name: str, content: bytes, keys: Mapping[str, Any], languages: Sequence[str]) -> RowsRead | FeedFailure:
    """The same, with further keys in the layout where the rows that cannot be read say which."""
    best = read_with(name, content, keys, languages)
    for _ in range(_STEPS):
        if isinstance(best, FeedFailure):
            return best
        more = _lacks(best)
        if not more or more.items() <= best.keys.items():
            return best
        other = read_with(name, content, {**best.keys, **more}, languages)
        if isinstance(other, FeedFailure) or other.lost >= best.lost:
            return best
        best = other
    return best


def _lacks(reading: RowsRead) -> dict[str, Any]:
    """What the layout lacks, by the first kind of row that cannot be read."""
    if reading.raw.rejects.is_empty() or reading.raw.separator is None:
        return {}
    raw, keys = reading.raw, reading.keys
    codes = set(raw.rejects["code"])
    if "ROW-HEADER" in codes:
        return {"headers_repeat": True}
    texts = raw.rejects.filter(raw.rejects["code"] == "ROW-FIELDS")["text"].to_list()[:2_000]
    named = max(_told(raw), 0)
    rows = [_fields(text, keys) for text in texts]
    if not rows or not named:
        return {}
    last = raw.frame[LINE].max() if raw.frame.height else 0
    if all(len(row) > named and not "".join(row[named:]).strip() for row in rows):
        return {"unnamed_extra_fields": max(map(len, rows)) - named}
    longer = [row for row in rows if len(row) > named]
    if len(longer) > 0.5 * len(rows) and "unquoted" not in keys:
        column = _spills(raw, longer, named)
        return {} if column is None else {"unquoted": column}
    lines = raw.rejects["line"].to_list()
    if "footer" not in keys and raw.frame.height and all(line > last for line in lines):
        return {"footer": len(lines)}
    return {}


def _told(raw: RawRows) -> int:
    """How many fields were expected."""
    said = re.search(r"fields instead of (\d+)", " ".join(raw.rejects["reason"].head(50)))
    return int(said[1]) if said else 0


def _fields(text: str, keys: Mapping[str, Any]) -> list[str]:
    delimiter, quote = keys.get("delimiter", ","), keys.get("quote", '"')
    if delimiter == "whitespace":
        return text.split("\t")
    quoting = csv.QUOTE_NONE if quote == "none" else csv.QUOTE_MINIMAL
    return next(csv.reader([text], delimiter=delimiter, quotechar='"' if quote == "none" else quote, quoting=quoting))


def _spills(raw: RawRows, rows: Sequence[Sequence[str]], named: int) -> str | None:
    """The column whose texts hold the delimiter: put together there, figures stand again in columns of figures."""
    columns = [name for name in raw.frame.columns if name != LINE]
    if len(columns) != named:
        return None
    sample = raw.frame.head(200)
    figures = [all(map(is_figure, sample[name].drop_nulls())) for name in columns]

    def fits(at: int) -> int:
        whole = [
            [*row[:at], ",".join(row[at : at + len(row) - named + 1]), *row[at + len(row) - named + 1 :]]
            for row in rows
        ]
        return sum(
            all(not of_figures or not cell or is_figure(cell) for cell, of_figures in zip(row, figures, strict=True))
            for row in whole
        )

    texts = [at for at, of_figures in enumerate(figures) if not of_figures]
    lengths = {at: sum(len(row[at]) for row in rows) for at in texts}
    best = max(texts, key=lambda at: (fits(at), lengths[at]), default=None)
    return columns[best] if best is not None and fits(best) >= 0.9 * len(rows) else None
