"""A text whose columns stand at fixed places: the characters that are blank in nearly all lines part them."""

from __future__ import annotations

import itertools
import re
from typing import Any

from assets.propose.looks_like import is_figure
from quality.text import normalised

_LINES = 500
_BLANK = 0.98  # share of lines that are blank between two columns


def fixed_places(text: str) -> dict[str, Any] | None:
    """The keys of the layout for a text of fixed width; None where no places are blank in nearly all lines."""
    lines = [line.rstrip("\r").expandtabs() for line in text.split("\n")[:_LINES]]
    filled = [line for line in lines if line.strip()]
    if len(filled) < 3:
        return None
    usual = sorted(map(len, filled))[len(filled) // 2]
    begin = next((at for at, line in enumerate(lines) if len(line.rstrip()) >= 0.7 * usual), 0)
    body = [line for line in lines[begin:] if line.strip()]
    header = not _figures(body[0]) and any(map(_figures, body[1:6]))
    rows = body[1:] if header else body
    places = _places(rows, max(map(len, rows)))
    if len(places) < 2:
        return None
    names = _names(body[0], places) if header else []
    if len(set(names)) != len(places) or not all(names):
        names = [f"column_{number}" for number in range(1, len(places) + 1)]
    middles = [(end + first) // 2 for (_, end), (first, _) in itertools.pairwise(places)]
    ends = [*middles, max(len(line.rstrip()) for line in text.expandtabs().split("\n"))]
    widths = {name: [first + 1, end] for name, first, end in zip(names, [0, *middles], ends, strict=True)}
    keys: dict[str, Any] = {"widths": widths}
    if header:
        keys["header_rows"] = 1
    if begin:
        keys["skip_rows"] = begin
    return keys


def _figures(line: str) -> bool:
    return any(map(is_figure, line.split()))


def _places(rows: list[str], width: int) -> list[tuple[int, int]]:
    """First character of each column, from 0, and the one behind its last."""
    least = (1 - _BLANK) * len(rows)
    used = [sum(len(row) > at and not row[at].isspace() for row in rows) > least for at in range(width)]
    marks = "".join("x" if one else " " for one in used)
    return [found.span() for found in re.finditer("x+", marks)]


def _names(header: str, places: list[tuple[int, int]]) -> list[str]:
    """The word of the header that stands over each column, or reaches into it."""
    words = [(found.start(), found.end(), found[0]) for found in re.finditer(r"\S+(?: \S+)*", header)]
    names = []
    for first, end in places:
        over = [text for start, stop, text in words if start < end and stop > first]
        names.append(normalised(" ".join(over)))
    return names
