"""Rentals at the stations of shared vehicles; most come back within the hour."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.activity import rides
from simulator.world.when import When
from simulator.world.world import World

KM, MINUTES = 2.1, 14.0  # of one rental


def _read(world: World, stations: pl.DataFrame, when: When) -> Values:
    begun = np.rint(rides(world, stations, when) * when.length).astype(np.int64)
    ended = rides(world, stations, When(when.day, np.maximum(when.hour - MINUTES / 60, 0), when.length))
    return {
        "rentals": begun,
        "returns": np.rint(ended * when.length).astype(np.int64),
        "distance": KM * begun,
        "duration": MINUTES * begun,
    }


OBSERVED = Readings(
    "dock",
    _read,
    {"rentals": SUM, "returns": SUM, "distance": SUM, "duration": SUM},
    splits={
        "destination": lambda docks: dict.fromkeys(docks["place"].unique(maintain_order=True).head(4), 0.25),
        "people_group": shares(member=0.8, casual=0.2),
        "vehicle_type": shares(bike=0.75, ebike=0.25),
    },
)
