"""What street sensors report by hour, with their biases, drift and outages. The register is in `registers`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.air import district_air
from simulator.world.people import dong_hours
from simulator.world.places import district_numbers, dongs
from simulator.world.registers import sensor_register
from simulator.world.weather import recent_rain, sunshine, weather_hours
from simulator.world.world import World, clock

# Outages of 4 to 30 days, most of them short: with these figures 4 to 5 % of the sensors are down on any day.
OUTAGE_WINDOW_DAYS = 100
OUTAGE_SHARE = 0.38
LONGEST_OUTAGE_DAYS = 30
MISSING_HOURS = 0.01
CALIBRATED_EVERY_DAYS = 540
COUNTING = 3  # every third sensor counts visitors
# Noise by region, dB at midday against the mean of all.
LOUDER = {
    "main_street": 4.0,
    "traditional_markets": 3.0,
    "roads_and_parks": 1.0,
    "residential_area": -3.0,
    "parks": -5.0,
}


@lru_cache(maxsize=16)
def sensor_hours(world: World, day: date) -> pl.DataFrame:
    """One row per living sensor and hour, sorted by sensor and time; hours are missing now and then.

    sensor_id, measured_at (full hour and a fixed offset below ten minutes), registered_at, pm25_ugm3,
    pm10_ugm3 (corrected), pm25_raw_ugm3, pm10_raw_ugm3, temp_c, humidity_pct, wind_direction_deg,
    wind_speed_ms (null where not fitted, 95 %), illuminance_lux, uv_index, noise_db (36..84),
    vibration_x_g, vibration_y_g, vibration_z_g, globe_temp_c (null where not fitted, 90 %).
    """
    register = sensor_register(world)
    count = register.height
    district = district_numbers(world, register)
    fixed, chance = world.random("sensors/fixed"), world.random("sensors/hours", day)

    def per_sensor(spread: float) -> np.ndarray:
        return spread * fixed.standard_normal((count, 1))

    def noise(spread: float) -> np.ndarray:
        return spread * chance.standard_normal((count, 24))

    weather = weather_hours(world, day)
    sun, wind = sunshine(world, day), weather["wind_ms"].to_numpy()
    traffic = rhythm.traffic_level(day, np.arange(24) + 0.5)
    # Concrete keeps the day's heat: up to 1.5 degrees above the weather station, most at night.
    temp = weather["temp_c"].to_numpy() + 1.0 + per_sensor(0.5) + 0.8 * sun * np.abs(per_sensor(1.0)) + noise(0.15)
    humidity = np.clip(weather["humidity_pct"].to_numpy() - 2 + per_sensor(2.5) + noise(1.0), 8, 99.5)

    air = district_air(world, day)
    age = (np.datetime64(day, "D") - register["installed_on"].to_numpy()).astype(int) % CALIBRATED_EVERY_DAYS
    drift = per_sensor(0.10) * age[:, None] / CALIBRATED_EVERY_DAYS
    fine = air["pm25_ugm3"][district] * np.exp(per_sensor(0.07) + drift + noise(0.06))
    coarse = air["coarse"][district] * np.exp(per_sensor(0.10) + drift + noise(0.08))
    # An optical counter takes swollen droplets for dust: nearly twice the mass in fog.
    swollen = 1.08 + 0.9 * np.clip((humidity - 60) / 40, 0, 1) ** 2

    louder = np.array([LOUDER[region] for region in register["region"]])[:, None]
    sound = 51 + louder + per_sensor(2.0) + 9 * traffic + 1.2 * np.minimum(recent_rain(world, day, 0.1), 5) + noise(1.6)
    light = np.clip(sun * 115_000 * np.exp(per_sensor(0.25)) / 1.6, 0, 115_000) + 12 * np.exp(per_sensor(0.5)) * (
        sun <= 0
    )
    shake = 0.03 + 0.03 * traffic + np.abs(per_sensor(0.012)) + np.abs(noise(0.004))
    windy, globed = fixed.random((count, 1)) < 0.05, fixed.random((count, 1)) < 0.10
    street_wind = np.clip(wind * 0.55 * np.exp(per_sensor(0.2) + noise(0.1)), 0.05, 40)
    vane = (weather["wind_deg"].to_numpy() + per_sensor(25) + noise(8)) % 360

    offset = fixed.integers(0, 10, size=count) * np.timedelta64(1, "m")
    measured = clock(day) + offset[:, None].astype("timedelta64[us]")
    late = (50 + chance.integers(0, 25, size=(count, 24))) * np.timedelta64(1_000_000, "us")
    there = alive(world, day)[:, None] & (chance.random((count, 24)) >= MISSING_HOURS)
    values = {
        "measured_at": measured,
        "registered_at": measured + late,
        "pm25_ugm3": fine,
        "pm10_ugm3": fine + coarse,
        "pm25_raw_ugm3": fine * swollen,
        "pm10_raw_ugm3": (fine + coarse) * swollen,
        "temp_c": temp,
        "humidity_pct": humidity,
        "wind_direction_deg": np.where(windy, vane, np.nan),
        "wind_speed_ms": np.where(windy, street_wind, np.nan),
        "illuminance_lux": light,
        "uv_index": np.clip(11 * sun**1.3 * np.exp(per_sensor(0.1)), 0, 15),
        "noise_db": np.clip(sound, 36, 84),
        "vibration_x_g": shake,
        "vibration_y_g": shake * np.exp(per_sensor(0.2)),
        "vibration_z_g": 0.985 + per_sensor(0.006) + shake / 10,
        "globe_temp_c": np.where(globed, temp + 11 * sun, np.nan),
    }
    number = np.broadcast_to(np.arange(count)[:, None], there.shape)[there]
    return pl.DataFrame(
        {"sensor_id": register["sensor_id"].gather(number), **{name: block[there] for name, block in values.items()}}
    ).with_columns(pl.col("wind_direction_deg", "wind_speed_ms", "globe_temp_c").fill_nan(None))


def visitors(world: World, day: date) -> pl.DataFrame:
    """sensor_id, sensed_at (hourly), registered_at, visitor_count (Int64) of the living sensors that count."""
    register = sensor_register(world)
    counting = np.flatnonzero((np.arange(register.height) % COUNTING == 0) & alive(world, day))
    chance, fixed = world.random("visitors", day), world.random("visitors")
    order = {code: n for n, code in enumerate(dongs(world)["dong_code"])}
    present = dong_hours(world, day)[[order[code] for code in register["dong_code"].gather(counting)]]
    awake = np.interp(np.arange(24), (0, 2, 4, 6, 8, 12, 18, 22, 24), (0.35, 0.12, 0.06, 0.25, 0.9, 1, 1, 0.7, 0.35))
    busy = np.exp(0.6 * fixed.standard_normal(register.height))[counting, None]
    dry = np.exp(-0.12 * np.minimum(weather_hours(world, day)["rain_mm"].to_numpy(), 8))
    counts = chance.poisson(0.006 * present * awake * busy * dry)
    sensed = np.broadcast_to(clock(day), counts.shape)
    late = (60 + chance.integers(0, 120, size=counts.shape)) * np.timedelta64(1_000_000, "us")
    return pl.DataFrame(
        {
            "sensor_id": register["sensor_id"].gather(np.repeat(counting, 24)),
            "sensed_at": sensed.ravel(),
            "registered_at": (sensed + late).ravel(),
            "visitor_count": counts.ravel().astype(np.int64),
        }
    )


def alive(world: World, day: date) -> np.ndarray:
    """Whether each registered sensor works on the day: installed and not in an outage.

    Outages begin in windows of 100 days, spread evenly over the window and drawn from all sensors, so that
    about the same number is down on any day. An outage may reach into the next window, never beyond it.
    """
    register = sensor_register(world)
    works = (register["installed_on"] <= day).to_numpy().copy()
    count = round(OUTAGE_SHARE * register.height)
    window, into = divmod(day.toordinal(), OUTAGE_WINDOW_DAYS)
    for back in (0, 1):
        chance = world.random("sensors/outages", date.fromordinal((window - back) * OUTAGE_WINDOW_DAYS))
        broken = chance.permutation(register.height)[:count]
        start = (np.arange(count) + chance.random(count)) * OUTAGE_WINDOW_DAYS / count
        length = 4 + (LONGEST_OUTAGE_DAYS - 4) * chance.beta(1, 2.2, count)
        now = into + back * OUTAGE_WINDOW_DAYS
        works[broken[(start <= now) & (now < start + length)]] = False
    return works
