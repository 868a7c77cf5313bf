"""Texts of the data as cells and lines of Markdown, whatever stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_MEANT = str.maketrans({"|": "\\|", "<": "&lt;", "\\": "\\\\"})


def markdown_cell(text: object) -> str:
    """A text as one cell: no sign ends the cell, the line or begins a tag; null is empty."""
    shown = "" if text is None else " ".join(str(text).split())
    return "".join(sign for sign in shown if sign.isprintable()).translate(_MEANT)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table."""
    lines = [f"| {' | '.join(map(markdown_cell, row))} |" for row in rows]
    return [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}", *lines]
