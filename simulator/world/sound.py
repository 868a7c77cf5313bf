"""Sound at any place of a city: traffic makes it, rain adds to it."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.world.activity import traffic_share
from simulator.world.skies import rain_at
from simulator.world.when import When, hours_of
from simulator.world.world import World

EVENING, NIGHT = 19, (23, 7)  # the hours in which a level counts 5 or 10 dB more
_DAY_HOURS = np.arange(24)


def sound(world: World, sites: pl.DataFrame, when: When) -> np.ndarray:
    """Mean level in dB(A) by site and time, 35 to 85."""
    fixed, count = world.random("sound"), sites.height
    own = 4 * fixed.standard_normal((count, 1)) + 1.2 * world.wave("sound/sites", when.moments, 0.1, count)
    wet = 1.2 * np.minimum(rain_at(world, when), 5)
    return np.clip(50 + 11 * traffic_share(world, when) + own + wet, 35, 85)


def of_the_day(world: World, sites: pl.DataFrame, when: When) -> tuple[np.ndarray, np.ndarray]:
    """Level of day, evening and night with the additions, and that of the night, in dB(A) by site."""
    levels = sound(world, sites, hours_of(when.day))
    night = (NIGHT[0] <= _DAY_HOURS) | (NIGHT[1] > _DAY_HOURS)
    more = np.where(night, 10, np.where(_DAY_HOURS >= EVENING, 5, 0))
    return _mean_level(levels + more), _mean_level(levels[:, night])


def _mean_level(levels: np.ndarray) -> np.ndarray:
    return 10 * np.log10((10 ** (levels / 10)).mean(axis=1))
