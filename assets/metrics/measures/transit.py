"""Use of public transport."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import per_inhabitant
from assets.mart import Frames
from assets.metrics.measuring import as_measures, with_residents
from assets.pack.city import City

NEEDS = ("transit_line_day",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Boardings per registered inhabitant and day. That enough stations report is a rule of the feed (SUB-901)."""
    lines = frames["transit_line_day"].collect()
    days = with_residents(lines.group_by("day").agg(pl.col("boardings", "stations").sum()), city)
    boardings = per_inhabitant(pl.col("boardings"), pl.col("residents"))
    stations = pl.col("stations")
    return as_measures(days, "transit_boardings_per_inhabitant", boardings, n=stations, expected=stations)
