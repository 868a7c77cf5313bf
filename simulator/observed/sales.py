"""Card sales of shops near markets, by industry."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.currency import money
from simulator.world.shops import INDUSTRIES, takings
from simulator.world.when import When
from simulator.world.world import World


def _shops(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    named = pl.DataFrame(
        {"industry": [kind.code for kind in INDUSTRIES], "industry_name": [kind.name for kind in INDUSTRIES]}
    )
    places = sites.select("place", "name", "area", "lat", "lon", kind=pl.lit("shopping street"))
    return places.join(named, how="cross", maintain_order="left_right")


def _read(world: World, shops: pl.DataFrame, when: When) -> Values:
    dollars = takings(world, shops, when) * when.length
    code, per_dollar = money(world)
    payment = {kind.code: kind.payment for kind in INDUSTRIES}
    amount = dollars * per_dollar
    return {
        "amount": amount,
        "amount_min": 0.9 * amount,
        "amount_max": 1.1 * amount,
        "amount_largest": 0.3 * amount,
        "amount_second": 0.2 * amount,
        "currency": np.full(amount.shape, code),
        "payments": np.rint(dollars / np.array([payment[one] for one in shops["industry"]])[:, None]),
    }


OBSERVED = Readings(
    "market",
    _read,
    {
        "amount": SUM,
        "amount_min": SUM,
        "amount_max": SUM,
        "amount_largest": SUM,
        "amount_second": SUM,
        "currency": LAST,
        "payments": SUM,
    },
    _shops,
    splits={"people_group": shares(residents=0.85, visitors=0.15)},
)
