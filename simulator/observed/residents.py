"""Residents of districts by sex and age."""

from __future__ import annotations

from datetime import date

import polars as pl

from simulator.aggregation import SUM
from simulator.row_kinds import Stocks
from simulator.world.households import people_by_age
from simulator.world.world import World

_COUNTED = ("residents", "households", "births", "deaths", "moved_in", "moved_out")


def _stand(world: World, day: date, days: float) -> pl.DataFrame:
    return people_by_age(world, day, days).with_columns(people_group=pl.lit("total"))


OBSERVED = Stocks(_stand, dict.fromkeys(_COUNTED, SUM))
