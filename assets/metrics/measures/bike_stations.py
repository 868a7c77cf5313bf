"""Whether there are public bicycles to be had."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames
from assets.metrics.measuring import as_measures, of_the_city
from assets.metrics.usual import usual
from assets.pack.city import City

NEEDS = ("bike_stations",)
COMPARES = NEEDS


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Share of the public bicycle stations without a bicycle at the poll of the day, %.

    There should be as many stations as on days of its kind before.
    """
    # the pages of one poll come some seconds apart, so that its rows do not have one time
    polled = frames["bike_stations"].collect().sort("time").group_by("day", "place").last()
    bikes = pl.col("vehicles_available")
    days = polled.group_by("day").agg(empty=(bikes == 0).sum(), counted=bikes.count(), stations=pl.len())
    days = days.join(usual(frames, "bike_stations", _stations), on="day", how="left")
    counted = pl.col("counted")
    share = pl.when(counted > 0).then(pl.col("empty") / counted * 100)
    return as_measures(
        of_the_city(days, city),
        "bike_stations_empty",
        share,
        n=counted,
        expected=pl.col("usual"),
        at_least=pl.col("stations"),
    )


def _stations(rows: pl.LazyFrame) -> pl.DataFrame:
    return rows.group_by("day").agg(counted=pl.col("place").n_unique()).collect()
