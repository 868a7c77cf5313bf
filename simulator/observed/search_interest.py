"""Searches by topic, in all districts alike."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import MEAN
from simulator.row_kinds import Readings, Values
from simulator.world.interest import TOPICS, interest
from simulator.world.places import districts
from simulator.world.when import When
from simulator.world.world import World


def _topics(world: World, _sites: pl.DataFrame) -> pl.DataFrame:
    areas = districts(world).select("area")
    return pl.DataFrame({"topic": TOPICS}).join(areas, how="cross", maintain_order="left_right")


def _read(world: World, series: pl.DataFrame, when: When) -> Values:
    order = {topic: n for n, topic in enumerate(TOPICS)}
    level = interest(world, when)[[order[topic] for topic in series["topic"]]]
    own = np.exp(0.08 * np.clip(world.random("interest/areas").standard_normal((series.height, 1)), -2, 2))
    return {"interest": np.clip(level * own, 0, 100)}


OBSERVED = Readings("spot", _read, {"interest": MEAN}, _topics)
