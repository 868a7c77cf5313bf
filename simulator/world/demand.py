"""What a city uses: energy and water, by the hour, by how warm it is and whether people work."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from simulator.world.activity import traffic_share
from simulator.world.calendar import resting
from simulator.world.places import district_numbers, districts
from simulator.world.skies import temperature_at
from simulator.world.when import When, hours_of
from simulator.world.world import World

ENERGY = {"electricity": 0.42, "gas": 0.25}  # kWh an hour and resident, in mild weather
WATER = {"homes": 0.0075, "businesses": 0.0045}  # m3 an hour and resident
COUNTED_SINCE = 726_103  # 1989-01-01 as days since year 1: before the first meters were installed
MILD = (16, 24)  # degC between which nobody heats or cools


def served(world: World, meters: pl.DataFrame) -> np.ndarray:
    """Residents behind each meter, the same for each kind at a place: the places of a district have all of its own."""
    codes = meters["place"].to_list()
    first = {code: row for row, code in reversed(list(enumerate(codes)))}
    place = {code: number for number, code in enumerate(sorted(first, key=lambda code: first[code]))}
    host = district_numbers(world, meters)[[first[code] for code in place]]
    weight = np.exp(0.3 * np.clip(world.random("demand/meters").standard_normal(len(place)), -2, 2))
    people = districts(world)["residents"].to_numpy()[host] * weight / np.bincount(host, weight)[host]
    return people[[place[code] for code in codes]]


def energy_demand(world: World, meters: pl.DataFrame, when: When) -> np.ndarray:
    """kW of each meter (with columns place and kind), by time."""
    temp = temperature_at(world, when)
    cold, hot = np.clip(MILD[0] - temp, 0, None), np.clip(temp - MILD[1], 0, None)
    by_weather = {"electricity": 1 + 0.02 * cold + 0.05 * hot, "gas": 0.3 + 0.14 * cold}
    factor = np.array([by_weather[kind] for kind in meters["kind"]])
    return _usual(world, meters, when, ENERGY, "energy", 0.92) * factor


def water_demand(world: World, meters: pl.DataFrame, when: When) -> np.ndarray:
    """m3 an hour of each meter (with columns place and kind), by time; more in the heat."""
    heat = 1 + 0.009 * np.clip(temperature_at(world, when) - 15, 0, None)
    return _usual(world, meters, when, WATER, "water", 0.97) * heat


def meter_reading(world: World, meters: pl.DataFrame, when: When, each: Mapping[str, float]) -> np.ndarray:
    """What meters show at the end of each time: it grows with what is usual, hour by hour, and never goes back."""
    day_hours = _daily(world, hours_of(when.day))
    upto = np.concatenate([[0], np.cumsum(day_hours / day_hours.sum())])
    end = np.clip(when.hour + (when.length / 2), 0, 24)
    days = when.day.toordinal() - COUNTED_SINCE + np.interp(end, np.arange(25), upto)
    usual = 24 * served(world, meters) * np.array([each[kind] for kind in meters["kind"]])
    return usual[:, None] * np.maximum(days, 0)


def _daily(world: World, when: When) -> np.ndarray:
    """Level of what is used by time of the day, about 1: homes in the evening, work by day."""
    return 0.55 + 0.65 * traffic_share(world, when)


def _usual(
    world: World, meters: pl.DataFrame, when: When, each: Mapping[str, float], name: str, rest: float
) -> np.ndarray:
    kinds = np.array([each[kind] for kind in meters["kind"]])[:, None]
    now = np.exp(0.03 * world.wave(f"demand/{name}", when.moments, 0.2, meters.height))
    quiet = rest if resting(world, when.day) else 1.0
    return served(world, meters)[:, None] * kinds * _daily(world, when) * now * quiet
