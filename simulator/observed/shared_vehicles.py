"""Vehicles at the docks of stations; what is there, what cannot be used and what is free are all its docks."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, LEAST, STOCK
from simulator.row_kinds import Readings, Values, shares
from simulator.world.activity import docked, docks
from simulator.world.when import When
from simulator.world.world import World

ELECTRIC = 0.3
_STATE = {"renting": True, "accepts_returns": True, "state": "in service"}


def _read(world: World, stations: pl.DataFrame, when: When) -> Values:
    total = np.broadcast_to(docks(world, stations)[:, None], (stations.height, len(when.hour)))
    broken = world.random("shared vehicles", when.day).random((2, stations.height, 1)) < 0.06
    usable = total - broken.sum(axis=0)
    available = np.rint(docked(world, stations, when) * usable).astype(np.int64)
    reported = when.clock - np.timedelta64(2, "m")
    return {
        "vehicles_available": available,
        "ebikes_available": (ELECTRIC * available).astype(np.int64),
        "vehicles_disabled": np.broadcast_to(broken[0].astype(np.int64), total.shape),
        "docks_total": total,
        "docks_free": usable - available,
        "docks_disabled": np.broadcast_to(broken[1].astype(np.int64), total.shape),
        "reported_at": np.broadcast_to(reported, total.shape),
        **{name: np.full(total.shape, value) for name, value in _STATE.items()},
    }


_COUNTS = ("vehicles_available", "ebikes_available", "vehicles_disabled", "docks_total", "docks_free", "docks_disabled")
OBSERVED = Readings(
    "dock",
    _read,
    {**dict.fromkeys(_COUNTS, STOCK), "reported_at": LEAST, **dict.fromkeys(_STATE, LAST)},
    splits={"vehicle_type": shares(bike=1 - ELECTRIC, ebike=ELECTRIC)},
)
