"""Water at the gauges of rivers."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN
from simulator.row_kinds import Readings, Values
from simulator.world.rivers import RESERVOIR_M, usual_level, water_levels
from simulator.world.when import When
from simulator.world.world import World

WARNING_M, DANGER_M = 1.2, 2.0  # above the usual level
_SITUATIONS = ("normal", "warning", "danger")


def _gauges(_world: World, sites: pl.DataFrame) -> pl.DataFrame:
    return sites.select(
        "place",
        "name",
        "area",
        "lat",
        "lon",
        "altitude",
        kind=pl.lit("river"),
        address=pl.format("{} {}", "name", pl.int_range(pl.len()) % 90 + 1),
    )


def _read(world: World, gauges: pl.DataFrame, when: When) -> Values:
    level, usual = water_levels(world, gauges, when), usual_level(world, gauges)
    warning, danger = (np.broadcast_to(usual + above, level.shape) for above in (WARNING_M, DANGER_M))
    return {
        "level": level,
        "level_msl": gauges["altitude"].to_numpy()[:, None] - 3 + level,
        "discharge": 14 * level**1.6,
        "storage": np.clip(100 * level / RESERVOIR_M, 0, 100),
        "warning_level": warning,
        "danger_level": danger,
        "situation": np.array(_SITUATIONS)[(level >= warning).astype(int) + (level >= danger)],
        "signal": np.full(level.shape, "good"),
    }


_NUMBERS = ("level", "level_msl", "discharge", "storage", "warning_level", "danger_level")
OBSERVED = Readings("gauge", _read, dict.fromkeys(_NUMBERS, MEAN) | {"situation": LAST, "signal": LAST}, _gauges)
