"""A text that holds several tables, one below the other: where the second begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assets.propose.looks_like import is_figure, is_missing

_LEAST_ROWS, _LEAST_COLUMNS = 3, 3  # of the first table; fewer are notes before the only one


@dataclass(frozen=True)
class NextTable:
    """`at`: the row in which it begins, with its title; `text`: how that row begins, as no row before it does."""

    at: int
    text: str


def next_table(rows: Sequence[Sequence[str]]) -> NextTable | None:
    """The second table: a row of names alone behind rows with figures, with a blank row or a title before it."""
    of_figures = 0
    for at, row in enumerate(rows[:-1]):
        cells = _filled(row)
        if len(cells) >= _LEAST_COLUMNS and any(map(is_figure, cells)):
            of_figures += 1
        apart = at > 0 and len(_filled(rows[at - 1])) <= 1 < len(cells)
        if apart and of_figures >= _LEAST_ROWS and _names(cells, _filled(rows[at + 1])):
            begin = next(one for one in range(_apart_from(rows, at), at + 1) if _filled(rows[one]))
            text = _filled(rows[begin])[0]
            firsts = [_filled(one)[:1] for one in rows[:begin]]
            alone = len(text) > 1 and not any(first and first[0].startswith(text) for first in firsts)
            return NextTable(begin, text) if alone else None
    return None


def _filled(row: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in row if cell.strip()]


def _names(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row names columns: texts alone, each once, above a row with figures."""
    texts = not any(is_figure(cell) or is_missing(cell) for cell in cells) and len(set(cells)) == len(cells)
    return texts and len(cells) >= 2 and any(map(is_figure, below))


def _apart_from(rows: Sequence[Sequence[str]], at: int) -> int:
    """The first of the rows before this one that are blank or a title."""
    while at and len(_filled(rows[at - 1])) <= 1:
        at -= 1
    return at
