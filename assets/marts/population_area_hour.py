"""People present by area and hour."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from assets.formulas.boundaries import inside_of
from assets.mart import Mart, ReadRows, Reads
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City

TOTAL = "total"  # the group of a feed that has no groups


def population_area_hour(read: ReadRows, city: City) -> pl.DataFrame:
    """The people of each feed, with its name."""
    return pl.concat(_of_feed(one, city).with_columns(feed=pl.lit(one.feed)) for one in read["people_present"])


def _of_feed(observed: Observed, city: City) -> pl.DataFrame:
    """Sums by hour and group, of each area of the pack and of the city: of the mean of the hour at each place.

    Neighbourhoods are left to metrics of the day: their hours would be ten times as many rows.

    A place is what the feed gives people of: a neighbourhood, a zone, a site. One of which no area is known counts for
    the city alone. `places` says how many are behind a sum; one without a number is not among them.
    """
    keys = ["day", "starts_at", "population_group"]
    places = [name for name in observed.identity if name != "people_group"]
    by_place = (
        observed.rows.with_columns(
            starts_at=pl.col("time").dt.truncate("1h"), population_group=pl.col("people_group").fill_null(TOTAL)
        )
        .group_by(*keys, *places, AREA)
        .agg(pl.col("people").mean())
        .drop_nulls("people")
        .collect()
    )
    whole = by_place.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    inside = inside_of(city.areas, city.crosswalks).filter(pl.col("area_level") != "neighbourhood")
    parts = by_place.drop("area", strict=False).join(inside, on=AREA).with_columns(pl.col("people") * pl.col("share"))
    columns = [*keys, "area", "area_level", "people"]
    return (
        pl.concat([whole.select(columns), parts.select(columns)])
        .group_by(*keys, "area", "area_level")
        .agg(pl.col("people").sum(), pl.len().cast(pl.Int64).alias("places"))
    )


TABLE = Mart(
    reads=(Reads("people_present", ("area", "people"), longest=timedelta(hours=1)),),
    compute=population_area_hour,
    of_private=("MPOP-102",),
    contributors=("people",),
)
