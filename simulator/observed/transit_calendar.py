"""The services of a timetable that run on a day: one on weekdays, another at weekends."""

from __future__ import annotations

from datetime import date

import polars as pl

from simulator.aggregation import LAST
from simulator.row_kinds import Stocks
from simulator.world.transit import HEADWAYS
from simulator.world.world import World

SERVICES = tuple(HEADWAYS)  # of weekdays, of weekends


def _running(_world: World, day: date, _days: float) -> pl.DataFrame:
    weekday, weekend = SERVICES
    kind = {5: "saturday", 6: "sunday"}.get(day.weekday(), "weekday")
    return pl.DataFrame({"service": [weekday if kind == "weekday" else weekend], "day_type": [kind]})


OBSERVED = Stocks(_running, {"day_type": LAST}, alone={"service": SERVICES[0]})
