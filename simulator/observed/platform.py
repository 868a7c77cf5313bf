"""What another platform would say of its nights: one that has a feed for each district, and holds little back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from simulator.aggregation import LAST, SUM, How
from simulator.row_kinds import Stocks
from simulator.world.places import districts
from simulator.world.world import World

LATE = 0.05
_COUNTED = (
    "rows_received",
    "rows_quarantined",
    "days_received",
    "days_held_back",
    "days_due",
    "days_on_time",
    "cpu_seconds",
    "seconds",
    "values_expected",
    "values_available",
    "values_first",
    "values_restated",
    "cost_machines",
    "cost_work",
)


def _stand(world: World, day: date, days: float) -> pl.DataFrame:
    """A row of each of its feeds, and one of them together."""
    feeds, chance = districts(world).height, world.random("platform", day)
    received = chance.integers(1_000, 5_000, feeds) * max(1, round(days))
    late = (chance.random(feeds) < LATE).astype(int)
    each = pl.DataFrame(
        {
            "source": [f"feed_{number + 1}" for number in range(feeds)],
            "licence": "CC BY 4.0",
            "open": 1,
            "rules": 20,
            "rows_received": received,
            "rows_quarantined": received // 500,
            "days_received": 1,
            "days_held_back": late,
            "days_due": 1,
            "days_on_time": 1 - late,
            "lag_days": late,
        }
    )
    whole = pl.DataFrame(
        {
            "source": ["all"],
            "cpu_seconds": [float(received.sum()) / 20_000],
            "seconds": [float(received.sum()) / 15_000],
            "values_expected": [30 * feeds],
            "values_available": [30 * feeds - 3 * int(late.sum())],
            "values_first": [28 * feeds],
            "values_restated": [int(late.sum())],
            "cost_machines": [100.0],
            "cost_work": [900.0],
            "currency": ["USD"],
        }
    )
    return pl.concat([each, whole], how="diagonal")


_KEPT = ("licence", "open", "rules", "lag_days", "currency")
_HOW: Mapping[str, How] = {**dict.fromkeys(_COUNTED, SUM), **dict.fromkeys(_KEPT, LAST)}
OBSERVED = Stocks(_stand, _HOW, alone={"source": "all"})
