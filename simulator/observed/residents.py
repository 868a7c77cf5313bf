"""Residents of districts by sex and age, citizens and foreigners, and those of 65 and above."""

from __future__ import annotations

from datetime import date

import polars as pl

from simulator.aggregation import SUM
from simulator.row_kinds import Stocks
from simulator.world.households import people_by_age
from simulator.world.world import World

_COUNTED = ("residents", "households", "births", "deaths", "moved_in", "moved_out")
_FOREIGN = 0.027  # of the residents of Seoul in 2017
_OLD = 65


def _stand(world: World, day: date, days: float) -> pl.DataFrame:
    """All, their two parts, and the old among them: what a feed calls its groups says which of these it has."""
    people = people_by_age(world, day, days)
    foreign = people.with_columns((pl.col(name) * _FOREIGN).round() for name in _COUNTED)
    citizens = people.with_columns(pl.col(name) - foreign[name] for name in _COUNTED)
    old = people.filter(pl.col("age_from") >= _OLD).group_by("area", "name", maintain_order=True)
    elderly = old.agg(pl.lit("total").alias("sex"), pl.lit(_OLD, pl.Int64).alias("age_from"), pl.col(_COUNTED).sum())
    groups = {"total": people, "citizens": citizens, "foreigners": foreign, "elderly": elderly}
    rows = [of.with_columns(people_group=pl.lit(name)) for name, of in groups.items()]
    return pl.concat(rows, how="diagonal_relaxed").select(*people.columns, "people_group")


OBSERVED = Stocks(_stand, dict.fromkeys(_COUNTED, SUM), alone={"people_group": "total"})
