"""Strips of days: the height of a bar carries how bad a day was, and its place which day it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from markupsafe import Markup

HEIGHT = 26
# By outcome: class and height. Passed is low, held back as high as the strip.
_BARS = {"passed": ("p", 8), "warning": ("w", 16), "held": ("h", 25)}


def strip(stretches: Iterable[tuple[date, date, str]], first: date, last: date) -> Markup:
    """The outcomes of one feed. Its words stand beside it, so that it is hidden from readers of screens.

    One path for each outcome, a day wide in its own units: three years of 25 feeds that change from day to day took
    500 kB as rectangles, and take 60 as paths.
    """
    paths = dict[str, list[str]]()
    for begin, end, outcome in stretches:
        height = _BARS[outcome][1]
        days = (end - begin).days + 1
        paths.setdefault(outcome, []).append(f"M{(begin - first).days} {HEIGHT - 1 - height}h{days}v{height}h-{days}z")
    drawn = Markup("").join(
        Markup('<path class="{}" d="{}"/>').format(_BARS[outcome][0], "".join(paths[outcome]))
        for outcome in _BARS
        if outcome in paths
    )
    svg = (
        '<svg class="strip" height="{0}" aria-hidden="true" focusable="false">'
        '<line class="grid" x1="0" x2="100%" y1="{1}" y2="{1}"/>'
        '<svg width="100%" height="{0}" viewBox="0 0 {2} {0}" preserveAspectRatio="none">{3}</svg></svg>'
    )
    return Markup(svg).format(HEIGHT, HEIGHT - 0.5, (last - first).days + 1, drawn)


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
