"""People present by area and month, on working days and others, by day and by night: means of hours, never sums."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from assets.formulas.boundaries import inside_of
from assets.mart import ITSELF, START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.usual_days import DayKind

_DAYTIME, _NIGHT = (9, 17), (0, 5)  # hours of the clock, the last one with them
_HOURS = 23  # of a day at the least: clocks change
_PLACES = 0.95  # of the most places that an area has in an hour of the month
_TOTAL = "total"


def people_area_month(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each area and month. Means over hours come first, then those over days of one kind.

    An hour in which places of an area are lacking is none of it, nor is a day of fewer than 23 hours. `days` says
    how many there are, and `days_expected` how many the month has.
    """
    hours = pl.concat(_by_area(one, city) for one in read["people_present"])
    enough = pl.col("places") >= _PLACES * pl.col("places").max().over(START, "area")
    clock = pl.col("_hour").dt.hour()
    days = (
        hours.filter(enough)
        .group_by(START, "area", "area_level", DAY)
        .agg(
            people=pl.col("people").mean(),
            by_day=pl.col("people").filter(clock.is_between(*_DAYTIME)).mean(),
            by_night=pl.col("people").filter(clock.is_between(*_NIGHT)).mean(),
            hours=pl.len(),
        )
        .filter(pl.col("hours") >= _HOURS)
        .collect()
    )
    kinds = {day: city.calendar.kind(day) for day in days[DAY].unique()}
    working = pl.col(DAY).is_in([day for day, kind in kinds.items() if kind in (DayKind.WORKING, DayKind.WEEKDAY)])
    return (
        days.sort(START, "area", DAY)
        .group_by(START, "area", "area_level", maintain_order=True)
        .agg(
            people_working_days=pl.col("people").filter(working).mean(),
            people_other_days=pl.col("people").filter(~working).mean(),
            people_by_day=pl.col("by_day").filter(working).mean(),
            people_by_night=pl.col("by_night").filter(working).mean(),
            days=pl.len().cast(pl.Int64),
        )
        .with_columns(days_expected=pl.col(START).dt.days_in_month().cast(pl.Int64))
        .rename({START: DAY})
    )


def _by_area(observed: Observed, city: City) -> pl.LazyFrame:
    """START, DAY, _hour, area, area_level, people, places: the people of all groups in each hour and area."""
    places = [name for name in observed.identity if name != "people_group"]
    at_place = (
        observed.rows.filter(pl.col("people_group").fill_null(_TOTAL) == _TOTAL)
        .group_by(START, DAY, pl.col("time").dt.truncate("1h").alias("_hour"), AREA, *places)
        .agg(_people=pl.col("people").mean())
        .drop_nulls("_people")
        .select(START, DAY, "_hour", AREA, "_people")
    )
    whole = at_place.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"), share=pl.lit(1.0))
    parts = at_place.join(inside_of(city.areas, city.crosswalks).lazy(), on=AREA)
    columns = [START, DAY, "_hour", "area", "area_level", "share", "_people"]
    return (
        pl.concat([whole.select(columns), parts.select(columns)])
        .group_by(START, DAY, "_hour", "area", "area_level")
        .agg(people=(pl.col("_people") * pl.col("share")).sum(), places=pl.len())
    )


TABLE = Mart(
    reads=(Reads("people_present", ("area", "people"), longest=timedelta(hours=1)),),
    compute=people_area_month,
    every="month",
    counted="days",
    needs=0.5,  # three weeks of a month say what its working days are like
    of_private=("MPAM-102",),
    contributors=("people_working_days", "people_by_day", "people_by_night"),
    add_up_too=("people_working_days", "people_other_days", "people_by_day", "people_by_night"),
    of_each=ITSELF,
)
