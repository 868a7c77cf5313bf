"""Roads by link and day: congested and slow hours, by the free-flow speed of the day itself."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from assets.formulas.roads import DAYTIME_HOURS, daytime_hours, free_flow, is_congested, is_slow, link_hours
from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA
from assets.pack.city import City

OF_LINK, SAID = [START, "place"], [AREA, "road_class", "length"]


def road_link_day(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each link and day. A link that is jammed from 06 to 22 looks freer than it was, as no hour of the day
    shows how fast it can be: months have a table of their own, which takes the free flow from three months."""
    rows = pl.concat(one.rows.select(*OF_LINK, *SAID, "day", "time", "speed") for one in read["road_traffic"])
    hours = link_hours(rows, OF_LINK, city.calendar)
    at, speed, free = pl.col("at"), pl.col("speed"), pl.col("free_speed")
    return (
        hours.with_columns(free_speed=free_flow(speed, at, pl.col("working")).over(*OF_LINK))
        .group_by(OF_LINK)
        .agg(
            pl.col(*SAID, "free_speed").first(),
            daytime_hours(is_congested(speed, free)).alias("congested_hours"),
            daytime_hours(is_slow(speed, pl.col("road_class"))).alias("slow_hours"),
            (1 / speed).mean().alias("_pace"),
            pl.len().cast(pl.Int64).alias("hours"),
        )
        .select(
            pl.col(START).alias("day"),
            "place",
            pl.col(AREA).alias("area"),
            "road_class",
            "length",
            "free_speed",
            "congested_hours",
            "slow_hours",
            (pl.col("_pace") * pl.col("length") * 3.6).alias("travel_time"),
            "hours",
            pl.lit(DAYTIME_HOURS, pl.Int64).alias("hours_expected"),
        )
    )


TABLE = Mart(
    reads=(Reads("road_traffic", ("place", "speed", "length"), longest=timedelta(hours=1)),),
    compute=road_link_day,
    counted="hours",
)
