"""Vehicles at parking lots; those that came and left make the difference to the time before."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN, MOST, STOCK, SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.activity import traffic_share
from simulator.world.lots import lot_places, parked
from simulator.world.when import When
from simulator.world.world import World

COUNTED_BEFORE = np.timedelta64(1, "m")


def _lots(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    return sites.select(
        "place",
        "name",
        "area",
        "lat",
        "lon",
        kind=pl.lit("off-street"),
        address=pl.format("{} {}", "name", pl.int_range(pl.len()) % 90 + 1),
    )


def _read(world: World, lots: pl.DataFrame, when: When) -> Values:
    there, places = parked(world, lots, when), lot_places(world, lots)[:, None]
    more = there - parked(world, lots, When(when.day, when.hour - when.length, when.length))
    passing = np.rint(0.25 * places * traffic_share(world, when) * when.length).astype(np.int64)
    return {
        "capacity": np.broadcast_to(places, there.shape),
        "occupied": there,
        "free": places - there,
        "occupancy": 100 * there / places,
        "entries": passing + np.maximum(more, 0),
        "exits": passing + np.maximum(-more, 0),
        "state": np.full(there.shape, "open"),
        "counted_at": np.broadcast_to(when.clock - COUNTED_BEFORE, there.shape),
    }


OBSERVED = Readings(
    "lot",
    _read,
    {
        "capacity": STOCK,
        "occupied": STOCK,
        "free": STOCK,
        "occupancy": MEAN,
        "entries": SUM,
        "exits": SUM,
        "state": LAST,
        "counted_at": MOST,
    },
    _lots,
    splits={"vehicle_type": shares(car=0.9, motorcycle=0.1)},
)
