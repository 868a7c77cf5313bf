"""Columns from zero, one for each period: of the days that have a value, how many are on the wrong side of a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_HEIGHT, _TOP, _FOOT = 110, 20, 24  # px
_NARROW = 13  # more columns than these are too narrow on a phone for a number on each


@dataclass(frozen=True)
class MonthColumn:
    """One period: `part` of `whole`; a whole of 0 is a period without any value, and is drawn as a gap."""

    text: str
    part: int
    whole: int
    shown: str
    why: str
    seldom: bool = False


def columns_figure(columns: Sequence[MonthColumn], label: str) -> Markup:
    """The picture. An outline is the days that have a value, the filled part those that are counted."""
    most = max((column.whole for column in columns), default=0) or 1
    many = len(columns) > _NARROW
    parts = [f'<line class="base" x1="0" x2="100%" y1="{_TOP + _HEIGHT}" y2="{_TOP + _HEIGHT}"/>']
    for number, column in enumerate(columns):
        parts.append(_drawn(column, number, len(columns), most, seldom=many))
    height = _TOP + _HEIGHT + _FOOT
    return Markup(f'<svg class="plot" role="img" height="{height}" aria-label="{escape(label)}">{"".join(parts)}</svg>')


def _drawn(column: MonthColumn, number: int, count: int, most: int, *, seldom: bool) -> str:
    x, width = f"{100 * number / count:.4g}%", f"{86 / count:.4g}%"
    bottom = _TOP + _HEIGHT
    title = f"<title>{escape(column.why)}</title>"
    css = ' class="seldom"' if column.seldom else ""
    below = f'<text{css} x="{x}" y="{bottom + 18}">{escape(column.text)}</text>'
    if not column.whole:
        gap = f'<rect class="gap" x="{x}" width="{width}" y="{_TOP}" height="{_HEIGHT}">{title}</rect>'
        return gap + below
    whole, part = _HEIGHT * column.whole / most, _HEIGHT * column.part / most
    parts = [
        f'<rect class="days" x="{x}" width="{width}" y="{bottom - whole:.1f}" height="{whole:.1f}">{title}</rect>',
        f'<rect class="wrong" x="{x}" width="{width}" y="{bottom - part:.1f}" height="{part:.1f}">{title}</rect>',
        f'<text class="count{" seldom" if seldom else ""}" x="{x}" y="{bottom - whole - 5:.1f}">{escape(column.shown)}',
        "</text>",
        below,
    ]
    return "".join(parts)
