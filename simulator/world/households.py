"""Who lives in the districts of any city, and in what: residents by sex and age, dwellings, what is built and sold."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.world.places import districts
from simulator.world.world import World

SEXES = ("female", "male")
AGES = tuple(range(0, 90, 5))  # first years of groups of five; the last one has no end
_AGE_SHARES = np.array([5, 5, 5, 5.5, 7, 8, 8, 8, 7.5, 7.5, 7, 6.5, 6, 5, 4, 3, 2, 1.0])
_BIRTHS = np.where(np.array(AGES) == 0, 0.2, 0.0)  # a year, of those in the youngest group: all births are there
_DEATHS = 0.0006 * np.exp(0.085 * np.maximum(np.array(AGES) - 20, 0))
GROWTH = 0.004  # a year, of what is in all districts alike
DRIFT, TURN = 0.009, 0.05  # of a district alone: a year, and in a wave of so many days
TURN_DAYS = 3_000
PER_HOUSEHOLD = 2.6  # residents
KINDS = {"apartment": (0.7, 62.0), "house": (0.3, 95.0)}  # share of the dwellings, m2 of one
_COUNTED = date(2020, 1, 1)
YEAR = 365.2425


def years_since(day: date, days: float) -> float:
    """Years from 2020 to the end of so many days."""
    return (day.toordinal() + days - _COUNTED.toordinal()) / YEAR


def people_by_age(world: World, day: date, days: float) -> pl.DataFrame:
    """area, name, sex, age_from, age_to (null: no end), residents (at the end), households, births, deaths, moved_in,
    moved_out (in the time)."""
    rows = districts(world)
    share = _AGE_SHARES / _AGE_SHARES.sum()
    old = np.exp(0.12 * world.random("households/ages").standard_normal((rows.height, 1)))
    shares = share * np.where(np.array(AGES) >= 60, old, 1.0)
    shares = shares / shares.sum(axis=1, keepdims=True)
    women = np.interp(np.array(AGES), (0, 60, 85), (0.488, 0.51, 0.66))
    by_sex = np.stack([women, 1 - women])
    now = rows["residents"].to_numpy() * _grown(world, day, days)
    people = np.rint(now[:, None, None] * shares[:, None, :] * by_sex)
    part = days / YEAR
    moving = np.exp(0.1 * world.random("households/moves", day).standard_normal(people.shape))
    mobile = np.interp(np.array(AGES), (0, 15, 25, 40, 85), (0.12, 0.1, 0.28, 0.12, 0.04))
    size = people.size
    number = np.arange(size)
    return pl.DataFrame(
        {
            "area": rows["area"].gather(number // (len(SEXES) * len(AGES))),
            "name": rows["name"].gather(number // (len(SEXES) * len(AGES))),
            "sex": pl.Series(SEXES, dtype=pl.String).gather(number // len(AGES) % len(SEXES)),
            "age_from": pl.Series(AGES, dtype=pl.Int64).gather(number % len(AGES)),
            "age_to": pl.Series([*(age + 4 for age in AGES[:-1]), None], dtype=pl.Int64).gather(number % len(AGES)),
            "residents": people.ravel(),
            "households": np.rint(people / PER_HOUSEHOLD).ravel(),
            "births": np.rint(people * _BIRTHS * part).ravel(),
            "deaths": np.rint(people * np.minimum(_DEATHS, 0.3) * part).ravel(),
            "moved_in": np.rint(people * mobile * part * moving).ravel(),
            "moved_out": np.rint(people * mobile * part * moving * (1 - GROWTH)).ravel(),
        }
    )


def _grown(world: World, day: date, days: float) -> np.ndarray:
    """What became of a number of 2020 in each district at the end of the time: some grow for decades, some shrink."""
    count, years = districts(world).height, years_since(day, days)
    drift = DRIFT * world.random("households/drift").standard_normal(count)
    at = np.array([_COUNTED.toordinal(), day.toordinal() + days])
    turns = TURN * world.wave("households/turns", at, TURN_DAYS, count)
    return (1 + GROWTH) ** years * np.exp(drift * years + turns[:, 1] - turns[:, 0])


def homes(world: World, day: date, days: float) -> pl.DataFrame:
    """area, name, kind, dwellings, vacant_dwellings, floor_area (m2; at the end), dwellings_permitted,
    dwellings_completed (in the time)."""
    rows, part = districts(world), days / YEAR
    share = np.array([share for share, _ in KINDS.values()])
    size = np.array([size for _, size in KINDS.values()])
    now = rows["residents"].to_numpy() * _grown(world, day, days) / PER_HOUSEHOLD * 1.07
    there = np.rint(now[:, None] * share)
    empty = np.clip(
        0.06 + 0.01 * world.wave("households/empty", np.array([day.toordinal() + days]), 700)[0, 0], 0.02, 0.2
    )
    built = np.exp(0.2 * world.random("households/built", day).standard_normal((2, *there.shape)))
    number = np.arange(there.size)
    return pl.DataFrame(
        {
            "area": rows["area"].gather(number // len(KINDS)),
            "name": rows["name"].gather(number // len(KINDS)),
            "kind": pl.Series(list(KINDS), dtype=pl.String).gather(number % len(KINDS)),
            "dwellings": there.ravel(),
            "vacant_dwellings": np.floor(there * empty).ravel(),
            "dwellings_permitted": np.rint(0.014 * there * part * built[0]).ravel(),
            "dwellings_completed": np.rint(0.012 * there * part * built[1]).ravel(),
            "floor_area": (there * size).ravel(),
        }
    )
