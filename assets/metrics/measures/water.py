"""Water supplied to the city."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import per_inhabitant
from assets.mart import Frames
from assets.metrics.measuring import as_measures, with_residents
from assets.pack.city import City

NEEDS = ("water_supply",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Water supplied per registered inhabitant and day, L. That enough sites supply is a rule of the feed (WAT-901)."""
    supplied = frames["water_supply"].filter(pl.col("kind") == "supplied").collect()
    m3 = pl.col("m3")
    days = with_residents(supplied.group_by("day").agg(m3=m3.sum(), measured=m3.count(), sites=pl.len()), city)
    litres = per_inhabitant(m3 * 1000, pl.col("residents"))
    return as_measures(days, "water_supplied_per_inhabitant", litres, n=pl.col("measured"), expected=pl.col("sites"))
