"""The budget of the whole city by account, as planned, changed and settled."""

from __future__ import annotations

from datetime import date

import polars as pl

from simulator.aggregation import LAST, SUM
from simulator.row_kinds import Stocks
from simulator.world.currency import money
from simulator.world.purse import accounts
from simulator.world.world import World


def _stand(world: World, day: date, days: float) -> pl.DataFrame:
    code, per_dollar = money(world)
    rows = accounts(world, day, days)
    return rows.drop("dollars").with_columns(amount=(rows["dollars"] * per_dollar).round(), currency=pl.lit(code))


OBSERVED = Stocks(_stand, {"amount": SUM, "currency": LAST}, alone={"side": "spending", "stage": "settled"})
