"""Places against those around them, over the last 30 days."""

from __future__ import annotations

import polars as pl

from assets.mart import START
from assets.watch.apart import Apart, log_ratio
from assets.watch.nearest import LEAST

WINDOW_DAYS = 30
LEAST_DAYS = 20  # of a window have to be there to judge it
ALIKE = 0.7  # of a month's correlation with the neighbours; below it a place goes its own way


def against_neighbours(days: pl.DataFrame, neighbours: pl.DataFrame, least: int = LEAST) -> pl.DataFrame:
    """place, day, log_ratio, difference, own, around: each day of a place against the median of its neighbours.

    days: place, day, value, each place and day once. neighbours: of `neighbours_of`. Days on which fewer than `least`
    neighbours read are not there.
    """
    around = (
        neighbours.join(days.select(pl.col("place").alias("neighbour"), "day", "value"), on="neighbour")
        .group_by("place", "day")
        .agg(pl.col("value").median().alias("around"), pl.len().alias("read"))
        .filter(pl.col("read") >= least)
    )
    own, theirs = pl.col("own"), pl.col("around")
    return (
        days.select("place", "day", pl.col("value").alias("own"))
        .join(around.drop("read"), on=["place", "day"])
        .with_columns(log_ratio=log_ratio(own, theirs), difference=own - theirs)
        .sort("place", "day")
    )


def over_window(compared: pl.DataFrame, apart: Apart) -> pl.DataFrame:
    """start, place, log_ratio, difference, correlation, days, agrees, alike: the 30 days that are read for `start`.

    compared: of `against_neighbours`, each day with the `start` that it is read for. A place that fell silent is there
    as long as its window has a day: of the street sensors of August 2020 those that were silent at its end agreed less
    than the rest. `agrees` and `alike` are null with fewer than 20 of the days, `alike` also where one side never
    changes. Log ratio and difference are medians, so that ten wild days move nothing.
    """
    windows = compared.group_by(START, "place").agg(
        pl.col("log_ratio").median(),
        pl.col("difference").median(),
        pl.corr("own", "around").fill_nan(None).alias("correlation"),
        pl.len().cast(pl.Int64).alias("days"),
    )
    enough = pl.col("days") >= LEAST_DAYS
    return windows.sort(START, "place").with_columns(
        agrees=pl.when(enough).then(~apart.beyond(pl.col("log_ratio"), pl.col("difference"))),
        alike=pl.when(enough).then(pl.col("correlation") >= ALIKE),
    )
