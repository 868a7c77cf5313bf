"""A calendar of one month as a real table: a row for each week from Monday, in each cell the day and its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup, escape

from assets.site.figures.cells import ValueCell


def calendar_month(
    first: date, cells: Mapping[date, ValueCell], weekdays: Sequence[tuple[str, str]], title: str, context: str
) -> Markup:
    """The month that begins on `first`. Days that are not among the cells are empty: the file does not reach there.

    weekdays: from Monday, each in short and in full.
    """
    head = "".join(f'<th scope="col" abbr="{escape(full)}">{escape(short)}</th>' for short, full in weekdays)
    day = first - timedelta(days=first.weekday())
    rows = list[str]()
    while day < first or day.month == first.month:
        week = [day + timedelta(days=number) for number in range(7)]
        rows.append("<tr>" + "".join(_cell(one, cells.get(one) if one.month == first.month else None) for one in week))
        day += timedelta(days=7)
    return Markup(
        f'<table class="calendar"><caption><b>{escape(title)}</b><span>{escape(context)}</span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(f'{row}</tr>' for row in rows)}</tbody></table>"
    )


def _cell(day: date, cell: ValueCell | None) -> str:
    if cell is None:
        return "<td></td>"
    return f'<td class="{cell.css}"><i>{day.day}</i>{cell.inside()}</td>'
