"""Public transport use by line and day."""

from __future__ import annotations

import polars as pl


def transit_line_day(rows: pl.DataFrame) -> pl.DataFrame:
    """Boardings and alightings by line, with how many stations are behind them."""
    return rows.group_by("day", "line").agg(
        pl.col("boardings", "alightings").sum(), pl.col("station").n_unique().cast(pl.Int64).alias("stations")
    )
