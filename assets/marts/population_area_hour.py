"""Living population by area and hour."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames, Mart
from assets.pack.city import City


def population_area_hour(frames: Frames, city: City) -> pl.DataFrame:
    """Sums over neighbourhoods by district (the first five digits of the code) and for the city, by hour and group.

    A neighbourhood whose district the pack does not know still counts for the city. `dongs` says how
    many neighbourhoods are behind a sum.
    """
    rows = frames["living_population"].collect()
    districts = city.areas.filter(pl.col("level") == "district")["code"].to_list()
    coded = rows.with_columns(pl.col("area").str.slice(0, 5))
    parts = _aggregate(coded.filter(pl.col("area").is_in(districts)), ["area"]).with_columns(
        area_level=pl.lit("district")
    )
    whole = _aggregate(rows, []).with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    return pl.concat([whole, parts.select(whole.columns)])


def _aggregate(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    starts_at, population_group = pl.col("time").alias("starts_at"), pl.col("people_group").alias("population_group")
    return rows.group_by(["day", starts_at, population_group, *by]).agg(
        pl.col("people").sum(), pl.len().cast(pl.Int64).alias("dongs")
    )


TABLE = Mart(needs=("living_population",), compute=population_area_hour)
