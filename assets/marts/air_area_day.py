"""The reference network's air quality by area, kind of station and day."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames, Mart
from assets.pack.city import City

# column of the model -> column of the mart, whose name says the unit
POLLUTANTS = {
    "pm25": "pm25_ugm3",
    "pm10": "pm10_ugm3",
    "no2": "no2_ppm",
    "o3": "o3_ppm",
    "so2": "so2_ppm",
    "co": "co_ppm",
}


def air_area_day(frames: Frames, city: City) -> pl.DataFrame:
    """Means over stations: districts from their urban station, the city by kind of station. ug/m3 and ppm.

    The pack's table air_stations: place, kind (urban, roadside, background), area. A station that the table
    does not know counts as kind `unknown` for the city, so that it is seen and not lost. `stations_expected` is
    the number of stations of the kind that the table has on that day (`valid_from` and `valid_to`, the last day; empty:
    not known to begin or end), whichever report; for the kind unknown it is not known.
    """
    stations = city.tables["air_stations"].select("place", "kind", "area")
    readings = frames["air_daily"].collect().join(stations, on="place", how="left")
    readings = readings.with_columns(pl.col("kind").fill_null("unknown"))
    whole = _aggregate(readings, ["day", "kind"]).with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    whole = whole.join(_registered(city, readings["day"].unique()), on=["day", "kind"], how="left")
    parts = _aggregate(
        readings.filter(pl.col("kind") == "urban").drop_nulls("area"), ["day", "kind", "area"]
    ).with_columns(area_level=pl.lit("district"), stations_expected=pl.lit(1, pl.Int64))
    return pl.concat([whole, parts.select(whole.columns)]).rename({"kind": "station_kind"})


def _registered(city: City, days: pl.Series) -> pl.DataFrame:
    """day, kind, stations_expected: the stations of each kind that the pack's register has on these days."""
    register = city.tables["air_stations"]
    ends = [name for name in ("valid_from", "valid_to") if name in register.columns]
    dated = register.with_columns(pl.col(name).str.to_date("%Y-%m-%d") for name in ends)
    valid = pl.lit(True)
    if "valid_from" in ends:
        valid &= pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))
    if "valid_to" in ends:
        valid &= pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day"))
    return (
        pl.DataFrame({"day": days})
        .join(dated, how="cross")
        .filter(valid)
        .group_by("day", "kind")
        .agg(stations_expected=pl.len().cast(pl.Int64))
    )


def _aggregate(readings: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return readings.group_by(by).agg(
        pl.len().cast(pl.Int64).alias("stations"),
        *[pl.col(name).mean().alias(mean) for name, mean in POLLUTANTS.items()],
        *[pl.col(name).count().cast(pl.Int64).alias(f"{mean}_n") for name, mean in POLLUTANTS.items()],
    )


TABLE = Mart(needs=("air_daily",), compute=air_area_day)
