"""Electricity and gas at meters of districts."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, PEAK, PRESENT, STOCK, SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.currency import money
from simulator.world.demand import ENERGY, energy_demand, meter_reading, served
from simulator.world.weather import sunshine
from simulator.world.when import When, read_at
from simulator.world.world import World

DOLLARS_PER_KWH = 0.12
ROOFS_KW = 0.01  # of panels for each resident
PER_METER = 2.4  # residents
SMART_SHARE = 0.62  # of the meters
FLOOR_M2 = 30.0  # for each resident, homes and work together


def _meters(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": list(ENERGY)})
    return sites.select("place", "name", "area", "lat", "lon").join(kinds, how="cross", maintain_order="left_right")


def _read(world: World, meters: pl.DataFrame, when: When) -> Values:
    power = energy_demand(world, meters, when)
    made = np.array([ROOFS_KW if kind == "electricity" else 0.0 for kind in meters["kind"]])
    people = served(world, meters)
    code, per_dollar = money(world)
    energy = power * when.length
    customers = np.rint(people / PER_METER)
    return {
        "energy": energy,
        "energy_made": (made * people)[:, None] * read_at(world, when, sunshine) * when.length,
        "energy_reading": meter_reading(world, meters, when, ENERGY),
        "power": power,
        "power_max": 1.15 * power,
        "amount": energy * DOLLARS_PER_KWH * per_dollar,
        "currency": np.full(power.shape, code),
        "customers": np.broadcast_to(customers.astype(np.int64)[:, None], power.shape),
        "smart_meters": np.broadcast_to(np.floor(customers * SMART_SHARE).astype(np.int64)[:, None], power.shape),
        "floor_area": np.broadcast_to((people * FLOOR_M2)[:, None], power.shape),
    }


OBSERVED = Readings(
    "meter",
    _read,
    {
        "energy": SUM,
        "energy_made": SUM,
        "energy_reading": STOCK,
        "power": PRESENT,
        "power_max": PEAK,
        "amount": SUM,
        "currency": LAST,
        "customers": STOCK,
        "smart_meters": STOCK,
        "floor_area": STOCK,
    },
    _meters,
    splits={"customer_group": shares(homes=0.4, businesses=0.45, industry=0.15)},
)
