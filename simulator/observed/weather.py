"""Weather at the measuring stations."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import DIRECTION, LAST, LEAST, MEAN, MOST, SUM
from simulator.row_kinds import Readings, Values
from simulator.world.skies import at_height, dew_point, pressure_at_sea, site_weather, snow_depth, snowing
from simulator.world.when import When
from simulator.world.world import World


def _stations(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    return sites.select("place", "name", "area", "lat", "lon", "altitude")


def _read(world: World, sites: pl.DataFrame, when: When) -> Values:
    sky = site_weather(world, sites, when)
    temp, humidity, wind, sun, cloud = (sky[name] for name in ("temperature", "humidity", "wind", "sun", "cloud"))
    rain, dew = sky["rain"], dew_point(temp, humidity)
    within = 0.2 + 0.4 * when.length**0.5
    sea = np.broadcast_to(pressure_at_sea(world, when), temp.shape)
    gust = 1.55 * wind + 0.4
    vapour = 6.105 * np.exp(17.27 * dew / (237.7 + dew))
    lies = np.maximum(snow_depth(world, when.day)[when.whole], 0)
    snow = rain * snowing(temp)
    kind = np.select(
        [snow > 0.1, rain > 0, cloud > 0.6],
        [np.full(temp.shape, "snow"), np.full(temp.shape, "rain"), "cloudy"],
        "clear",
    )
    return {
        "temperature": temp,
        "temperature_min": temp - within,
        "temperature_max": temp + within,
        "feels_like_temperature": temp + 0.33 * vapour - 0.7 * wind - 4,
        "dew_point": dew,
        "globe_temperature": temp + 11 * sun,
        "wet_bulb_temperature": dew + (temp - dew) / 3,
        "humidity": humidity,
        "precipitation": rain * when.length,
        "snow_depth": np.broadcast_to(lies, temp.shape),
        "snowfall": snow * when.length,
        "wind_speed": wind,
        "wind_speed_max": 1.2 * wind,
        "wind_direction": sky["direction"],
        "gust_speed": gust,
        "gust_direction": (sky["direction"] + 7) % 360,
        "pressure": at_height(sea, sites["altitude"].to_numpy()[:, None]),
        "pressure_sea_level": sea,
        "solar_radiation": 1000 * sun,
        "illuminance": 110_000 * sun,
        "uv_index": 11 * sun**1.3,
        "visibility": np.clip(30 - 0.0035 * np.clip(humidity - 30, 0, None) ** 2 - 6 * np.sqrt(rain), 0.2, 50),
        "cloud_cover": 100 * cloud,
        "sunshine": np.clip((sun - 0.05) / 0.15, 0, 1) * when.length,
        "weather_type": kind,
    }


OBSERVED = Readings(
    "station",
    _read,
    {
        "temperature": MEAN,
        "temperature_min": LEAST,
        "temperature_max": MOST,
        "feels_like_temperature": MEAN,
        "dew_point": MEAN,
        "globe_temperature": MEAN,
        "wet_bulb_temperature": MEAN,
        "humidity": MEAN,
        "precipitation": SUM,
        "snow_depth": LAST,
        "snowfall": SUM,
        "wind_speed": MEAN,
        "wind_speed_max": MOST,
        "wind_direction": DIRECTION,
        "gust_speed": MOST,
        "gust_direction": DIRECTION,
        "pressure": MEAN,
        "pressure_sea_level": MEAN,
        "solar_radiation": MEAN,
        "illuminance": MEAN,
        "uv_index": MOST,
        "visibility": MEAN,
        "cloud_cover": MEAN,
        "sunshine": SUM,
        "weather_type": LAST,
    },
    _stations,
)
