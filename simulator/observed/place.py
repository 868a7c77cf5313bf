"""Registers of places: the stations, or the places of another model."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.row_kinds import Listing
from simulator.world.activity import docks
from simulator.world.lots import lot_places
from simulator.world.world import World


def _entries(world: World, sites: pl.DataFrame, _day: date) -> pl.DataFrame:
    return sites.with_columns(
        capacity=pl.when(pl.col("kind") == "dock")
        .then(pl.Series(docks(world, sites)))
        .when(pl.col("kind") == "lot")
        .then(pl.Series(lot_places(world, sites))),
        valid_from="installed_on",
        address=pl.format("{} {}", "name", pl.Series(1 + np.arange(sites.height) % 90)),
        operator=pl.lit(world.city.config.owner),
        device_model=pl.lit("SIM-1"),
    )


OBSERVED = Listing("station", _entries)
