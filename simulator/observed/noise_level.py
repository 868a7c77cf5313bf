"""Sound at the measuring stations."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, LEAST, LEVEL, MOST
from simulator.row_kinds import Readings, Values
from simulator.world.sound import of_the_day, sound
from simulator.world.when import When
from simulator.world.world import World


def _read(world: World, sites: pl.DataFrame, when: When) -> Values:
    level = sound(world, sites, when)
    loud = 9 + 3 * np.abs(world.wave("noise/loud", when.moments, 0.05, sites.height))
    lden, lnight = of_the_day(world, sites, when)
    return {
        "laeq": level,
        "lamax": level + loud,
        "lamin": level - 0.6 * loud,
        "las": level + 0.5 * np.sin(when.hour),
        "la10": level + 2.5,
        "la90": level - 0.4 * loud,
        "lden": np.broadcast_to(lden[:, None], level.shape),
        "lnight": np.broadcast_to(lnight[:, None], level.shape),
    }


OBSERVED = Readings(
    "station",
    _read,
    {
        "laeq": LEVEL,
        "lamax": MOST,
        "lamin": LEAST,
        "las": LEVEL,
        "la10": LEVEL,
        "la90": LEVEL,
        "lden": LAST,
        "lnight": LAST,
    },
)
