"""People present beyond residents by night, and how many of them are where no night line stops within 500 m, by day.

It is a stay, not a trip: students, people who are not registered, guests of hotels and patients are among them.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from assets.formulas.boundaries import counted_in_part, inside_of
from assets.mart import OUTLINES, START, Mart, ReadRows, Reads
from assets.marts.stops_within_reach import SUPPLY, shares_near_stops
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City

PRESENT, TOTAL = "people_present", "total"
HOURS = (2, 3, 4)  # when trips of the evening are over and those of the morning have not begun
_SUMS = ("people", "residents", "beyond", "unserved")


def night_presence(read: ReadRows, city: City) -> pl.DataFrame:
    """Of each part of the city and of the city: the mean from 2 to 5 h of the people present, the residents, by how
    many the first are more (0 where they are fewer), and how many of these are not within reach of a night stop.

    People are taken as spread evenly over the land of their area. Where no stops, or no outlines, are known, nobody
    knows who is not within reach. The city's are the sums of its parts: an area with fewer people than residents takes
    nothing from the others. An area of which a part has nobody's number has 0 hours, and so has the city then.
    """
    of_feeds = [_present(one, city) for one in sorted(read[PRESENT], key=lambda one: one.feed)]
    people = pl.concat(of_feeds).unique([START, "area"], keep="first", maintain_order=True)  # two count nobody twice
    residents = city.residents(people[START].unique()).select(pl.col("day").alias(START), "area", "residents")
    near = pl.DataFrame(schema={START: pl.Date, "area": pl.String, "near_at_night": pl.Float64})
    if read[SUPPLY] and read[OUTLINES]:
        near = shares_near_stops(read, city).select(near.columns)
    parts = (
        people.join(residents, on=[START, "area"])
        .join(near, on=[START, "area"], how="left")
        .with_columns(beyond=(pl.col("people") - pl.col("residents")).clip(0))
        .with_columns(unserved=pl.col("beyond") * (1 - pl.col("near_at_night")))
    )
    whole = parts.group_by(START).agg(
        area=pl.lit(city.config.area),
        area_level=pl.lit("city"),
        **{name: pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()) for name in _SUMS},
        hours=pl.col("hours").min(),
        _areas=pl.col("area"),
    )
    lacking = [
        city.config.area in counted_in_part(areas, start, city.areas, city.crosswalks)
        for start, areas in whole.select(START, "_areas").iter_rows()
    ]
    whole = whole.with_columns(hours=pl.when(pl.Series(lacking, dtype=pl.Boolean)).then(0).otherwise("hours"))
    of_all = [pl.col(START).alias("day"), "area", "area_level", *_SUMS, pl.col("hours").cast(pl.Int64)]
    found = [rows.select(*of_all, hours_expected=pl.lit(len(HOURS), pl.Int64)) for rows in (parts, whole)]
    return pl.concat(found, how="vertical_relaxed")


def _present(observed: Observed, city: City) -> pl.DataFrame:
    """start, area, area_level, people, hours: of the areas right below the city, all groups together."""
    places = [name for name in observed.identity if name != "people_group"]
    districts = city.areas.filter(pl.col("parent") == city.config.area)["code"].implode()
    inside = inside_of(city.areas, city.crosswalks).filter(pl.col("area").is_in(districts))
    by_place = (
        observed.rows.filter(pl.col("people_group").fill_null(TOTAL) == TOTAL, pl.col("time").dt.hour().is_in(HOURS))
        .group_by(START, *places, AREA, pl.col("time").dt.hour().alias("hour"))
        .agg(pl.col("people").mean())
        .group_by(START, *places, AREA)
        .agg(pl.col("people").mean(), hours=pl.col("people").count())
        .drop_nulls("people")
        .collect()
    )
    in_areas = (
        by_place.drop("area", strict=False).join(inside, on=AREA).with_columns(pl.col("people") * pl.col("share"))
    )
    sums = in_areas.group_by(START, "area", "area_level").agg(pl.col("people").sum(), pl.col("hours").min())
    leaves = by_place.drop_nulls(AREA).group_by(START).agg(AREA)
    lacking = [
        (start, area)
        for start, of_day in leaves.iter_rows()
        for area in counted_in_part(of_day, start, city.areas, city.crosswalks)
    ]
    in_part = pl.DataFrame(lacking, schema={START: pl.Date, "area": pl.String}, orient="row")
    return sums.join(in_part.with_columns(_lacks=True), on=[START, "area"], how="left").select(
        START, "area", "area_level", "people", hours=pl.when("_lacks").then(0).otherwise("hours")
    )


TABLE = Mart(
    reads=(
        Reads(PRESENT, ("area", "people"), longest=timedelta(hours=1)),
        Reads(SUPPLY, ("place", "lat", "lon", "departures"), optional=True),
        Reads(OUTLINES, ("boundary_code", "geometry"), optional=True),
    ),
    compute=night_presence,
    counted="hours",
    needs=1.0,
    of_private=("MNIG-102",),
    contributors=("people",),
    of_each="district",
)
