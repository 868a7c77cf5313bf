"""Air quality at the stations of the reference network."""

from __future__ import annotations

import polars as pl

from assets.formulas.air import cai
from assets.mart import Frames
from assets.metrics.measuring import as_measures, pm25_by_people
from assets.pack.city import City

NEEDS = ("air_area_day",)


def measure(frames: Frames, city: City) -> pl.DataFrame:
    """PM2.5, PM10 and CAI at urban stations, PM2.5 at roads, PM2.5 weighted by residents. ug/m3, index."""
    mart = frames["air_area_day"].collect()
    urban = mart.filter(pl.col("station_kind") == "urban")
    roads = mart.filter((pl.col("station_kind") == "roadside") & (pl.col("area") == city.config.area))
    pm25, pm10 = pl.col("pm25_ugm3"), pl.col("pm10_ugm3")
    pm25_n, pm10_n = pl.col("pm25_ugm3_n"), pl.col("pm10_ugm3_n")
    expected = pl.col("stations_expected")
    cai_n = pl.min_horizontal("pm25_ugm3_n", "pm10_ugm3_n", "no2_ppm_n", "o3_ppm_n")
    return pl.concat(
        [
            as_measures(urban, "pm25_mean", pm25, n=pm25_n, expected=expected),
            as_measures(urban, "pm10_mean", pm10, n=pm10_n, expected=expected),
            as_measures(cai(urban), "cai", pl.col("cai"), n=cai_n, expected=expected),
            as_measures(roads, "pm25_roadside_mean", pm25, n=pm25_n, expected=expected),
            pm25_by_people(urban, city.residents(urban["day"]), "residents", "pm25_population_weighted", city),
        ]
    )
