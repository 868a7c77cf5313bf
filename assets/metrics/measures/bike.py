"""Use of public bicycles."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import per_100k
from assets.mart import Frames
from assets.metrics.measuring import as_measures, with_residents
from assets.pack.city import City

NEEDS = ("bike_daily",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Public bicycle rentals per 100,000 registered inhabitants and day."""
    days = with_residents(frames["bike_daily"].collect(), city)
    rentals = pl.col("rentals")
    rate = per_100k(rentals, pl.col("residents"))
    return as_measures(days, "bike_rentals_per_100k", rate, n=rentals.is_not_null(), expected=pl.lit(1))
