"""Fires, accidents and outages, one by one or as sums of districts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from simulator.aggregation import SUM
from simulator.row_kinds import Events
from simulator.world.happenings import drawn, each_day
from simulator.world.places import districts
from simulator.world.world import World

RATES = {"fire": 0.5, "accident": 5.0, "outage": 0.3}  # a day for 100,000 residents
_SUBKINDS = {"fire": "building", "accident": "traffic", "outage": "electricity"}
AT_REST = 0.8


def _happen(world: World, days: Sequence[date]) -> pl.DataFrame:
    rows = drawn(world, "incidents", days, RATES, AT_REST)
    people = pl.col("kind") != "outage"
    chances = each_day(world, "incidents", rows, _drawn) | each_day(world, "incidents/heads", rows, _heads)
    return rows.with_columns(**chances).select(
        "day",
        "area",
        "place",
        "kind",
        "minute",
        "lat",
        "lon",
        incident="number",
        subkind=pl.col("kind").replace_strict(_SUBKINDS),
        severity=pl.when(pl.col("_severe") > 0.9).then(pl.lit("severe")).otherwise(pl.lit("minor")),
        address="name",
        cleared=pl.lit(1.0),
        deaths=(people & (pl.col("_severe") > 0.99)).cast(pl.Float64),
        injured=(people & (pl.col("_severe") > 0.6)).cast(pl.Float64),
        attendance="_heads",
        arrived_at=pl.col("at") + pl.duration(minutes="_help"),
        ended_at=pl.col("at") + pl.duration(minutes=pl.col("_help") + pl.col("_lasts")),
    )


def _drawn(chance: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    return {
        "_help": chance.integers(4, 15, count),
        "_lasts": chance.integers(20, 180, count),
        "_severe": chance.random(count),
    }


def _heads(chance: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Who comes, where it is a gathering: mostly a hundred, seldom some thousands. Announced gatherings had 0 heads, so
    that their person-hours were always 0. A stream of its own: all else of an incident is as it was."""
    return {"_heads": np.clip(np.round(chance.lognormal(4.6, 1.2, count), -1), 10, 50_000)}


def _groups(world: World) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": list(RATES)})
    return districts(world).select("area").join(kinds, how="cross", maintain_order="left_right")


OBSERVED = Events(
    _happen, _groups, "incident", "incidents", dict.fromkeys(("cleared", "deaths", "injured", "attendance"), SUM)
)
