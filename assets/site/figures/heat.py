"""Days by hours as a real table: a row for each day, a column for each hour of the city's clocks."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from assets.site.figures.cells import ValueCell, rows_of_cells


def heat_table(
    rows: Sequence[tuple[Markup, Sequence[ValueCell | None]]], hours: Sequence[str], corner: str, title: str
) -> Markup:
    """The table. rows: the name of each day, and its cells in the order of `hours`; None: there is no such hour."""
    head = "".join(f'<th scope="col">{escape(hour)}</th>' for hour in hours)
    body = "".join(f'<tr><th scope="row">{name}</th>{rows_of_cells(cells)}</tr>' for name, cells in rows)
    return Markup(
        f'<table class="heat"><caption class="unseen">{escape(title)}</caption>'
        f'<thead><tr><th scope="col">{escape(corner)}</th>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
