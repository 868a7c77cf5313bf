"""What separates and quotes the fields of a text: the ways in which it could be read, the likeliest first."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets.failures import FeedFailure
from assets.propose.looks_like import is_figure
from assets.readers.csv_lines import Dialect, records
from assets.readers.csv_text import table_text
from quality.contract.layout import Layout

_SIGNS = (",", ";", "\t", "|", "^")
_HEAD = 300_000  # characters that are looked at
_ROWS = 1_000
_BROKEN = "(not a record)"
_LONGEST = 30  # lines of one record; a quote that is open for longer is none
_MOST = 4  # ways that are worth to be tried


@dataclass(frozen=True)
class Way:
    """One way to read the lines of a text."""

    keys: Mapping[str, Any]  # of the layout
    rows: Sequence[Sequence[str]]  # the first records; one that is none has one field
    lines: Sequence[int]  # at which line each of them begins, from 1
    score: float  # the share of rows that fit, 0 to 1, less where something speaks against it


def ways(text: str, comment: str | None = None) -> list[Way]:
    """The ways in which the first rows have fields, the likeliest first; none where no line has two."""
    head = text[:_HEAD]
    head = head[: head.rfind("\n") + 1] if len(text) > _HEAD and "\n" in head else head
    common = {} if comment is None else {"comment_prefix": comment}
    found = [_way(head, {**keys, **common}) for keys in _combinations(head)]
    found = [way for way in found if way is not None and way.score > 0]
    return sorted(found, key=lambda way: -way.score)[:_MOST]


def _combinations(head: str) -> Iterator[dict[str, Any]]:
    signs = [sign for sign in _SIGNS if sign in head]
    spaced = re.search(r"(?m)^.*\S[ \t]+\S", head) is not None
    quotes: list[dict[str, Any]] = [{}]
    if '"' in head:
        quotes += [{"loose_quotes": True}, {"quote": "none"}]
        quotes += [{"escape": "\\"}] if '\\"' in head else []
    if re.search(r"(?m)(^|[,;\t|])\s*'[^'\n]*'\s*([,;\t|]|$)", head):
        quotes += [{"quote": "'"}, {"quote": "'", "loose_quotes": True}]
    for sign, quote in itertools.product([*signs, *(["whitespace"] if spaced else [])], quotes):
        yield ({} if sign == "," else {"delimiter": sign}) | quote


def _way(head: str, keys: dict[str, Any]) -> Way | None:
    layout = Layout(**keys)
    try:
        table = table_text(head.encode(), layout, "")
    except FeedFailure:
        return None
    rows, lines, swallowed = list[list[str]](), list[int](), 0
    dialect = Dialect(table.delimiter, table.quote, layout.escape)
    for line, fields, taken in itertools.islice(records(table.data, table.position, table.line, dialect), _ROWS):
        rows.append([_BROKEN] if isinstance(fields, str) else fields)
        lines.append(line)
        swallowed += len(taken) if len(taken) > _LONGEST else 0
    share = swallowed / (swallowed + len(rows)) if rows else 1.0
    return Way(keys, rows, lines, _score(rows, keys) * (1 - share))


def _score(rows: Sequence[Sequence[str]], keys: Mapping[str, Any]) -> float:
    """How well the rows fit: they have one number of fields, the names have it, too, and no value is cut."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    widths = Counter(len(row) for row in filled)
    if not widths:
        return 0.0
    width = max(widths, key=lambda one: (widths[one] * (one > 1), one))
    if width < 2:
        return 0.0
    unused = width > 2 and all(not row[-1].strip() for row in filled if len(row) == width)
    share = (widths[width] + (widths[width - 1] if unused else 0)) / len(filled)
    fits = [at for at, row in enumerate(filled) if len(row) in (width, width - unused)]
    named = next((row for row in filled if len(row) > 1 and not all(map(is_figure, filter(None, row)))), [])
    score = share * (1 - 1 / (width + 2))
    score -= 0.3 if named and len(named) not in (width, width - unused) and fits[0] > 0 else 0
    score -= 0.2 * _stray(filled[:200])
    if keys.get("delimiter") == "\t" and len(filled[0]) == 1 and len(filled[0][0].split()) == width:
        score -= 0.3  # its names are parted by spaces: what parts the rows is any white space
    score -= 0.02 * len(keys)  # of two that fit alike the plain one
    return score - (0.15 if keys.get("delimiter") == "whitespace" else 0)


def _stray(rows: Sequence[Sequence[str]]) -> float:
    """The share of rows with a field that still has quotes around it."""
    odd = [
        any(len(text) > 1 and text[0] in "\"'" and text[0] == text[-1] for text in map(str.strip, row)) for row in rows
    ]
    return sum(odd) / len(odd) if odd else 0.0
