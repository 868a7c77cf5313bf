"""Traffic on the links of any city: full roads are slow, and so are wet ones."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.world.activity import traffic_share
from simulator.world.places import business, district_numbers, districts
from simulator.world.skies import rain_at
from simulator.world.when import When
from simulator.world.world import World

MOST_VEHICLES = 1_900  # an hour on a link of both lanes


def link_length(world: World, links: pl.DataFrame) -> np.ndarray:
    """Metres."""
    return np.round(world.random("roads/length").uniform(250, 1_600, links.height))


def free_speed(world: World, links: pl.DataFrame) -> np.ndarray:
    """km/h on the empty road."""
    return world.random("roads/speed").choice([40.0, 50.0, 60.0, 80.0], links.height, p=[0.3, 0.4, 0.2, 0.1])


def fullness(world: World, links: pl.DataFrame, when: When) -> np.ndarray:
    """How full each link is, 0.02 to 1, by time."""
    busy = np.clip(business(world) * districts(world).height, 0.3, 3) ** 0.3
    own = np.exp(0.15 * world.random("roads/links").standard_normal((links.height, 1)))
    now = np.exp(0.06 * world.wave("roads/now", when.moments, 0.04, links.height))
    level = traffic_share(world, when) * busy[district_numbers(world, links)][:, None]
    return np.clip(0.85 * level * own * now, 0.02, 1)


def link_speed(world: World, links: pl.DataFrame, when: When) -> np.ndarray:
    """km/h by link and time, never above the free speed."""
    wet = 1 - 0.12 * np.minimum(rain_at(world, when), 6) / 6
    return np.maximum(free_speed(world, links)[:, None] * (1 - 0.62 * fullness(world, links, when) ** 1.6) * wet, 5)
