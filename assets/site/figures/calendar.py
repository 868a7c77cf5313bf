"""A calendar of one month as a real table: a row for each week from Monday, in each cell the day and its value."""

from __future__ import annotations

from calendar import monthcalendar
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from markupsafe import Markup, escape

from assets.site.figures.cells import ValueCell


def calendar_month(
    first: date, cells: Mapping[int, str], weekdays: Sequence[tuple[str, str]], title: str, context: str
) -> Markup:
    """The month that begins on `first`. Days that are not among the cells are empty: the file does not reach there.

    cells: by day of the month, as day_cell makes them. weekdays: from Monday, each in short and in full.
    """
    rows = ["".join([cells.get(day, "<td></td>") for day in week]) for week in _weeks(first.year, first.month)]
    return Markup(
        f'<table class="calendar"><caption><b>{escape(title)}</b><span>{escape(context)}</span></caption>'
        f"{_head(tuple(weekdays))}<tbody><tr>{'</tr><tr>'.join(rows)}</tr></tbody></table>"
    )


def day_cell(day: int, cell: ValueCell) -> str:
    """The cell of a day of the month."""
    return f'<td class="{cell.css}"><i>{day}</i>{cell.inside()}</td>'


@cache
def _weeks(year: int, month: int) -> Sequence[Sequence[int]]:
    return monthcalendar(year, month)


@cache
def _head(weekdays: tuple[tuple[str, str], ...]) -> str:
    head = "".join(f'<th scope="col" abbr="{escape(full)}">{escape(short)}</th>' for short, full in weekdays)
    return f"<thead><tr>{head}</tr></thead>"
