"""People present in the city, by hour."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import day_night_ratio
from assets.mart import Frames
from assets.metrics.measuring import as_measures
from assets.pack.city import City

NEEDS = ("population_area_hour",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """People present (mean of the day) and day over night, from the group `total`."""
    hours = frames["population_area_hour"].filter(pl.col("population_group") == "total").collect()
    people, hour = pl.col("people"), pl.col("starts_at").dt.hour()
    day_hours, night_hours = city.parameters["day_hours"], city.parameters["night_hours"]
    days = hours.group_by("day", "area", "area_level").agg(
        people=people.mean(),
        hours=pl.len(),
        by_day=people.filter(hour.is_in(day_hours)).mean(),
        by_night=people.filter(hour.is_in(night_hours)).mean(),
        compared_hours=hour.is_in([*day_hours, *night_hours]).sum(),
    )
    ratio = day_night_ratio(pl.col("by_day"), pl.col("by_night"))
    compared, wanted = pl.col("compared_hours"), pl.lit(len(day_hours) + len(night_hours))
    return pl.concat(
        [
            as_measures(days, "living_population", people, n=pl.col("hours"), expected=pl.lit(24)),
            as_measures(days, "day_night_population_ratio", ratio, n=compared, expected=wanted),
        ]
    )
