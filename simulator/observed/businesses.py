"""Shops of districts by industry."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.aggregation import MEAN, SUM
from simulator.row_kinds import Stocks
from simulator.world.households import YEAR, years_since
from simulator.world.places import business, districts
from simulator.world.shops import INDUSTRIES
from simulator.world.world import World

FRANCHISES, STAFF = 0.2, 4.5
OPENED, CLOSED = 0.11, 0.105  # of all shops in a year


def _stand(world: World, day: date, days: float) -> pl.DataFrame:
    rows, part = districts(world), days / YEAR
    near = np.clip(business(world) * rows.height, 0.3, 4)[:, None] ** 0.5
    typical = rows["residents"].to_numpy()[:, None] * near / np.array([kind.people for kind in INDUSTRIES])
    at = np.array([day.toordinal() + days])
    slow = world.wave("businesses", at, 900, typical.size).reshape(typical.shape)
    there = np.maximum(np.rint(typical * np.exp(0.08 * slow)), 1)
    chance = world.random("businesses/moves", day)
    opened, closed = (np.minimum(chance.poisson(rate * there * part), there) for rate in (OPENED, CLOSED))
    age = 70 + 0.6 * 12 * years_since(day, days) + 8 * slow
    number = np.arange(there.size)
    return pl.DataFrame(
        {
            "area": rows["area"].gather(number // len(INDUSTRIES)),
            "name": rows["name"].gather(number // len(INDUSTRIES)),
            "kind": ["all shops"] * there.size,
            "industry": pl.Series([kind.code for kind in INDUSTRIES]).gather(number % len(INDUSTRIES)),
            "industry_name": pl.Series([kind.name for kind in INDUSTRIES]).gather(number % len(INDUSTRIES)),
            "businesses": there.ravel(),
            "franchises": np.floor(FRANCHISES * there).ravel(),
            "openings": opened.ravel(),
            "closures": closed.ravel(),
            "employees": np.rint(STAFF * there).ravel(),
            "months_open": np.maximum(age, 12).ravel(),
            "months_closed": np.maximum(0.5 * age, 6).ravel(),
        }
    )


_COUNTED = ("businesses", "franchises", "openings", "closures", "employees")
OBSERVED = Stocks(_stand, dict.fromkeys(_COUNTED, SUM) | {"months_open": MEAN, "months_closed": MEAN})
