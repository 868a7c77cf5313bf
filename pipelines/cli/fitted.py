"""A table for people that fits: no word is broken for want of room, and nothing is padded to the right.

Where its columns have no room beside each other, those that may go are left out, which is said; where that is not
enough, each row is a paragraph of its own. No query and no decision here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

_WHOLE = 19  # cells: a time with seconds stands in one line
_LONGEST_WORD = 48  # cells: names of metrics have up to 46; a longer one, such as a hash, may be broken
_BETWEEN = 2  # spaces


@dataclass(frozen=True)
class FittedTable:
    """Cells under heads. `right`: columns of figures; `may_go`: columns that are left out where there is no room, the
    last one first. A row with fewer cells than there are heads is a heading of the rows below it."""

    heads: Sequence[Text]
    rows: Sequence[Sequence[Text]]
    title: Text | None = None
    note: Text | None = None
    right: frozenset[int] = frozenset()
    may_go: Sequence[int] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns, going, room = list(range(len(self.heads))), list(self.may_go), options.max_width
        while not (widths := self._widths(columns, room)) and going:
            columns.remove(going.pop())
        if self.title is not None:
            yield self.title
        yield from self._beside(console, columns, widths) if widths else self._below(console, columns, room)
        gone = [head.plain for n, head in enumerate(self.heads) if n not in columns]
        if gone and self.rows:
            yield Text(f"no room for {', '.join(gone)}: --json and --csv have all", style="dim")
        if self.note is not None:
            yield self.note

    def _widths(self, columns: Sequence[int], room: int) -> list[int]:
        """Cells for each column; none where there is no room for all words."""
        wanted, widths = list[int](), list[int]()
        for column in columns:
            cells = [self.heads[column], *(row[column] for row in self.rows if len(row) == len(self.heads))]
            wide = max(max(map(cell_len, cell.plain.split("\n"))) for cell in cells)
            wanted.append(wide)
            widths.append(wide if wide <= _WHOLE else min(wide, max(map(_longest_word, cells))))
        left = room - sum(widths) - _BETWEEN * (len(columns) - 1)
        if left < 0:
            return []
        by_need = sorted(range(len(columns)), key=lambda n: wanted[n] - widths[n])
        for others, n in zip(range(len(columns), 0, -1), by_need, strict=True):
            more = min(wanted[n] - widths[n], left // others)
            widths[n], left = widths[n] + more, left - more
        return widths

    def _beside(self, console: Console, columns: Sequence[int], widths: Sequence[int]) -> Iterator[Text]:
        right = [column in self.right for column in columns]
        heads = [Text(head.plain, style="bold") for head in self.heads]
        for row in (heads, *self.rows):
            if len(row) < len(self.heads):
                yield from row
            else:
                yield from _side_by_side(console, [row[column] for column in columns], widths, right)

    def _below(self, console: Console, columns: Sequence[int], room: int) -> Iterator[Text]:
        """Each row as lines of a name and a value."""
        most = max((cell_len(self.heads[column].plain) for column in columns), default=0)
        names = min(most, max(room // 3, 1))
        widths = [0, names, max(room - names - 2 * _BETWEEN, 1)]
        for number, row in enumerate(self.rows, 1):
            if len(row) < len(self.heads):
                yield from row
                continue
            yield Text(f"row {number}", style="bold")
            for column in columns:
                yield from _side_by_side(console, [Text(), self.heads[column], row[column]], widths, [False] * 3)


def _side_by_side(
    console: Console, cells: Sequence[Text], widths: Sequence[int], right: Sequence[bool]
) -> Iterator[Text]:
    """The lines of one row."""
    wrapped = [list(cell.wrap(console, max(wide, 1))) for cell, wide in zip(cells, widths, strict=True)]
    for number in range(max(map(len, wrapped), default=0)):
        line = Text(no_wrap=True, overflow="ignore")
        for lines, wide, is_figure in zip(wrapped, widths, right, strict=True):
            part = lines[number].copy() if number < len(lines) else Text()
            part.rstrip()
            part.align("right" if is_figure else "left", wide)
            line.append_text(part).append(" " * _BETWEEN)
        line.rstrip()
        yield line


def _longest_word(cell: Text) -> int:
    return max((min(cell_len(word), _LONGEST_WORD) for word in cell.plain.split()), default=0)
