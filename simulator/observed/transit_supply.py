"""Stops of the lines and what leaves there: trips of the timetable by hour, all of them even."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, SUM
from simulator.row_kinds import Readings, Values
from simulator.world.transit import FIRST, HEADWAYS, with_lines
from simulator.world.when import When
from simulator.world.world import World

_OF_GAPS = {"headway_median": 1, "headway_daily": 1, "wait": 0.5}  # as all of them are even


def _stops(world: World, sites: pl.DataFrame) -> pl.DataFrame:
    return with_lines(world, sites).select("place", "mode", "name", "area", "lat", "lon", "order")


def _read(_world: World, stops: pl.DataFrame, when: When) -> Values:
    every = HEADWAYS["weekday"] / 60
    runs = (when.hour >= FIRST // 3600) * when.length
    each_hour = np.broadcast_to(2 * runs * 60 / every, (stops.height, len(when.hour)))  # both ways
    begins = (stops["order"] == 1).to_numpy()[:, None]
    departures = np.rint(each_hour).astype(np.int64)
    return {
        "departures": departures,
        "trips": np.where(begins, departures // 2, 0),
        "gaps_sum": departures * every,
        **{name: np.full(departures.shape, of_gap * every) for name, of_gap in _OF_GAPS.items()},
    }


OBSERVED = Readings(
    "stop", _read, {"departures": SUM, "trips": SUM, "gaps_sum": SUM, **dict.fromkeys(_OF_GAPS, LAST)}, _stops
)
