"""Air at the measuring stations. The index is a plain one: 50, 100, 250 and 500 at four concentrations of each."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN
from simulator.row_kinds import Readings, Values
from simulator.world import rhythm
from simulator.world.calendar import like
from simulator.world.pollutants import last_hours, site_air
from simulator.world.when import When
from simulator.world.world import World

MEASURED = ("pm25", "pm10", "o3", "no2", "so2", "co")
_INDEX = (0, 50, 100, 250, 500)
_SCALE = {
    "pm25": (0, 15, 35, 75, 500),
    "pm10": (0, 30, 80, 150, 600),
    "o3": (0, 0.03, 0.09, 0.15, 0.6),
    "no2": (0, 0.03, 0.06, 0.2, 2),
    "so2": (0, 0.02, 0.05, 0.15, 1),
    "co": (0, 2, 9, 15, 50),
}
_LONGER = {
    "pm25_24h": ("pm25_ugm3", 24),
    "pm10_24h": ("pm10_ugm3", 24),
    "o3_8h": ("o3_ppm", 8),
    "co_8h": ("co_ppm", 8),
}
_CLASSES = ("good", "moderate", "unhealthy", "very unhealthy")


def _stations(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    return sites.select("place", "name", "area", "lat", "lon", "kind")


def _read(world: World, sites: pl.DataFrame, when: When) -> Values:
    air = site_air(world, sites, when)
    fine, coarse, no2 = air["pm25_ugm3"], air["coarse"], air["no2_ppm"]
    levels = {
        "pm25": fine,
        "pm10": air["pm10_ugm3"],
        "o3": air["o3_ppm"],
        "no2": no2,
        "so2": air["so2_ppm"],
        "co": air["co_ppm"],
    }
    traffic = rhythm.traffic_level(like(world, when.day), when.hour)
    nitric = no2 * (0.25 + 0.5 * traffic)
    carbon = 0.12 + 0.1 * levels["co"]
    parts = {name: np.interp(values, _SCALE[name], _INDEX) for name, values in levels.items()}
    stacked = np.stack([np.rint(part) for part in parts.values()])
    index = stacked.max(axis=0)
    return {
        **levels,
        "pm1": 0.7 * fine,
        "pm4": fine + 0.3 * coarse,
        "tsp": 1.35 * levels["pm10"],
        "black_carbon": fine * (0.04 + 0.04 * traffic),
        "no": nitric,
        "nox": no2 + nitric,
        "co2": 418 + 14 * levels["co"] + 9 * (1 - traffic),
        "c6h6": 0.0002 + 0.01 * no2,
        "nh3": 0.006 + 0.0001 * fine,
        "h2s": 0.0008 + 0.00001 * fine,
        "ch4": 1.95 + 0.1 * levels["co"],
        "nmhc": carbon,
        "thc": 1.95 + 0.1 * levels["co"] + carbon,
        "voc": 0.6 * carbon,
        **last_hours(world, sites, when, _LONGER),
        "aqi": index,
        "aqi_category": np.array(_CLASSES)[np.searchsorted((50, 100, 250), index)],
        "main_pollutant": np.array(list(levels))[stacked.argmax(axis=0)],
        **{f"aqi_{name}": np.rint(part) for name, part in parts.items()},
    }


_WORDS = ("aqi_category", "main_pollutant")
_NUMBERS = (
    *("pm1", "pm25", "pm4", "pm10", "tsp", "black_carbon", "o3", "no2", "no", "nox", "so2", "co", "co2", "c6h6", "nh3"),
    *("h2s", "ch4", "nmhc", "thc", "voc", "pm25_24h", "pm10_24h", "o3_8h", "co_8h", "aqi"),
    *(f"aqi_{name}" for name in MEASURED),
)
OBSERVED = Readings("station", _read, dict.fromkeys(_NUMBERS, MEAN) | dict.fromkeys(_WORDS, LAST), _stations)
