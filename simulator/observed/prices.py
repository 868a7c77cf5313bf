"""Prices of a few goods at markets, taken in the morning."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, LEAST, MEAN, MOST
from simulator.row_kinds import Readings, Values
from simulator.world.currency import money
from simulator.world.shops import GOODS, price_level
from simulator.world.when import When
from simulator.world.world import World

ASKED_AT = (9,)  # hours


def _goods(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    goods = pl.DataFrame(
        {
            "good": [good.code for good in GOODS],
            "grade": ["A"] * len(GOODS),
            "quantity": [good.quantity for good in GOODS],
            "good_name": [good.name for good in GOODS],
            "quantity_unit": [good.unit for good in GOODS],
        }
    )
    return sites.select("place", "name", "area", "lat", "lon").join(goods, how="cross", maintain_order="left_right")


def _read(world: World, goods: pl.DataFrame, when: When) -> Values:
    code, per_dollar = money(world)
    price = price_level(world, goods, when) * per_dollar
    return {
        "price": price,
        "price_min": 0.93 * price,
        "price_max": 1.08 * price,
        "currency": np.full(price.shape, code),
    }


OBSERVED = Readings(
    "market", _read, {"price": MEAN, "price_min": LEAST, "price_max": MOST, "currency": LAST}, _goods, at=ASKED_AT
)
