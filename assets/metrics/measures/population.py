"""People present in the city, by hour."""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import day_night_ratio
from assets.mart import Frames
from assets.metrics.measuring import as_measures
from assets.metrics.usual import usual
from assets.pack.city import City

NEEDS = ("population_area_hour",)
COMPARES = NEEDS


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """People present (mean of the day) and day over night, from the group `total`.

    Complete is a day of 24 hours, each with as many neighbourhoods as on days of its kind before, or, where those are
    not known, as the hour of the day that has most.
    """
    hours = frames["population_area_hour"].filter(pl.col("population_group") == "total").collect()
    people, hour, places = pl.col("people"), pl.col("starts_at").dt.hour(), pl.col("dongs")
    day_hours, night_hours = city.parameters["day_hours"], city.parameters["night_hours"]
    days = (
        hours.group_by("day", "area", "area_level")
        .agg(
            people=people.mean(),
            hours=pl.len(),
            by_day=people.filter(hour.is_in(day_hours)).mean(),
            by_night=people.filter(hour.is_in(night_hours)).mean(),
            compared_hours=hour.is_in([*day_hours, *night_hours]).sum(),
            places=places.sum(),
            compared_places=places.filter(hour.is_in([*day_hours, *night_hours])).sum(),
            most=places.max(),
        )
        .join(usual(frames, "population_area_hour", _places, ["area"]), on=["day", "area"], how="left")
    )
    ratio = day_night_ratio(pl.col("by_day"), pl.col("by_night"))
    compared, wanted = pl.col("compared_hours"), len(day_hours) + len(night_hours)
    each, most = pl.col("usual"), pl.col("most")
    return pl.concat(
        [
            as_measures(
                days,
                "living_population",
                people,
                n=pl.col("hours"),
                expected=each * 24,
                covered=pl.col("places"),
                at_least=most * 24,
            ),
            as_measures(
                days,
                "day_night_population_ratio",
                ratio,
                n=compared,
                expected=each * wanted,
                covered=pl.col("compared_places"),
                at_least=most * wanted,
            ),
        ]
    )


def _places(hours: pl.LazyFrame) -> pl.DataFrame:
    """The neighbourhoods of a day: as many as the hour has that has most."""
    total = hours.filter(pl.col("population_group") == "total")
    return total.group_by("day", "area").agg(counted=pl.col("dongs").max()).collect()
