"""Where a table is in rows of cells: what stands before it, its header, a row of units, and what stands after it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from assets.propose.looks_like import is_figure, is_missing, letters, says_unit
from quality.text import normalised

Row = Sequence[str]
_MOST_HEADERS = 4
_FIGURES = 0.8  # of a column, from which on it is one of figures
_AFTER = re.compile(
    r"(?i)\W*(합\s?계|총\s?계|소\s?계|총\s?합|전체 합계|(?:grand )?totals?\b|sum\b|average\b|mean\b|평균|sources?\b|"
    r"note\b|notes\b|자료|출처|주\s?[)：:]|비고|합计|总计|合計|總計|小計|資料來源|註|备注|end of)|^\s*[※*†]"
)


@dataclass(frozen=True)
class TableShape:
    """Positions are those of rows as they came; rows without any value count, too."""

    begin: int  # the first row of the header, or of the data where there is none
    header_rows: int
    units_row: bool
    footer: int  # rows with a value behind the last row of data
    width: int
    names: tuple[str, ...] = ()  # made up, where there is no header
    instead: tuple[str, ...] = ()  # a second row of names that stands before the one that is taken


def table_shape(head: Sequence[Row], tail: Sequence[Row] = ()) -> TableShape | None:
    """The table in the first and the last rows of a text or sheet; None where there are not two columns or rows.

    `tail` is empty where `head` holds all of them.
    """
    filled = [at for at, row in enumerate(head) if any(cell.strip() for cell in row)]
    width = _width([head[at] for at in filled])
    if not width:
        return None
    begin = next(at for at in filled if _count(head[at]) > 1 or width == 1)
    body = [head[at] for at in filled if at >= begin]
    footer = _footer([row for row in (tail or body) if any(cell.strip() for cell in row)], width)
    body = body[: len(body) - footer] if not tail and footer < len(body) else body
    figures = _figures(_once(body), width)
    rows = [at for at in filled if at >= begin]
    first = _first_of_data(head, rows, figures, width)
    if first is None:  # all texts
        return TableShape(begin, 1, units_row=False, footer=footer, width=width)
    header = [at for at in rows if at < first]
    units = bool(len(header) > 1 and _is_units(head[header[-1]]))
    header = header[:-1] if units else header
    header, instead = _header(head, header, width)
    if not header:
        names = tuple(f"column_{number}" for number in range(1, width + 1))
        return TableShape(first, 0, units_row=False, footer=footer, width=width, names=names)
    return TableShape(header[0], len(header), units, footer, width, instead=instead)


def _count(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _width(rows: Sequence[Row]) -> int:
    """How many columns most rows have, without those at the end in which nothing stands."""
    counted = Counter(len(row) for row in rows)
    if not counted:
        return 0
    width = max(counted, key=lambda one: (counted[one] * (one > 1), one))
    while width > 1:
        there = [row for row in rows if len(row) >= width and row[width - 1].strip()]
        if len(there) >= 0.02 * len(rows) or any(_count(row) >= 0.6 * width for row in there):
            break
        width -= 1
    return width


def _once(rows: Sequence[Row]) -> list[Row]:
    """Without the first rows again: the header of a report comes on every page."""
    first = [tuple(row) for row in rows[:_MOST_HEADERS]]
    return [*rows[:_MOST_HEADERS], *(row for row in rows[_MOST_HEADERS:] if tuple(row) not in first)]


def _figures(body: Sequence[Row], width: int) -> dict[int, set[str]]:
    """The columns of figures, and the letters that stand in them."""
    later = body[max(1, min(len(body) // 2, 6)) :] or body
    found: dict[int, set[str]] = {}
    for column in range(width):
        cells = [row[column].strip() for row in later if len(row) > column]
        cells = [cell for cell in cells if not is_missing(cell)]
        figures = [cell for cell in cells if is_figure(cell)]
        if figures and len(figures) >= _FIGURES * len(cells):
            found[column] = set().union(*map(letters, figures))
    return found


def _odd(row: Row, figures: dict[int, set[str]]) -> tuple[int, int]:
    """Cells in columns of figures that are none, and all with a value there."""
    cells = [(row[column], known) for column, known in figures.items() if len(row) > column]
    cells = [(cell, known) for cell, known in cells if not is_missing(cell)]
    return sum(not is_figure(cell) or bool(letters(cell) - known) for cell, known in cells), len(cells)


def _counts_up(row: Row, figures: dict[int, set[str]]) -> bool:
    """Whether figures in a row go up in equal steps, as the hours 0 to 23 or years over the columns of a wide table."""
    texts = [row[column].strip() for column in figures if len(row) > column and row[column].strip()]
    digits = [int(text) for text in texts if text.isdecimal() and len(text) < 9]
    steps = {after - before for before, after in itertools.pairwise(digits)}
    return len(digits) >= 3 and len(digits) >= len(texts) - 1 and steps == {1}


def _first_of_data(head: Sequence[Row], rows: Sequence[int], figures: dict[int, set[str]], width: int) -> int | None:
    """The first row of data; None where nothing tells it from a header of texts above texts."""
    if not figures:
        return None if _may_be_names(head, rows) else rows[0]
    for number, at in enumerate(rows):
        row = head[at]
        odd, known = _odd(row, figures)
        title = _count(row) <= max(1, 0.3 * width) and width > 2 and (odd == known)
        first_names = number == 0 or _count(head[rows[number - 1]]) <= max(1, 0.3 * width)
        named = odd * 2 >= known > 0 or (known == 0 and number < _MOST_HEADERS)
        if title or named or (first_names and (odd > 0 or _counts_up(row, figures))):
            continue
        if not any(_is_named(head[later], figures) for later in rows[number + 1 : number + 4]):
            return at
    return None


def _is_named(row: Row, figures: dict[int, set[str]]) -> bool:
    """Whether a row can only be one of names: texts in most columns of figures."""
    odd, known = _odd(row, figures)
    return odd >= 2 and odd * 2 >= known and known * 2 >= len(figures)


def _may_be_names(head: Sequence[Row], rows: Sequence[int]) -> bool:
    """Whether the first row may be a header of texts above texts: each once, and none again in its own column."""
    cells = [cell.strip() for cell in head[rows[0]]]
    named = [cell for cell in cells if cell]
    again = any(
        len(head[at]) > column and cell and head[at][column].strip() == cell
        for at in rows[1:]
        for column, cell in enumerate(cells)
    )
    return len(set(named)) == len(named) and not again and all(len(cell) <= 60 for cell in named)


def _is_units(row: Row) -> bool:
    cells = [cell for cell in row if cell.strip() and not is_missing(cell)]
    return bool(cells) and sum(map(says_unit, cells)) >= 0.6 * len(cells)


def _header(head: Sequence[Row], rows: Sequence[int], width: int) -> tuple[list[int], tuple[str, ...]]:
    """The rows of the header, of all that stand before the data; and a row that names the same columns once more."""
    rows = [at for at in rows if _count(head[at]) > max(1, 0.3 * width) or _count(head[at]) >= width or width <= 2]
    if not rows:
        return [], ()
    taken = [rows[-1]]
    for at in reversed(rows[:-1]):
        lower, upper = _cells(head[taken[0]], width), _cells(head[at], width)
        named = [cell for cell in upper if cell]
        apart = any(len(head[between]) < 2 for between in range(at + 1, taken[0]))
        if apart or len(taken) >= _MOST_HEADERS or any(len(cell) > 60 or ":" in cell for cell in named):
            break
        if len(set(named)) == len(named) == len([cell for cell in lower if cell]) and len(set(lower)) == len(lower):
            return taken, tuple(upper)
        taken.insert(0, at)
    return taken, ()


def _cells(row: Row, width: int) -> list[str]:
    return [normalised(cell) for cell in [*row, *[""] * width][:width]]


def _footer(rows: Sequence[Row], width: int) -> int:
    """How many rows at the end are notes or sums: hardly any cell of theirs has a value, or their first says so."""
    usual = median(map(_count, rows)) if rows else 0
    found = 0
    for row in reversed(rows[2:]):
        first = next((cell.strip() for cell in row if cell.strip()), "")
        few = usual >= 3 and _count(row) <= max(1, 0.34 * usual) and not is_figure(first)
        if not few and not (_AFTER.match(first) and found < 10 and width > 1):
            break
        found += 1
    return found
