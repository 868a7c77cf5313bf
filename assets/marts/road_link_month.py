"""Roads by link and month: times of the peak, congested and slow hours, by the free-flow speed of three months."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from assets.formulas.roads import DAYTIME_HOURS, daytime_hours, free_flow, is_congested, is_peak, is_slow, link_hours
from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA
from assets.pack.city import City
from quality.contract.interval import last_of_period, period_after

OF_LINK, SAID = [START, "place"], [AREA, "road_class", "length"]
MONTHS = 3
_HOURS_OF_A_DAY = 0.75 * DAYTIME_HOURS  # a day counts with so many of its hours
_LEAST_DAYS = 30  # of the peak, for the 95th percentile


def road_link_month(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each link and month, of the working days of the month; its free-flow speed, and the travel time that
    19 of 20 peak hours stay below, are of the three months that end with it.

    `days` are those with enough hours, of the month or of all three, whichever has the smaller share.
    """
    rows = pl.concat(one.rows.select(*OF_LINK, *SAID, "day", "time", "speed") for one in read["road_traffic"])
    hours = link_hours(rows, OF_LINK, city.calendar)
    at, speed, free, working = pl.col("at"), pl.col("speed"), pl.col("free_speed"), pl.col("working")
    whole = hours.filter(pl.len().over(*OF_LINK, "day") >= _HOURS_OF_A_DAY)
    with_free = whole.with_columns(
        free_speed=free_flow(speed, at, working).over(*OF_LINK), own=pl.col("day") >= pl.col(START)
    )
    peak, own = is_peak(at, working), pl.col("own") & working
    pace = 1 / speed
    peak_days = pl.col("day").filter(peak).n_unique()
    of_links = with_free.group_by(OF_LINK).agg(
        free.first(),
        (pace.filter(peak & own).mean() * free.first()).alias("travel_time_index"),
        pl.when(peak_days >= _LEAST_DAYS)
        .then(pace.filter(peak).quantile(0.95, "linear") * free.first())
        .alias("planning_time_index"),
        daytime_hours(is_congested(speed, free).filter(own)).alias("congested_hours"),
        daytime_hours(is_slow(speed, pl.col("road_class")).filter(own)).alias("slow_hours"),
        pl.col("day").filter("own").n_unique().cast(pl.Int64).alias("of_month"),
        pl.col("day").n_unique().cast(pl.Int64).alias("of_all"),
    )
    return (
        hours.select(*OF_LINK, *SAID)
        .unique()
        .join(of_links, on=OF_LINK, how="left")  # a link without a whole day is there, with no days
        .with_columns(pl.col("of_month", "of_all").fill_null(0))
        .join(_expected(hours), on=START)
        .with_columns(_less=pl.col("of_month") / pl.col("month_long") < pl.col("of_all") / pl.col("all_long"))
        .select(
            pl.col(START).alias("day"),
            "place",
            pl.col(AREA).alias("area"),
            "road_class",
            "length",
            "free_speed",
            "travel_time_index",
            "planning_time_index",
            "congested_hours",
            "slow_hours",
            pl.when("_less").then("of_month").otherwise("of_all").alias("days"),
            pl.when("_less").then("month_long").otherwise("all_long").alias("days_expected"),
        )
    )


def _expected(hours: pl.DataFrame) -> pl.DataFrame:
    """By month, how many days it has, and the three that end with it."""

    def long(start: date, months: int) -> int:
        return (last_of_period(start, "month") - period_after(start, "month", 1 - months)).days + 1

    starts = hours[START].unique().sort().to_list()
    lengths = {"month_long": [long(one, 1) for one in starts], "all_long": [long(one, MONTHS) for one in starts]}
    return pl.DataFrame({START: starts, **lengths}, schema_overrides={START: pl.Date})


TABLE = Mart(
    reads=(Reads("road_traffic", ("place", "speed", "length"), longest=timedelta(hours=1), back=range(MONTHS)),),
    compute=road_link_month,
    every="month",
    counted="days",
)
