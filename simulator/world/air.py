"""Air of the city by hour: what the reference stations see, and what surrounds a street sensor. No registers here."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.places import business, districts
from simulator.world.registers import air_stations, host_districts
from simulator.world.weather import city_site, recent_rain, sunshine, weather_hours
from simulator.world.world import World, bell, clock, hours

POLLUTANTS = ("no2_ppm", "o3_ppm", "co_ppm", "so2_ppm", "pm10_ugm3", "pm25_ugm3")
# Level of a kind of station against an urban one. Fresh exhaust eats ozone, so that roads have less of it.
KINDS = {
    "urban": {},
    "roadside": {"no2_ppm": 1.45, "o3_ppm": 0.72, "co_ppm": 1.2, "so2_ppm": 1.05, "pm25_ugm3": 1.12, "coarse": 1.25},
    "background": {"no2_ppm": 0.55, "o3_ppm": 1.25, "co_ppm": 0.8, "so2_ppm": 0.9, "pm25_ugm3": 0.88, "coarse": 0.85},
}


@lru_cache(maxsize=16)
def air_hours(world: World, day: date) -> pl.DataFrame:
    """station, kind, area, measured_at (end of the hour, 01:00 of the day .. 00:00 of the next), no2_ppm, o3_ppm,
    co_ppm, so2_ppm, pm10_ugm3, pm25_ugm3. Sorted by station (as registered) and time.
    """
    stations = air_stations(world)
    levels = _station_levels(world, day)
    return (
        stations.select(pl.col("station", "kind", "area").repeat_by(24).explode(empty_as_null=False))
        .with_columns(measured_at=np.tile(clock(day) + np.timedelta64(1, "h"), stations.height))
        .with_columns(**{name: levels[name].ravel() for name in POLLUTANTS})
    )


def air_days(world: World, day: date) -> pl.DataFrame:
    """station, kind, area, day and the means of air_hours: no2_ppm .. pm25_ugm3."""
    levels = _station_levels(world, day)
    return (
        air_stations(world)
        .select("station", "kind", "area", day=pl.lit(day))
        .with_columns(**{name: levels[name].mean(axis=1) for name in POLLUTANTS})
    )


@lru_cache(maxsize=16)
def district_air(world: World, day: date) -> dict[str, np.ndarray]:
    """Urban levels by district and hour, shape (districts, 24): the six pollutants and `coarse` (PM10 - PM2.5)."""
    city, count = _city_air(world, day), districts(world).height
    fixed = world.random("air/districts").standard_normal((3, count, 1))
    dirty = np.exp(0.06 * fixed[0] + 0.05 * world.wave("air/district", hours(day), 0.8, count))
    busy = np.clip((business(world) * count) ** 0.15, 0.85, 1.25)[:, None]
    levels = {
        "pm25_ugm3": city["pm25_ugm3"] * dirty,
        "coarse": city["coarse"] * np.exp(0.10 * fixed[1]) * dirty,
        "no2_ppm": city["no2_ppm"] * np.exp(0.06 * fixed[2]) * busy,
        "o3_ppm": city["o3_ppm"] * np.exp(-0.05 * fixed[2]) / busy**0.5,
        "co_ppm": city["co_ppm"] * busy**0.5 * np.exp(0.04 * fixed[2]),
        "so2_ppm": city["so2_ppm"] * np.exp(0.05 * fixed[1]),
    }
    return {**levels, "pm10_ugm3": levels["pm25_ugm3"] + levels["coarse"]}


@lru_cache(maxsize=16)
def _station_levels(world: World, day: date) -> dict[str, np.ndarray]:
    """Levels by station (as registered) and hour, shape (stations, 24)."""
    stations = air_stations(world)
    host = host_districts(world, stations)
    chance, fixed = world.random("air/stations", day), world.random("air/stations")
    levels = {}
    for name, values in district_air(world, day).items():
        kind = np.array([KINDS.get(k, {}).get(name, 1.0) for k in stations["kind"]])[:, None]
        per_station = np.exp(0.03 * fixed.standard_normal((stations.height, 1)))
        noise = np.exp(0.035 * chance.standard_normal((stations.height, 24)))
        levels[name] = values[host] * kind * per_station * noise
    return {**levels, "pm10_ugm3": levels["pm25_ugm3"] + levels["coarse"]}


def _city_air(world: World, day: date) -> dict[str, np.ndarray]:
    """Urban background by hour: traffic makes it, wind and rain take it away, the sun makes ozone of it."""
    at, hour, year_day = hours(day), np.arange(24) + 0.5, day.timetuple().tm_yday
    weather = weather_hours(world, day)
    wind, temp = weather["wind_ms"].to_numpy(), weather["temp_c"].to_numpy()
    yesterday = date.fromordinal(day.toordinal() - 1)
    calm = np.clip((np.maximum(wind, 0.4) / 2.2) ** -0.55, 0.45, 2.2)
    washed = np.clip(np.exp(-0.08 * recent_rain(world, day, 0.75)), 0.35, 1)
    sun = _lagged(np.concatenate([sunshine(world, yesterday), sunshine(world, day)]), 0.65)
    traffic = _lagged(np.concatenate([rhythm.traffic_level(yesterday, hour), rhythm.traffic_level(day, hour)]), 0.45)
    # The tropics have no winter, the southern half has it in July.
    winter = np.cos(2 * np.pi * (year_day - 40) / 365.25) * np.clip(city_site(world).latitude / 25, -1, 1)
    # Episodes last for days: stagnant or imported air up to four times the usual.
    episode = np.exp(0.50 * world.wave("air/episode", at, 3.6)[0] + 0.20 * world.wave("air/haze", at, 0.8)[0] - 0.15)
    dust = 150 * bell(year_day, 98, 42) * np.maximum(world.wave("air/dust", at, 2.5)[0] - 1.2, 0) * washed
    fine = 18.5 * (1 + 0.42 * winter) * episode * calm * washed * (0.88 + 0.22 * traffic) + 0.12 * dust
    coarse = 13 * (0.62 + 0.5 * traffic) * washed * np.exp(0.2 * world.wave("air/coarse", at, 2)[0]) + 0.12 * fine
    no2 = (0.0095 + 0.0300 * traffic) * (1 - 0.40 * sun) * (1 + 0.24 * winter) * calm * washed**0.3
    ozone = 0.004 + 0.6 * np.maximum(0.036 - no2, 0) + 0.062 * sun * np.clip(0.45 + 0.022 * temp, 0.3, 1.25)
    return {
        "pm25_ugm3": np.clip(fine, 1.5, 400),
        "coarse": np.clip(coarse + 0.88 * dust, 3.0, 900),
        "no2_ppm": np.clip(no2, 0.002, 0.15),
        "o3_ppm": np.clip(ozone, 0.002, 0.2),
        "co_ppm": np.clip(0.18 + 7.5 * no2 + 0.005 * fine, 0.1, 5),
        "so2_ppm": np.clip(0.0025 + 0.0006 * sun + 0.000025 * fine, 0.001, 0.05),
    }


def _lagged(two_days: np.ndarray, decay: float) -> np.ndarray:
    """The last 24 of 48 hours, each a mean of the hours up to it in which an older one counts `decay` of the next."""
    weights = decay ** np.arange(24)
    return np.convolve(two_days, weights / weights.sum())[24:48]
