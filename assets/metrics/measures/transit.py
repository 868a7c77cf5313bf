"""Use of public transport."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import per_inhabitant
from assets.mart import Frames
from assets.metrics.measuring import as_measures, with_residents
from assets.metrics.usual import usual
from assets.pack.city import City

NEEDS = ("transit_line_day",)
COMPARES = NEEDS


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Boardings per registered inhabitant and day. There should be as many stations as on days of its kind before."""
    lines = frames["transit_line_day"].collect()
    days = with_residents(lines.group_by("day").agg(pl.col("boardings", "stations").sum()), city)
    days = days.join(usual(frames, "transit_line_day", _stations), on="day", how="left")
    boardings = per_inhabitant(pl.col("boardings"), pl.col("residents"))
    return as_measures(
        days, "transit_boardings_per_inhabitant", boardings, n=pl.col("stations"), expected=pl.col("usual")
    )


def _stations(lines: pl.LazyFrame) -> pl.DataFrame:
    return lines.group_by("day").agg(counted=pl.col("stations").sum()).collect()
