"""Corrections of low-cost sensors that the platform makes itself: a line by a witness, and humidity.

Pure expressions and functions of frames. Which network is corrected, and from which column, the pack and its feeds say
(assets/pack/corrections.py); a correction has a version, which changes whenever its figures may.
"""

from __future__ import annotations

import math

import polars as pl

LINEAR_VERSION = "2"
LEAST_DAYS = 20  # of both networks, for a fit: with fewer the slope of a month is that of its weather
HUMIDITY_VERSION = "us_epa_2021"
MOST_TIMES = 4.0  # apart, a day is none of the two: units were mixed up, and a line through two heaps is a figure
_BREAK = 343.0  # ug/m3 as the counter gives it: above it the instrument is no longer linear in smoke


def fitted_lines(medians: pl.DataFrame, keys: tuple[str, ...], at: str, days: pl.Expr) -> pl.DataFrame:
    """`keys`, `at`, slope, intercept, fitted_days, fitted_since, fitted_until: of each `at` the line that the days
    before it give.

    medians: `keys`, day, own and witness, the medians over the places of both networks, each day with each `at` that
    looks back on it. days: how many days before `at` count. Least squares of the witness on the network, as the line is
    to predict the witness. A day never has a part in its own line, and no day after it, nor one
    on which the two are further apart than MOST_TIMES. Null with fewer than 20 days, or where the network does not
    change or goes against its witness.
    """
    age = (pl.col(at) - pl.col("day")).dt.total_days()
    apart = ((pl.col("own") + 1) / (pl.col("witness") + 1)).log().abs()
    near = (apart <= math.log(MOST_TIMES)) | (pl.min_horizontal("own", "witness") <= -1)  # of these there is no ratio
    before = medians.drop_nulls(["own", "witness"]).filter((age >= 1) & (age <= days) & near)
    slope = pl.cov("own", "witness") / pl.col("own").var()
    fitted = before.group_by(*keys, at, maintain_order=True).agg(
        slope=slope,
        intercept=pl.col("witness").mean() - slope * pl.col("own").mean(),
        fitted_days=pl.len().cast(pl.Int64),
        fitted_since=pl.col("day").min(),
        fitted_until=pl.col("day").max(),
    )
    good = (pl.col("fitted_days") >= LEAST_DAYS) & pl.col("slope").is_finite() & (pl.col("slope") > 0)
    return fitted.with_columns(pl.when(good).then(pl.col(name)).alias(name) for name in ("slope", "intercept"))


def on_line(value: pl.Expr, slope: pl.Expr, intercept: pl.Expr) -> pl.Expr:
    """The value that the line gives; null where there is no line. Clean air may come out a little below zero: to cut it
    there would raise the mean of many places."""
    return slope * value + intercept


def without_humidity(pm25: pl.Expr, humidity: pl.Expr) -> pl.Expr:
    """PM2.5 in ug/m3 of an optical counter (CF = 1), relative humidity in %: what a reference would read.

    The correction of the US EPA for the AirNow Fire and Smoke Map of 2021: 0.52 x - 0.086 RH + 5.75 up to 343 ug/m3,
    0.46 x + 0.000393 x^2 + 2.97 above. Fitted to PurpleAir sensors (Plantower PMS5003) in the United States: Barkjohn
    and others 2021, doi 10.5194/amt-14-4617-2021, and a seminar of the EPA on these sensors in smoke, 19 May 2021,
    slide 37. Of another instrument it promises nothing. Null where either is missing.
    """
    low = 0.52 * pm25 - 0.086 * humidity + 5.75
    high = 0.46 * pm25 + 3.93e-4 * pm25**2 + 2.97
    return pl.when(humidity.is_not_null()).then(pl.when(pm25 <= _BREAK).then(low).otherwise(high))
