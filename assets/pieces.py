"""Many days of a table a few at a time, by the rows that make them: memory must not grow with the number of days.

One backfill of all that Seoul's feeds ever delivered, twenty years, took 16 GB when each table was made in one piece.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import TypeVar

AT_ONCE = 1_000_000  # rows that are read for one piece: 350 MB of a wide table, with what is made of them

Part = TypeVar("Part")


def in_pieces(
    made_of: Mapping[date, Collection[Part]], rows: Mapping[Part, int], of_each: int = 0
) -> Iterator[list[date]]:
    """The days in their order, so many together that no more than AT_ONCE rows are read for them, or one alone.

    made_of: by day the parts that are read for it; one that several days have in common is read once for a piece.
    rows: of each part; one that is not there counts nothing. of_each: rows that each day costs besides.
    """
    piece, read, total = list[date](), set[Part](), 0
    for day, parts in made_of.items():
        more = _rows(set(parts) - read, rows) + of_each
        if piece and total + more > AT_ONCE:
            yield piece
            piece, read, total = [], set(), 0
            more = _rows(set(parts), rows) + of_each
        piece.append(day)
        read.update(parts)
        total += more
    if piece:
        yield piece


def _rows(parts: Collection[Part], rows: Mapping[Part, int]) -> int:
    return sum(rows.get(part, 0) for part in parts)
