"""Water supplied to the city."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import per_inhabitant
from assets.mart import Frames
from assets.metrics.measuring import as_measures, with_residents
from assets.metrics.usual import usual
from assets.pack.city import City

NEEDS = ("water_supply",)
COMPARES = NEEDS


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Water supplied per registered inhabitant and day, L. There should be as many sites as on days of its kind
    before."""
    supplied = frames["water_supply"].filter(pl.col("kind") == "supplied").collect()
    volume_m3 = pl.col("volume")
    days = with_residents(
        supplied.group_by("day").agg(volume_m3.sum(), measured=volume_m3.count(), sites=pl.len()), city
    )
    days = days.join(usual(frames, "water_supply", _sites), on="day", how="left")
    litres = per_inhabitant(volume_m3 * 1000, pl.col("residents"))
    return as_measures(
        days,
        "water_supplied_per_inhabitant",
        litres,
        n=pl.col("measured"),
        expected=pl.col("usual"),
        at_least=pl.col("sites"),
    )


def _sites(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.filter(pl.col("kind") == "supplied").group_by("day").agg(counted=pl.len()).collect()
