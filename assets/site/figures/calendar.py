"""A calendar of one month as a real table: a row for each week from Monday, in each cell the day and its value."""

from __future__ import annotations

from calendar import monthcalendar
from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup, escape

from assets.site.figures.cells import ValueCell


def calendar_month(
    first: date, cells: Mapping[int, ValueCell], weekdays: Sequence[tuple[str, str]], title: str, context: str
) -> Markup:
    """The month that begins on `first`. Days that are not among the cells are empty: the file does not reach there.

    cells: by day of the month. weekdays: from Monday, each in short and in full.
    """
    head = "".join(f'<th scope="col" abbr="{escape(full)}">{escape(short)}</th>' for short, full in weekdays)
    rows = ["".join([_cell(day, cells.get(day)) for day in week]) for week in monthcalendar(first.year, first.month)]
    return Markup(
        f'<table class="calendar"><caption><b>{escape(title)}</b><span>{escape(context)}</span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
    )


def _cell(day: int, cell: ValueCell | None) -> str:
    if cell is None:
        return "<td></td>"
    return f'<td class="{cell.css}"><i>{day}</i>{cell.inside()}</td>'
