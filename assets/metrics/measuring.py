"""How measures are made: value, number and expectation of a metric by area and day, before any judgement.

What the measures of several subjects share belongs here; what is peculiar to one belongs to its own module.
"""

from __future__ import annotations

import polars as pl

from assets.formulas.exposure import covered_share, weighted_mean
from assets.pack.city import City


def as_measures(
    frame: pl.DataFrame,
    metric: str,
    value: pl.Expr,
    *,
    n: pl.Expr,
    expected: pl.Expr,
    covered: pl.Expr | None = None,
    at_least: pl.Expr | None = None,
    why: pl.Expr | None = None,
) -> pl.DataFrame:
    """One metric's measures out of a frame with area, area_level and day.

    value: in the unit of the metric. n: what it is made of (stations, sensors, days). expected: what there should be,
    by a register, a calendar or the days before, never by what reported; null where it is not known. covered: what
    counts for completeness, when it is not n (people living where the value is valid). at_least: where `expected` is
    null, what there should be at the least (24 hours of as many places as one of them has); without it what is
    covered. why: the reason for a missing value that is no lack of data, e.g. out of season.
    """
    part = n if covered is None else covered
    return frame.select(
        pl.lit(metric).alias("metric"),
        "area",
        "area_level",
        "day",
        value.cast(pl.Float64).alias("value"),
        n.cast(pl.Int64).alias("n"),
        pl.coalesce(expected.cast(pl.Float64), (part if at_least is None else at_least).cast(pl.Float64)).alias(
            "expected"
        ),
        part.cast(pl.Float64).alias("covered"),
        expected.is_not_null().alias("known"),
        (pl.lit(None) if why is None else why).cast(pl.String).alias("why"),
    )


def of_the_city(days: pl.DataFrame, city: City) -> pl.DataFrame:
    """The rows as rows of the whole city: with area and area_level."""
    return days.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))


def with_residents(days: pl.DataFrame, city: City) -> pl.DataFrame:
    """The rows as rows of the whole city, with its registered residents of the day."""
    return of_the_city(days, city).join(city.residents(days["day"]), on=["area", "day"], how="left")


def out_of_season(city: City) -> pl.Expr:
    """The reason why a day has no apparent temperature, or null in the city's heat season."""
    months = list(city.parameters["heat_season_months"])
    reason = f"out of season: the summer formula is defined for the months {months[0]} to {months[-1]}"
    return pl.when(~pl.col("day").dt.month().is_in(months)).then(pl.lit(reason))


def pm25_by_people(urban: pl.DataFrame, weights: pl.DataFrame, weight: str, metric: str, city: City) -> pl.DataFrame:
    """PM2.5 (ug/m3) of the districts weighted by people; complete as far as people live where it is valid.

    urban: rows of air_area_day at urban stations. weights: area, day and the number of people in the column `weight`.
    Of a district that has no such number the registered residents are expected: that it did not report makes the value
    no more complete.
    """
    districts = city.areas.filter(pl.col("level") == "district").select(area="code")
    valid = urban.filter(pl.col("area_level") == "district").select("area", "day", "pm25_ugm3")
    people, air = pl.col("people"), pl.col("pm25_ugm3")
    days = (
        weights.select("day")
        .unique()
        .join(districts, how="cross")
        .join(weights.select("area", "day", people=weight), on=["area", "day"], how="left")
        .join(city.residents(weights["day"]), on=["area", "day"], how="left")
        .join(valid, on=["area", "day"], how="left")
        .sort("day", "area")
        .group_by("day")
        .agg(
            value=weighted_mean(air, people),
            n=(air.is_not_null() & people.is_not_null()).sum(),
            share=covered_share(pl.coalesce(people, "residents"), air.is_not_null() & people.is_not_null()),
            expected=pl.coalesce(people, "residents").sum(),
        )
    )
    return as_measures(
        of_the_city(days, city),
        metric,
        pl.col("value"),
        n=pl.col("n"),
        expected=pl.col("expected"),
        covered=pl.col("expected") * pl.col("share"),
    )
