"""The ozone of the worst half of a year: the six months in a row with the highest mean, of the urban stations."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from assets.formulas.seasons import highest_running_mean
from assets.mart import START, Mart, ReadRows, Reads
from assets.pack.city import City
from quality.contract.interval import last_of_period

MONTHS = 6
_WINDOW, _OF_WINDOW, _WINDOWS = 8, 6, 18  # hours of a mean, how many of them it needs, and means that a day needs
_DAYS = 0.75  # of a month
_OF_HOUR = [START, "place", "hour"]


def ozone_season_year(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each year: of the windows of six months that end in it the one with the highest mean.

    A month is the mean of its days, of which three quarters are needed; a day is the mean over the stations of their
    highest mean of 8 hours. `days` are those of the year itself that have a value. A year in which no station of the
    network has hours of ozone has a row without a season: a day without a row would close the gate.
    """
    rows = [
        one.rows.filter(pl.col("kind").fill_null("urban") == "urban").select(
            START, "place", pl.col("time").dt.truncate("1h").alias("hour"), "o3"
        )
        for one in read["air_quality"]
        if one.network == "reference"
    ]
    starts = [one.rows.select(START) for one in read["air_quality"]]
    years = pl.concat(starts).unique().collect()[START].sort().to_list() if starts else []
    # of a place and hour that two feeds have, the first counts
    hours = (
        pl.concat(rows).drop_nulls("o3").group_by(_OF_HOUR).agg(pl.col("o3").first()).sort(_OF_HOUR).collect()
        if rows
        else pl.DataFrame()
    )
    days = pl.DataFrame() if hours.is_empty() else _highest_of_days(hours)
    seasons = list[tuple[object, ...]]()
    for start in years:
        of_year = days if days.is_empty() else days.filter(pl.col(START) == start)
        months = {} if of_year.is_empty() else _months(of_year)
        peak, ends = highest_running_mean(months, MONTHS, start.year) or (None, None)
        there = 0 if of_year.is_empty() else of_year.filter(pl.col("day").dt.year() == start.year).height
        whole = (last_of_period(start, "year") - start).days + 1
        seasons.append((start, city.config.area, peak, ends, there, whole))
    return pl.DataFrame(
        seasons,
        schema={
            "day": pl.Date,
            "place": pl.String,
            "o3_peak_season": pl.Float64,
            "season_ends": pl.Date,
            "days": pl.Int64,
            "days_expected": pl.Int64,
        },
        orient="row",
    )


def _highest_of_days(hours: pl.DataFrame) -> pl.DataFrame:
    """START, day, o3: the mean over the places of the highest mean of 8 hours."""
    means = (
        # a window ends with each hour, one without a value among them
        hours.upsample("hour", every="1h", group_by=[START, "place"], maintain_order=True)
        .with_columns(pl.col(START, "place").fill_null(strategy="forward"))
        .rolling("hour", period=f"{_WINDOW}h", group_by=[START, "place"])
        .agg(pl.col("o3").mean(), valid=pl.col("o3").count())
        .filter(pl.col("valid") >= _OF_WINDOW)
        .with_columns(day=pl.col("hour").dt.date())
    )
    of_places = (
        means.group_by(START, "place", "day")
        .agg(pl.col("o3").max(), windows=pl.len())
        .filter(pl.col("windows") >= _WINDOWS)
    )
    return of_places.group_by(START, "day").agg(pl.col("o3").mean()).sort(START, "day")


def _months(days: pl.DataFrame) -> dict[date, float | None]:
    """First day of the month -> its mean; None with too few days."""
    first = pl.col("day").dt.month_start()
    months = days.group_by(month=first).agg(pl.col("o3").mean(), there=pl.len())
    enough = pl.col("there") >= _DAYS * pl.col("month").dt.days_in_month()
    return dict(months.select("month", pl.when(enough).then("o3")).iter_rows())


TABLE = Mart(
    reads=(Reads("air_quality", ("place", "o3"), longest=timedelta(hours=1), back=(0, 1)),),
    compute=ozone_season_year,
    every="year",
    counted="days",
)
