"""People at places; those of an area are all who are in it."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN, PRESENT, SUM
from simulator.row_kinds import Readings, Values, shares
from simulator.world.activity import crowd
from simulator.world.when import When, hours_of
from simulator.world.world import World

PASSES = 0.05  # of the people of a place pass a counter in an hour of the day
_CROWDED = (0.7, 1.05, 1.3)  # against the mean of the day
_WORDS = ("quiet", "usual", "busy", "crowded")


def _read(world: World, spots: pl.DataFrame, when: When) -> Values:
    people = crowd(world, spots, when)
    usual = crowd(world, spots, hours_of(when.day)).mean(axis=1, keepdims=True)
    awake = np.interp(when.hour, (0, 2, 4, 6, 8, 12, 18, 22, 24), (0.35, 0.12, 0.06, 0.25, 0.9, 1, 1, 0.7, 0.35))
    passages = np.rint(PASSES * people * awake * when.length).astype(np.int64)
    inward = np.rint(passages * np.clip(0.5 + 0.02 * (12 - when.hour), 0, 1)).astype(np.int64)
    return {
        "people": people,
        "people_min": 0.95 * people,
        "people_max": 1.05 * people,
        "passages": passages,
        "passages_in": inward,
        "passages_out": passages - inward,
        "occupancy": 60 * people / usual,
        "crowding": np.array(_WORDS)[np.searchsorted(_CROWDED, people / usual)],
    }


OBSERVED = Readings(
    "spot",
    _read,
    {
        "people": PRESENT,
        "people_min": PRESENT,
        "people_max": PRESENT,
        "passages": SUM,
        "passages_in": SUM,
        "passages_out": SUM,
        "occupancy": MEAN,
        "crowding": LAST,
    },
    # by sex, and once more by age: each of the two is all of them
    splits={
        "people_group": shares(
            male=0.49, female=0.51, age_10=0.1, age_20=0.17, age_30=0.17, age_40=0.17, age_50=0.17, age_60=0.22
        )
    },
)
