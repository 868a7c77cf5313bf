"""Public transport use by line and day."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames, Mart
from assets.pack.city import City


def transit_line_day(frames: Frames, _city: City) -> pl.DataFrame:
    """Boardings and alightings by line, with how many stations are behind them."""
    return (
        frames["subway_daily"]
        .collect()
        .group_by("day", "line")
        .agg(pl.col("boardings", "alightings").sum(), pl.col("place").n_unique().cast(pl.Int64).alias("stations"))
    )


TABLE = Mart(needs=("subway_daily",), compute=transit_line_day)
