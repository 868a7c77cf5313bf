"""Where the people of the city are by hour, and what they search for. What they buy or ride belongs elsewhere."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.places import dongs, residents
from simulator.world.weather import normal_temperature, weather_hours
from simulator.world.world import World, bell, hours

SEXES = ("male", "female")
BANDS = (
    "0T9",
    "10T14",
    "15T19",
    "20T24",
    "25T29",
    "30T34",
    "35T39",
    "40T44",
    "45T49",
    "50T54",
    "55T59",
    "60T64",
    "65T69",
    "70T74",
)
# Shares of the bands, and how much of an average person's working and going out they do.
BAND_SHARES = np.array([5.2, 3.8, 4.2, 6.4, 9.0, 8.6, 7.4, 7.6, 7.6, 8.4, 8.2, 8.0, 6.8, 8.8])
BAND_WORK = np.array([0.15, 0.4, 0.6, 1.0, 1.4, 1.4, 1.4, 1.35, 1.35, 1.3, 1.2, 0.9, 0.6, 0.35])
BAND_OUT = np.array([0.5, 0.7, 1.1, 1.9, 1.7, 1.2, 1.0, 1.0, 1.0, 1.0, 0.9, 0.8, 0.7, 0.5])
MALE_SHARE = 0.485
PRESENT = 1.03  # people present for each resident, mean of the day: commuters and visitors from outside


def people_hours(world: World, day: date) -> pl.DataFrame:
    """dong_code, hour (0..23), sex (male, female), age_band (14), people (an estimate, not whole)."""
    people = _people(world, day)
    count = people.shape[0]
    each = len(SEXES) * len(BANDS)
    group = np.tile(np.arange(each), count * 24)
    return pl.DataFrame(
        {
            "dong_code": dongs(world)["dong_code"].gather(np.repeat(np.arange(count), 24 * each)),
            "hour": np.tile(np.repeat(np.arange(24), each), count),
            "sex": pl.Series(SEXES, dtype=pl.String).gather(group // len(BANDS)),
            "age_band": pl.Series(BANDS, dtype=pl.String).gather(group % len(BANDS)),
            "people": people.ravel(),
        }
    )


@lru_cache(maxsize=16)
def people_totals(world: World, day: date) -> pl.DataFrame:
    """dong_code, hour (0..23), male, female, total: the sums of people_hours, exactly."""
    sexes = _people(world, day).sum(axis=3)
    count = sexes.shape[0]
    return pl.DataFrame(
        {
            "dong_code": dongs(world)["dong_code"].gather(np.repeat(np.arange(count), 24)),
            "hour": np.tile(np.arange(24), count),
            "male": sexes[:, :, 0].ravel(),
            "female": sexes[:, :, 1].ravel(),
            "total": sexes.sum(axis=2).ravel(),
        }
    )


def dong_hours(world: World, day: date) -> np.ndarray:
    """People present by neighbourhood (in the order of `dongs`) and hour, shape (dongs, 24)."""
    return people_totals(world, day)["total"].to_numpy().reshape(-1, 24)


def search(world: World, day: date) -> pl.DataFrame:
    """day, cold_index, flu_index, pneumonia_index, coronavirus_index (0..100): one row."""
    at = hours(day)[:1]
    year_day = day.timetuple().tm_yday
    chill = max(normal_temperature(37.5, day) - float(weather_hours(world, day)["temp_c"].to_numpy().mean()), 0)
    since = (day - date(2020, 1, 20)).days  # the first case in Korea
    surge = 0.05 if since < 0 else 55 * np.exp(-since / 75) + 5 * np.exp(0.9 * world.wave("search/surge", at, 60)[0, 0])
    levels = {
        "cold": 7 + 9 * bell(year_day, 10, 75) + 0.35 * chill,
        "flu": 1.5 + 28 * bell(year_day, 5, 38) + 5 * bell(year_day, 100, 30),
        "pneumonia": 3 + 4 * bell(year_day, 20, 70) + 0.12 * surge,
        "coronavirus": surge,
    }
    working = 0.86 if rhythm.weekend(day) else 1.0
    values = {
        f"{topic}_index": [  # a list: Polars takes 1 ms to make a column of a number alone, and a window has 365 days
            float(np.clip(level * working * np.exp(0.18 * world.wave(f"search/{topic}", at, 5)[0, 0]), 0.01, 100))
        ]
        for topic, level in levels.items()
    }
    return pl.DataFrame({"day": [day], **values})


@lru_cache(maxsize=4)
def _people(world: World, day: date) -> np.ndarray:
    """People by neighbourhood, hour, sex and age band, in steps of 1/1024 so that any sum of them is exact."""
    shares = dongs(world)
    work, out = rhythm.whereabouts(day, np.arange(24) + 0.5)
    band = BAND_SHARES / BAND_SHARES.sum()
    # Scaled so that the bands together go to work and out as the whole city does.
    working = work[:, None] * BAND_WORK / (band @ BAND_WORK)
    leisure = out[:, None] * BAND_OUT / (band @ BAND_OUT)
    at_home = 1 - working - leisure
    place = [shares[name].to_numpy() for name in ("share_home", "share_work", "share_leisure")]
    mix = np.einsum("pd,pha->dha", np.array(place), np.array([at_home, working, leisure]))
    # Busier by day, when commuters are in the city; fewer at weekends, when some are out of it.
    present = PRESENT * (1 + (0.005 if rhythm.weekend(day) else 0.04) * np.sin(2 * np.pi * (np.arange(24) - 8) / 24))
    total = residents(world) * present * np.exp(0.012 * world.wave("people/city", hours(day)[:1], 9)[0])
    noise = np.exp(0.03 * world.random("people", day).standard_normal((shares.height, 24)))
    men = MALE_SHARE + 0.015 * world.random("people/sexes").standard_normal(shares.height)
    sexes = np.stack([men, 1 - men], axis=-1)[:, None, :, None]
    people = (mix * band)[:, :, None, :] * sexes * (noise * total)[:, :, None, None]
    return np.round(people * 1024) / 1024
