"""Passengers at stops, of which each is on one line."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.activity import passengers
from simulator.world.transit import runs_in, with_lines
from simulator.world.when import When
from simulator.world.world import World


def _stops(world: World, sites: pl.DataFrame) -> pl.DataFrame:
    lined = with_lines(world, sites).with_columns(
        line=pl.when("night").then(pl.format("N{}", "line")).otherwise("line")
    )
    return lined.select("place", "line", "mode", "name", "area", "lat", "lon", "night")


def _read(world: World, stops: pl.DataFrame, when: When) -> Values:
    served = runs_in(stops, when.hour) * when.length
    boardings, alightings = passengers(world, stops, when)
    return {
        "boardings": np.rint(boardings * served).astype(np.int64),
        "alightings": np.rint(alightings * served).astype(np.int64),
    }


OBSERVED = Readings(
    "stop",
    _read,
    {"boardings": SUM, "alightings": SUM},
    _stops,
    splits={
        "direction": shares(inbound=0.5, outbound=0.5),
        "people_group": shares(adult=0.78, child=0.07, senior=0.15),
        "destination": lambda stops: dict.fromkeys(stops["place"].unique(maintain_order=True).head(4), 0.25),
    },
)
