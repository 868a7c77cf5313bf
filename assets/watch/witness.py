"""One network against another that measures the same in the same area: whether it drifts.

The other is the witness: stations that are calibrated. A median over many cheap sensors hides their noise, and shows
what they all share: an ageing that nobody sees in one of them.
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from assets.watch.apart import log_ratio

WINDOW_DAYS, LEAST_DAYS = 30, 20
LONG_DAYS = 365  # the trailing period that the last 30 days are held against
WARN, BLOCK = 0.15, 0.30  # of the ratio
SLOPES = (0.7, 1.3)  # Miskell 2016, doi 10.1021/acs.est.5b04421
SLOPE_DAYS = 10  # so many in a row outside of it block


class Stand(StrEnum):
    """What a network is worth by its witness."""

    UNKNOWN = "unknown"  # too few days with both
    GOOD = "good"
    WARN = "warn"
    BLOCK = "block"


def daily_medians(days: pl.DataFrame) -> pl.DataFrame:
    """area, day, value, places: the median over the places of an area on each day. days: place, area, day, value."""
    return days.group_by("area", "day").agg(pl.col("value").median(), pl.len().cast(pl.Int64).alias("places"))


def against_witness(own: pl.DataFrame, witness: pl.DataFrame) -> pl.DataFrame:
    """area, day, log_ratio, own, witness: days that both have. Both: of `daily_medians`."""
    both = own.select("area", "day", pl.col("value").alias("own")).join(
        witness.select("area", "day", pl.col("value").alias("witness")), on=["area", "day"]
    )
    return both.with_columns(log_ratio=log_ratio(pl.col("own"), pl.col("witness"))).sort("area", "day")


def over_window_of_network(compared: pl.DataFrame) -> pl.DataFrame:
    """area, day, log_ratio, slope, days, usual, stand: the 30 days that end on each day.

    compared: of `against_witness`, sorted. `slope` is sqrt(var own / var witness), by moments; null where the witness
    does not change. `usual` is the median log ratio of the year before the window, null with fewer than 20 days of it.
    `stand` is the worse of the two: against the witness, and against what was usual between them.
    """
    windows = compared.rolling("day", period=f"{WINDOW_DAYS}d", group_by="area").agg(
        pl.col("log_ratio").median(),
        (pl.col("own").std() / pl.col("witness").std()).alias("slope"),
        pl.len().cast(pl.Int64).alias("days"),
    )
    before = compared.rolling(
        "day", period=f"{LONG_DAYS}d", offset=f"-{LONG_DAYS + WINDOW_DAYS}d", group_by="area"
    ).agg(pl.when(pl.len() >= LEAST_DAYS).then(pl.col("log_ratio").median()).alias("usual"))
    judged = windows.join(before, on=["area", "day"], how="left", maintain_order="left").with_columns(
        slope=pl.when(pl.col("slope").is_finite()).then("slope")
    )
    outside = (~pl.col("slope").is_between(*SLOPES)).fill_null(value=False).cast(pl.Int64)
    lasting = outside.rolling_sum(SLOPE_DAYS).over("area") == SLOPE_DAYS
    off = pl.max_horizontal(_off(pl.col("log_ratio")), _off(pl.col("log_ratio") - pl.col("usual")))
    return judged.with_columns(
        stand=pl.when(pl.col("days") < LEAST_DAYS)
        .then(pl.lit(Stand.UNKNOWN))
        .when((off > BLOCK) | lasting)
        .then(pl.lit(Stand.BLOCK))
        .when(off > WARN)
        .then(pl.lit(Stand.WARN))
        .otherwise(pl.lit(Stand.GOOD))
    )


def _off(log: pl.Expr) -> pl.Expr:
    """By which share a ratio is off 1."""
    return (log.exp() - 1).abs()
