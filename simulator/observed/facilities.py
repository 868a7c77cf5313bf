"""Cameras and street lights of districts."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.aggregation import STOCK
from simulator.row_kinds import Stocks
from simulator.world.places import districts
from simulator.world.world import World

KINDS = {"camera": 4.0, "street light": 22.0}  # for 1,000 residents
_WORK = 0.97


def _stand(world: World, _day: date, _days: float) -> pl.DataFrame:
    rows = districts(world)
    people = rows["residents"].to_numpy()
    each = np.array(list(KINDS.values())) / 1_000
    own = np.exp(0.3 * np.clip(world.random("facilities").standard_normal((rows.height, len(KINDS))), -2, 2))
    there = np.ceil(people[:, None] * each * own)
    number = np.arange(there.size)
    return pl.DataFrame(
        {
            "area": rows["area"].gather(number // len(KINDS)),
            "name": rows["name"].gather(number // len(KINDS)),
            "kind": pl.Series(list(KINDS), dtype=pl.String).gather(number % len(KINDS)),
            "facilities": there.ravel(),
            "facilities_working": np.floor(_WORK * there).ravel(),
        }
    )


OBSERVED = Stocks(_stand, {"facilities": STOCK, "facilities_working": STOCK})
