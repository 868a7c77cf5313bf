"""Parked vehicles at any lots: full where people work or go out."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.calendar import like
from simulator.world.when import When
from simulator.world.world import World


def lot_places(world: World, sites: pl.DataFrame) -> np.ndarray:
    """For how many vehicles each lot has a place."""
    return world.random("lots/places").integers(40, 600, size=sites.height)


def parked(world: World, sites: pl.DataFrame, when: When) -> np.ndarray:
    """Vehicles at each lot, by time; whole, never more than there are places."""
    work, out = rhythm.whereabouts(like(world, when.day), when.hour)
    own = 0.12 * world.random("lots/own").standard_normal((sites.height, 1))
    now = 0.06 * world.wave("lots/now", when.moments, 0.1, sites.height)
    full = np.clip(0.2 + 1.1 * work + 0.9 * out + own + now, 0.02, 1)
    return np.rint(full * lot_places(world, sites)[:, None]).astype(np.int64)
