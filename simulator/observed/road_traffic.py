"""Traffic on links."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN, PRESENT, SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.roads import MOST_VEHICLES, free_speed, fullness, link_length, link_speed
from simulator.world.when import When
from simulator.world.world import World

_STATES = ("free", "dense", "slow")
_CLASSES = {80.0: "expressway", 60.0: "arterial", 50.0: "collector", 40.0: "local"}  # by the speed on the empty road


def _read(world: World, links: pl.DataFrame, when: When) -> Values:
    full, speed = fullness(world, links, when), link_speed(world, links, when)
    free, metres = free_speed(world, links)[:, None], link_length(world, links)[:, None]
    classes = np.array([_CLASSES[speed] for speed in free[:, 0]])
    vehicles = np.rint(MOST_VEHICLES * full * when.length)
    return {
        "road_class": np.broadcast_to(classes[:, None], speed.shape),
        "speed": speed,
        "free_speed": np.broadcast_to(free, speed.shape),
        "travel_time": metres / speed * 3.6,
        "length": np.broadcast_to(metres, speed.shape),
        "vehicles": vehicles,
        "flow": vehicles / when.length,
        "time_occupancy": 35 * full,
        "congestion": np.array(_STATES)[(speed < 0.8 * free).astype(int) + (speed < 0.55 * free)],
    }


OBSERVED = Readings(
    "link",
    _read,
    {
        "road_class": LAST,
        "speed": MEAN,
        "free_speed": MEAN,
        "travel_time": MEAN,
        "length": MEAN,
        "vehicles": SUM,
        "flow": PRESENT,
        "time_occupancy": MEAN,
        "congestion": LAST,
    },
    splits={
        "lane": lambda _links: {"1": 0.55, "2": 0.45},
        "direction": shares(inbound=0.5, outbound=0.5),
        "vehicle_type": shares(car=0.82, truck=0.12, bus=0.06),
    },
)
