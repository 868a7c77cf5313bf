"""Road traffic on links: hours of a link, its free-flow speed, and what counts as peak, congested and slow.

What belongs here: what is said of one link by its hours. Means over links, which are weighted by length, belong to the
metrics. Speeds in km/h.

Source of peak hours, hours of the day and the share of the free-flow speed: FHWA, Urban Congestion Report. Its hours
off the peak could not be read; they are taken to be the other hours of a working day and all hours of a day of rest.
Source of slow: Seoul's display rule of 2016-08-18 (newspapers of the day; the guideline behind it was not read).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from quality.usual_days import Calendar, DayKind

FIRST_HOUR: Final = 6
DAYTIME_HOURS: Final = 16  # 06 to 22
PEAK_HOURS: Final = (6, 7, 8, 16, 17, 18)
FREE_FLOW_QUANTILE: Final = 0.85
CONGESTED_BELOW: Final = 0.9  # of the free-flow speed
SLOW_ON_EXPRESSWAY: Final = 30.0
SLOW_ON_STREET: Final = 15.0
_WORKING: Final = (DayKind.WORKING, DayKind.WEEKDAY)


def link_hours(rows: pl.LazyFrame, of_link: list[str], calendar: Calendar) -> pl.DataFrame:
    """By `of_link`, `day` and hour (`at`) from 06 to 22: the mean speed of the rows that have one, and whether the day
    is a working day of the city; with what is said of the link last.

    Of an hour with several readings, lanes or kinds of vehicles it is their harmonic mean, as times on the link add up.
    """
    moving = rows.filter(pl.col("speed") > 0).with_columns(at=pl.col("time").dt.hour())
    daytime = moving.filter(pl.col("at").is_between(FIRST_HOUR, FIRST_HOUR + DAYTIME_HOURS - 1))
    said = [name for name in rows.collect_schema() if name not in (*of_link, "day", "time", "speed")]
    hours, links = pl.collect_all(
        [
            daytime.group_by(*of_link, "day", "at").agg(speed=1 / (1 / pl.col("speed")).mean()),
            daytime.group_by(of_link).agg(pl.col(name).sort_by("time").drop_nulls().last() for name in said),
        ]
    )
    working = [day for day in hours["day"].unique() if calendar.kind(day) in _WORKING]
    return hours.join(links, on=of_link).with_columns(working=pl.col("day").is_in(working))


def is_peak(at: pl.Expr, working: pl.Expr) -> pl.Expr:
    """Whether an hour is one of the peak: on a working day."""
    return working & at.is_in(list(PEAK_HOURS))


def free_flow(speed: pl.Expr, at: pl.Expr, working: pl.Expr) -> pl.Expr:
    """The free-flow speed of a link, an aggregate of its hours: the 85th percentile of those off the peak."""
    return speed.filter(~is_peak(at, working)).quantile(FREE_FLOW_QUANTILE, "linear")


def is_congested(speed: pl.Expr, free_speed: pl.Expr) -> pl.Expr:
    """Whether an hour is slower than nine tenths of the free-flow speed."""
    return speed < CONGESTED_BELOW * free_speed


def is_slow(speed: pl.Expr, road_class: pl.Expr) -> pl.Expr:
    """Whether an hour has the colour of a jam on Seoul's own map; null where the class of the road is not known."""
    limit = (
        pl.when(road_class == "expressway").then(SLOW_ON_EXPRESSWAY).when(road_class.is_not_null()).then(SLOW_ON_STREET)
    )
    return speed <= limit


def daytime_hours(those: pl.Expr) -> pl.Expr:
    """Hours a day: the share of the hours for which it holds, of 16. An aggregate; null where none is known."""
    return those.mean() * DAYTIME_HOURS
