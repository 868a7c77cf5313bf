"""The weather at any place of a city and any time: what stations measure beside the few figures of `weather`."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.world.weather import city_site, cloudiness, sunshine, weather_hours
from simulator.world.when import When, read_at
from simulator.world.world import World, hours

SNOW_DAYS = 6  # that what lies on the ground is from
NO_SNOW = 22  # degrees of latitude up to which none is looked for


def temperature_at(world: World, when: When) -> np.ndarray:
    """Of the air in the city, degC, by time."""
    return read_at(world, when, lambda of, day: weather_hours(of, day)["temp_c"].to_numpy())


def rain_at(world: World, when: When) -> np.ndarray:
    """Rain and melted snow in mm an hour, by time; the same in all of a full hour, so that its parts add up."""
    return weather_hours(world, when.day)["rain_mm"].to_numpy()[when.whole]


def snowing(temperature: np.ndarray) -> np.ndarray:
    """Share of what falls that is snow."""
    return np.clip((1.5 - temperature) / 2, 0, 1)


def snow_depth(world: World, day: date) -> np.ndarray:
    """Snow on the ground in cm by hour of the day: what fell in the last days and did not melt."""
    if abs(city_site(world).latitude) < NO_SNOW:
        return np.zeros(24)
    days = [date.fromordinal(day.toordinal() - back) for back in range(SNOW_DAYS, -1, -1)]
    weather = [weather_hours(world, one) for one in days]
    temp = np.concatenate([one["temp_c"].to_numpy() for one in weather])
    fell = np.concatenate([one["rain_mm"].to_numpy() for one in weather]) * snowing(temp)
    # An hour at 1 degree melts 0.15 cm; the oldest day counts less and less, so that none is lost at midnight.
    fell[:24] *= np.linspace(0, 1, 24)
    melts, depth, lies = 0.15 * np.clip(temp, 0, None), np.zeros(len(fell)), 0.0
    for hour, (more, less) in enumerate(zip(fell, melts, strict=True)):
        lies = max(0.985 * lies + more - less, 0.0)
        depth[hour] = lies
    return depth[-24:]


def pressure_at_sea(world: World, when: When) -> np.ndarray:
    """hPa, by time: highs and lows pass in days; the tropics have few of them."""
    swing = 2 + 6 * min(abs(city_site(world).latitude) / 40, 1)
    return 1013 + swing * np.clip(world.wave("skies/pressure", when.moments, 2.6)[0], -3, 3)


def at_height(pressure: np.ndarray, metres: np.ndarray) -> np.ndarray:
    """Pressure at a height above the sea, by the standard atmosphere."""
    return pressure * (1 - 2.25577e-5 * metres) ** 5.25588


def dew_point(temperature: np.ndarray, humidity: np.ndarray) -> np.ndarray:
    """By the formula of Magnus, degC; never above the temperature."""
    gamma = np.log(np.clip(humidity, 1, 100) / 100) + 17.62 * temperature / (243.12 + temperature)
    return np.minimum(243.12 * gamma / (17.62 - gamma), temperature)


def site_weather(world: World, sites: pl.DataFrame, when: When) -> dict[str, np.ndarray]:
    """temperature (degC), humidity (%), wind (m/s), direction (deg), rain (mm an hour), sun, cloud (0..1), each by site
    and time: the city's weather, and a little of each place's own."""
    weather = {
        name: read_at(world, when, lambda of, day, name=name: weather_hours(of, day)[name].to_numpy())
        for name in ("temp_c", "humidity_pct", "wind_ms")
    }
    count, fixed, at = sites.height, world.random("skies/sites"), when.moments
    direction = weather_hours(world, when.day)["wind_deg"].to_numpy()[when.whole]
    warm = 0.6 * fixed.standard_normal((count, 1)) + 0.3 * world.wave("skies/temperature", at, 0.4, count)
    open_ = np.exp(0.2 * fixed.standard_normal((count, 1)) + 0.1 * world.wave("skies/wind", at, 0.2, count))
    damp = -2 * warm + 1.5 * world.wave("skies/humidity", at, 0.4, count)
    wet = np.exp(0.1 * fixed.standard_normal((count, 1)))
    veer = 12 * fixed.standard_normal((count, 1)) + 8 * world.wave("skies/direction", at, 0.1, count)
    return {
        "temperature": weather["temp_c"] + warm,
        "humidity": np.clip(weather["humidity_pct"] + damp, 8, 99.5),
        "wind": np.clip(weather["wind_ms"] * open_, 0.1, 45),
        "direction": (direction + veer) % 360,
        "rain": rain_at(world, when) * wet,
        "sun": np.broadcast_to(read_at(world, when, sunshine), (count, len(at))),
        "cloud": np.broadcast_to(np.clip(read_at(world, when, cloudiness), 0, 1), (count, len(at))),
    }


def usual_year(world: World, day: date) -> float:
    """-1 in the middle of the city's winter, 1 in the middle of its summer; in the tropics near 0."""
    latitude = city_site(world).latitude
    return float(
        np.clip(latitude / 35, -1, 1) * np.cos(2 * np.pi * (hours(day)[0] - date(2001, 7, 25).toordinal()) / 365.2425)
    )
