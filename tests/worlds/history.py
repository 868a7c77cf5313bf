"""Rows of a table as a measure gets them: those of its days, and those of the days before that say what is usual."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames
from assets.metrics.usual import days_before, pairs, rows_before
from quality.usual_days import Calendar


def with_history(table: str, rows: pl.DataFrame, before: pl.DataFrame | None = None, country: str = "KR") -> Frames:
    """The frames of a measure that is made from `table`; without `before` nothing is known of earlier days."""
    earlier = rows.clear() if before is None else before
    compared = pairs(rows["day"].unique().sort(), earlier["day"].unique().to_list(), Calendar(country), None)
    return {table: rows.lazy(), rows_before(table): earlier.lazy(), days_before(table): compared.lazy()}
