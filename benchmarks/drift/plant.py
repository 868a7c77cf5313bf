"""Drift planted into days: from nothing to its full size within 30 days, upwards, and then it stays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from quality.contract.watch import Scale

GROWS_DAYS = 30
LOOKED_DAYS = 90  # after the onset
BEFORE_DAYS = 425  # are read before the onset: the year that a network is held against, and its window
SEED = 20


def drifted(value: pl.Expr, scale: Scale, size: float, onset: date) -> pl.Expr:
    """A value with a drift of `size`: a share of it, or on the scale of differences as many units."""
    since = (pl.col("day") - pl.lit(onset)).dt.total_days() + 1
    grown = size * (since / GROWS_DAYS).clip(0, 1)
    return value + grown if scale == "difference" else value * (1 + grown)


def around(days: pl.DataFrame, onset: date) -> pl.DataFrame:
    """The days that are looked at for one onset."""
    return days.filter(
        pl.col("day").is_between(onset - timedelta(days=BEFORE_DAYS), onset + timedelta(days=LOOKED_DAYS))
    )


def one_of_each_area(days: pl.DataFrame) -> pl.DataFrame:
    """place, area: one place of each area, by chance."""
    chance = np.random.default_rng(SEED)
    areas = days.select("area", "place").unique().sort("area", "place").partition_by("area")
    return pl.concat(places[[int(chance.integers(places.height))]] for places in areas)


def a_tenth(days: pl.DataFrame) -> pl.DataFrame:
    """place: a tenth of all places, by chance."""
    chance, places = np.random.default_rng(SEED), days["place"].unique().sort()
    return pl.DataFrame({"place": places.gather(chance.choice(places.len(), round(places.len() / 10), replace=False))})


def planted(days: pl.DataFrame, chosen: pl.DataFrame, scale: Scale, size: float, onset: date) -> pl.DataFrame:
    """The days with a drift at the chosen places: by place, or by place and area. Columns and order stay."""
    by = [name for name in ("place", "area") if name in chosen.columns]
    marked = days.join(chosen.with_columns(_drifts=True), on=by, how="left", maintain_order="left")
    value = pl.col("value")
    bent = pl.when("_drifts").then(drifted(value, scale, size, onset)).otherwise(value)
    return marked.with_columns(value=bent).select(days.columns)
