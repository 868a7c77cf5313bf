"""What the people present breathe."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames
from assets.metrics.measuring import pm25_by_people
from assets.pack.city import City

NEEDS = ("air_area_day", "population_area_hour")


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """PM2.5 of the districts weighted by the people present in them (public air, private telecom). ug/m3."""
    urban = frames["air_area_day"].filter(pl.col("station_kind") == "urban").collect()
    people = (
        frames["population_area_hour"]
        .filter((pl.col("population_group") == "total") & (pl.col("area_level") == "district"))
        .collect()
        .group_by("area", "day")
        .agg(pl.col("people").mean())
    )
    return pm25_by_people(urban, people, "people", "pm25_living_population_weighted", city)
