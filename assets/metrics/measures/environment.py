"""What the street sensors measure."""

from __future__ import annotations

import polars as pl

from assets.mart import Frames
from assets.metrics.measuring import as_measures, out_of_season
from assets.pack.city import City

NEEDS = ("environment_area_day",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """Particles (ug/m3), noise (dB), apparent temperature (degC) and coverage (%) of the street sensors."""
    mart = frames["environment_area_day"].collect()
    pm25, pm10, noise, felt = (pl.col(name) for name in ("pm25_ugm3", "pm10_ugm3", "noise_leq_db", "apparent_temp_c"))
    pm25_n, pm10_n, noise_n, felt_n = (
        pl.col(name) for name in ("pm25_ugm3_n", "pm10_ugm3_n", "noise_n", "apparent_temp_n")
    )
    reporting, expected = pl.col("sensors"), pl.col("sensors_expected")
    season = out_of_season(city)
    return pl.concat(
        [
            as_measures(mart, "sensor_pm25_mean", pm25, n=pm25_n, expected=expected),
            as_measures(mart, "sensor_pm10_mean", pm10, n=pm10_n, expected=expected),
            as_measures(mart, "noise_leq", noise, n=noise_n, expected=expected),
            as_measures(mart, "apparent_temperature", felt, n=felt_n, expected=expected, why=season),
            as_measures(mart, "sensor_coverage", reporting / expected * 100, n=reporting, expected=expected),
        ]
    )
