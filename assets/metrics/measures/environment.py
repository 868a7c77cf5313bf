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
    registered, expected = pl.col("sensors_registered"), pl.col("sensors_expected")
    pm25_in, pm10_in, noise_in, felt_in = (
        # without a register it is not known how many there should be: those that report count, and it is said
        pl.when(expected.is_null()).then(counted).otherwise(pl.col(f"{name}_registered"))
        for name, counted in (
            ("pm25_ugm3", pm25_n),
            ("pm10_ugm3", pm10_n),
            ("noise", noise_n),
            ("apparent_temp", felt_n),
        )
    )
    season = out_of_season(city)
    unregistered = pl.when(expected.is_null()).then(pl.lit("no register says how many sensors there should be"))
    return pl.concat(
        [
            as_measures(mart, "sensor_pm25_mean", pm25, n=pm25_n, expected=expected, covered=pm25_in),
            as_measures(mart, "sensor_pm10_mean", pm10, n=pm10_n, expected=expected, covered=pm10_in),
            as_measures(mart, "noise_leq", noise, n=noise_n, expected=expected, covered=noise_in),
            as_measures(mart, "apparent_temperature", felt, n=felt_n, expected=expected, covered=felt_in, why=season),
            as_measures(
                mart, "sensor_coverage", registered / expected * 100, n=registered, expected=expected, why=unregistered
            ),
        ]
    )
