"""Strips of days: the height of a bar carries how bad a day was, and its place which day it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from markupsafe import Markup

HEIGHT = 26
# By outcome: class and height. Passed is low, held back as high as the strip.
_BARS = {"passed": ("p", 8), "warning": ("w", 16), "held": ("h", 25)}
_NARROWEST = 0.3  # per cent: what is held back for a day of three years stays visible


def strip(stretches: Iterable[tuple[date, date, str]], first: date, last: date) -> Markup:
    """The outcomes of one feed. Its words stand beside it, so that it is hidden from readers of screens."""
    whole = (last - first).days + 1
    bars = Markup("").join(_bar(*one, first, whole) for one in stretches)
    svg = '<svg class="strip" height="{}" aria-hidden="true" focusable="false">{}{}</svg>'
    line = Markup('<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/>').format(HEIGHT - 0.5)
    return Markup(svg).format(HEIGHT, line, bars)


def _bar(begin: date, end: date, outcome: str, first: date, whole: int) -> Markup:
    kind, height = _BARS[outcome]
    x = 100 * (begin - first).days / whole
    width = max(100 * ((end - begin).days + 1) / whole, _NARROWEST)
    bar = '<rect class="{}" x="{:.2f}%" width="{:.2f}%" y="{}" height="{}"/>'
    return Markup(bar).format(kind, min(x, 100 - width), width, HEIGHT - 1 - height, height)


def axis(first: date, last: date, named: Iterable[tuple[date, str]]) -> Markup:
    """The names of months or years above strips, each where it begins."""
    whole = (last - first).days + 1
    texts = Markup("").join(
        Markup('<text x="{:.2f}%" y="14">{}</text>').format(100 * (day - first).days / whole, name)
        for day, name in named
    )
    return Markup('<svg class="axis" height="18" aria-hidden="true" focusable="false">{}</svg>').format(texts)


def ticks(first: date, last: date) -> tuple[str, list[date]]:
    """`month` or `year`, and the days at which one is named: eight at most, as a phone has room for no more."""
    months, day = list[date](), first.replace(day=1)
    while day <= last:
        months.append(day)
        day = (day + timedelta(days=31)).replace(day=1)
    if len(months) > 12:
        years = [month for month in months if month.month == 1]
        return "year", years or [months[0]]
    step = 1 if len(months) <= 8 else 2
    return "month", [month for month in months[::step] if month >= first]
