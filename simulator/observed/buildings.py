"""The register of larger buildings."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.row_kinds import Listing
from simulator.world.world import World

KINDS = ("homes", "offices", "school", "shops")
M_PER_FLOOR = 3.1
OLDEST, NEWEST = date(1960, 1, 1), date(2018, 12, 31)
UNKNOWN = 0.04  # of the buildings: nobody knows when they were approved


def _entries(world: World, sites: pl.DataFrame, _day: date) -> pl.DataFrame:
    chance, count = world.random("buildings"), sites.height
    kind = chance.choice(len(KINDS), count, p=(0.6, 0.2, 0.08, 0.12))
    built = np.datetime64(OLDEST, "D") + chance.integers(0, (NEWEST - OLDEST).days, count)
    floors = 1 + chance.poisson(6, count)
    area = np.round(floors * chance.uniform(200, 1_200, count), 1)
    homes = np.where(kind == 0, np.rint(area / 80), 0.0)
    return sites.select(
        "place",
        "name",
        "area",
        "lat",
        "lon",
        kind=pl.Series(KINDS, dtype=pl.String).gather(kind),
        address=pl.format("{} {}", "name", pl.int_range(pl.len()) % 90 + 1),
        built_on=pl.when(pl.Series(chance.random(count) >= UNKNOWN)).then(pl.Series(built)),
        floors_above=pl.Series(floors),
        floors_below=pl.Series(chance.integers(0, 4, count)),
        height_above=pl.Series(np.round(M_PER_FLOOR * floors, 1)),
        floor_area=pl.Series(area),
        dwellings=pl.Series(homes),
        people_capacity=pl.Series(np.rint(area / 12).astype(np.int64)),
    ).with_columns(built_year=pl.col("built_on").dt.year())


OBSERVED = Listing("building", _entries)
