"""Drinking water of homes and businesses at meters of districts."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import PEAK, STOCK, SUM, TROUGH
from simulator.row_kinds import Readings, Values
from simulator.world.demand import WATER, meter_reading, served, water_demand
from simulator.world.when import When
from simulator.world.world import World

PER_METER = {"homes": 2.4, "businesses": 30.0}  # residents
SMART_SHARE = 0.18  # of the meters


def _meters(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": list(WATER)})
    return sites.select("place", "name", "area", "lat", "lon").join(kinds, how="cross", maintain_order="left_right")


def _read(world: World, meters: pl.DataFrame, when: When) -> Values:
    flow = water_demand(world, meters, when)
    customers = np.rint(served(world, meters) / np.array([PER_METER[kind] for kind in meters["kind"]]))
    return {
        "volume": flow * when.length,
        "water_reading": meter_reading(world, meters, when, WATER),
        "flow_max": 1.1 * flow,
        "flow_min": 0.9 * flow,
        "customers": np.broadcast_to(customers.astype(np.int64)[:, None], flow.shape),
        "smart_meters": np.broadcast_to(np.floor(customers * SMART_SHARE).astype(np.int64)[:, None], flow.shape),
    }


OBSERVED = Readings(
    "meter",
    _read,
    {
        "volume": SUM,
        "water_reading": STOCK,
        "flow_max": PEAK,
        "flow_min": TROUGH,
        "customers": STOCK,
        "smart_meters": STOCK,
    },
    _meters,
)
