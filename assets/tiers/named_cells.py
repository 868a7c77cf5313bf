"""Cells in words, for the operator: which table, area and time, and never what they say."""

from __future__ import annotations

import polars as pl

from assets.tiers.judged import CELL_KEY

_NAMED = 3  # cells that a sentence names


def named_cells(cells: pl.DataFrame) -> str:
    """The first of these cells (CELL_KEY), for the end of a sentence; empty where there are none."""
    each = cells.select(CELL_KEY.names()).unique().sort("table", "period_start", "area", "slice", "period")
    named = [_in_words(*row) for row in each.head(_NAMED).iter_rows()]
    more = f" and {each.height - _NAMED:,} more" if each.height > _NAMED else ""
    return f": {'; '.join(named)}{more}" if named else ""


def _in_words(table: str, slice_: str, area: str, period: str, start: object) -> str:
    return f"{table} of {area}, {f'hour {slice_} of ' if slice_ else ''}{period} {start}"
