"""The reference network's air quality by area, kind of station and day."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames, Mart
from assets.pack.city import City

POLLUTANTS = ("pm25_ugm3", "pm10_ugm3", "no2_ppm", "o3_ppm", "so2_ppm", "co_ppm")


def air_area_day(frames: Frames, city: City) -> pl.DataFrame:
    """Means over stations: districts from their urban station, the city by kind of station. ug/m3 and ppm.

    The pack's table air_stations: station, kind (urban, roadside, background), area_code. A station that the table
    does not know counts as kind `unknown` for the city, so that it is seen and not lost. `stations_expected` is
    the number of stations of the kind in the table, for the kinds unknown and background those reporting
    (parks and mountains come and go).
    """
    stations = city.tables["air_stations"].select("station", "kind", pl.col("area_code").alias("area"))
    readings = frames["air_daily"].collect().join(stations, on="station", how="left")
    readings = readings.with_columns(pl.col("kind").fill_null("unknown"))
    whole = _aggregate(readings, ["day", "kind"]).with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    urban = stations.filter(pl.col("kind") == "urban").height
    whole = whole.with_columns(
        stations_expected=pl.when(pl.col("kind") == "urban").then(urban).otherwise(pl.col("stations")).cast(pl.Int64)
    )
    parts = _aggregate(
        readings.filter(pl.col("kind") == "urban").drop_nulls("area"), ["day", "kind", "area"]
    ).with_columns(area_level=pl.lit("district"), stations_expected=pl.lit(1, pl.Int64))
    return pl.concat([whole, parts.select(whole.columns)]).rename({"kind": "station_kind"})


def _aggregate(readings: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return readings.group_by(by).agg(
        pl.len().cast(pl.Int64).alias("stations"),
        *[pl.col(name).mean().alias(name) for name in POLLUTANTS],
        *[pl.col(name).count().cast(pl.Int64).alias(f"{name}_n") for name in POLLUTANTS],
    )


TABLE = Mart(needs=("air_daily",), compute=air_area_day)
