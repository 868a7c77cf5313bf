"""Where people are and how they get about, by district or site, at any time. Holidays are those of the country."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.calendar import like
from simulator.world.movement import BIKE_WEEK, BOARDINGS_PER_RESIDENT, SUBWAY_WEEK
from simulator.world.people import PRESENT
from simulator.world.places import business, district_numbers, districts, residents
from simulator.world.skies import rain_at, temperature_at
from simulator.world.when import When, hours_of
from simulator.world.world import World

RIDES_PER_DOCK = 2.2  # a day, in good weather


def present(world: World, when: When) -> np.ndarray:
    """People present, by district and time."""
    people, work, out = _places(world, when)
    home, offices = _homes(world), business(world)
    mix = (
        home[:, None] * (1 - work - out)
        + (0.52 * home + 0.48 * offices)[:, None] * work
        + (0.5 * home + 0.5 * offices)[:, None] * out
    )
    return mix * people


def crowd(world: World, sites: pl.DataFrame, when: When) -> np.ndarray:
    """People at each site: together the sites of a district have all people who are present in it."""
    host = district_numbers(world, sites)
    popular = np.exp(0.6 * np.clip(world.random("activity/spots").standard_normal((sites.height, 1)), -2, 2))
    now = popular * np.exp(0.08 * world.wave("activity/crowd", when.moments, 0.1, sites.height))
    whole = np.zeros((districts(world).height, len(when.hour)))
    np.add.at(whole, host, now)
    return present(world, when)[host] * now / whole[host]


def passengers(world: World, sites: pl.DataFrame, when: When) -> tuple[np.ndarray, np.ndarray]:
    """Boardings and alightings at each stop, passengers an hour: out of homes in the morning, out of offices later."""
    day, host = like(world, when.day), district_numbers(world, sites)
    homes, offices = _homes(world)[host], business(world)[host]
    popular = np.exp(0.5 * world.random("activity/stops").standard_normal(sites.height))
    level = _shares(world, when)
    late = np.clip((when.hour - 11) / 4, 0, 1)  # by noon as many go home as go to work
    from_homes, to_offices = (popular * (0.3 / sites.height + 0.7 * near / near.sum()) for near in (homes, offices))
    from_homes, to_offices = from_homes / from_homes.sum(), to_offices / to_offices.sum()
    wet = 1 - 0.05 * np.minimum(rain_at(world, when), 6) / 6
    total = residents(world) * BOARDINGS_PER_RESIDENT * SUBWAY_WEEK[day.weekday()] * level * wet
    total = total * np.exp(0.02 * world.wave("activity/passengers", when.moments, 15)[0])
    noise = np.exp(0.04 * world.wave("activity/boardings", when.moments, 0.1, 2 * sites.height))
    out = from_homes[:, None] * (1 - 0.75 * late) + to_offices[:, None] * 0.75 * late
    into = to_offices[:, None] * (1 - 0.75 * late) + from_homes[:, None] * 0.75 * late
    return total * out * noise[: sites.height], total * into * noise[sites.height :]


def docks(world: World, sites: pl.DataFrame) -> np.ndarray:
    """Docks of each station of shared vehicles."""
    return world.random("activity/docks").integers(8, 32, size=sites.height)


def docked(world: World, sites: pl.DataFrame, when: When) -> np.ndarray:
    """Share of its docks that is taken at each station: where offices are by day, where people live by night."""
    work = rhythm.whereabouts(like(world, when.day), when.hour)[0]
    offices = np.tanh(business(world) * districts(world).height - 0.6)[district_numbers(world, sites)][:, None]
    own = 0.2 * world.wave("activity/docked", when.moments, 0.1, sites.height)
    return np.clip(0.5 + 0.5 * offices * (work - 0.2) + own, 0, 1)


def rides(world: World, sites: pl.DataFrame, when: When) -> np.ndarray:
    """Rentals that begin at each station, an hour: more when it is mild and dry."""
    temp, rain = temperature_at(world, when), rain_at(world, when)
    mild = np.interp(temp, (-12, -2, 8, 19, 25, 30, 36), (0.06, 0.16, 0.5, 1.0, 1.0, 0.82, 0.6))
    popular = np.exp(0.5 * world.random("activity/popular").standard_normal((sites.height, 1)))
    usual = RIDES_PER_DOCK * docks(world, sites)[:, None] * popular * BIKE_WEEK[like(world, when.day).weekday()]
    each = np.exp(0.15 * world.wave("activity/rides", when.moments, 0.15, sites.height))
    return usual * _shares(world, when) * mild * np.exp(-0.5 * np.minimum(rain, 10) ** 0.6) * each


def traffic_share(world: World, when: When) -> np.ndarray:
    """Level of traffic by time, 1 is the fullest hour of a workday."""
    return rhythm.traffic_level(like(world, when.day), when.hour)


def _shares(world: World, when: When) -> np.ndarray:
    """Share of an hour in the journeys of its day."""
    day = traffic_share(world, hours_of(when.day)) ** 1.3
    return traffic_share(world, when) ** 1.3 / day.sum()


def _homes(world: World) -> np.ndarray:
    return districts(world)["residents"].to_numpy() / residents(world)


def _places(world: World, when: When) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People in the city, and the shares of them at work and out, by time."""
    work, out = rhythm.whereabouts(like(world, when.day), when.hour)
    by_day = 1 + 0.04 * np.sin(2 * np.pi * (when.hour - 8) / 24)
    total = residents(world) * PRESENT * by_day * np.exp(0.012 * world.wave("activity/city", when.moments, 9)[0])
    return total, work, out
