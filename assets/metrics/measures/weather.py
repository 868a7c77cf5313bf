"""The weather of the city's province, from the national service."""

from __future__ import annotations

import polars as pl

from assets.formulas.heat import apparent_temperature_summer
from assets.mart import Frames
from assets.metrics.measuring import as_measures, of_the_city, out_of_season
from assets.pack.city import City

NEEDS = ("weather_daily",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Temperature (degC), precipitation (mm) and apparent temperature (degC) of the city's province."""
    province = pl.col("place") == city.parameters["weather_province"]
    days = of_the_city(frames["weather_daily"].filter(province).collect(), city)
    temperature, rain = pl.col("temperature"), pl.col("precipitation")
    felt = apparent_temperature_summer(pl.col("temperature_max"), pl.col("humidity"))
    one, season = pl.lit(1), out_of_season(city)
    return pl.concat(
        [
            as_measures(days, "air_temperature_mean", temperature, n=temperature.is_not_null(), expected=one),
            as_measures(days, "precipitation_total", rain, n=rain.is_not_null(), expected=one),
            as_measures(days, "apparent_temperature_max", felt, n=felt.is_not_null(), expected=one, why=season),
        ]
    )
