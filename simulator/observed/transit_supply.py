"""Stops of the lines and what leaves there: trips of the timetable by hour, all of them even; by night half as many."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, SUM
from simulator.row_kinds import Readings, Values
from simulator.world.transit import HEADWAYS, NIGHT_ENDS, runs_in, with_lines
from simulator.world.when import When
from simulator.world.world import World

_OF_GAPS = ("headway_median", "headway_daily", "wait")


def _stops(world: World, sites: pl.DataFrame) -> pl.DataFrame:
    return with_lines(world, sites).select("place", "mode", "name", "area", "lat", "lon", "order", "night")


def _read(_world: World, stops: pl.DataFrame, when: When) -> Values:
    by_day = HEADWAYS["weekday"] / 60
    every = np.broadcast_to(np.where(when.hour < NIGHT_ENDS, 2, 1) * by_day, (stops.height, len(when.hour)))
    each_hour = 2 * runs_in(stops, when.hour) * when.length * 60 / every  # both ways
    begins = (stops["order"] == 1).to_numpy()[:, None]
    departures = np.rint(each_hour).astype(np.int64)
    return {
        "departures": departures,
        "trips": np.where(begins, departures // 2, 0),
        "gaps_sum": departures * every,
        "headway_median": every,
        "headway_daily": np.full(departures.shape, by_day),
        "wait": every / 2,
    }


OBSERVED = Readings(
    "stop", _read, {"departures": SUM, "trips": SUM, "gaps_sum": SUM, **dict.fromkeys(_OF_GAPS, LAST)}, _stops
)
