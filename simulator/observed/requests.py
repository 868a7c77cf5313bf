"""What citizens ask of the city, one by one or as sums of districts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from simulator.row_kinds import Events
from simulator.world.happenings import drawn, each_day
from simulator.world.places import districts
from simulator.world.world import World

RATES = {"waste": 3.0, "roads": 2.0, "noise": 1.5, "parking": 2.5, "lights": 1.0}  # a day for 100,000 residents
AT_REST = 0.5
CHANNELS = ("telephone", "app", "office")
_OFFICES = {
    "waste": "Environment",
    "roads": "Transport",
    "noise": "Environment",
    "parking": "Transport",
    "lights": "Works",
}
DUE_DAYS = 7
MEAN_WAIT_MIN = 600.0  # until an answer; most of a day's requests are open when it ends


def _happen(world: World, days: Sequence[date]) -> pl.DataFrame:
    rows = drawn(world, "requests", days, RATES, AT_REST)
    chosen = each_day(world, "requests", rows, _drawn)
    answered = pl.col("at") + pl.duration(minutes="_minutes")
    known = answered.dt.date() == pl.col("day")  # nobody knows in the night what is answered later
    return rows.with_columns(pl.Series("_minutes", chosen["minutes"])).select(
        "day",
        "area",
        "kind",
        "minute",
        "lat",
        "lon",
        request="number",
        channel=pl.Series(CHANNELS, dtype=pl.String).gather(chosen["channel"]),
        subkind=pl.format("{}, other", "kind"),
        agency=pl.col("kind").replace_strict(_OFFICES),
        state=pl.when(known).then(pl.lit("answered")).otherwise(pl.lit("open")),
        due_at=pl.col("at") + pl.duration(days=DUE_DAYS),
        answered_at=pl.when(known).then(answered),
        updated_at=pl.when(known).then(answered).otherwise("at"),
    )


def _drawn(chance: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    return {
        "minutes": np.ceil(chance.exponential(MEAN_WAIT_MIN, count)).astype(int) + 10,
        "channel": chance.choice(len(CHANNELS), count, p=(0.5, 0.4, 0.1)),
    }


def _groups(world: World) -> pl.DataFrame:
    kinds, channels = pl.DataFrame({"kind": list(RATES)}), pl.DataFrame({"channel": CHANNELS})
    areas = districts(world).select("area")
    return areas.join(kinds, how="cross", maintain_order="left_right").join(
        channels, how="cross", maintain_order="left_right"
    )


OBSERVED = Events(_happen, _groups, "request", "requests", {})
