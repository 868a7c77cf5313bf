"""Trips of the lines and when they stop; each trip runs once in its headway."""

from __future__ import annotations

from datetime import date

import polars as pl

from simulator.row_kinds import Listing
from simulator.world.transit import timetable
from simulator.world.world import World


def _entries(world: World, sites: pl.DataFrame, day: date) -> pl.DataFrame:
    rows = timetable(world, sites)
    return rows.with_columns(
        arrival_time=_clock(pl.col("arrival")),
        departure_time=_clock(pl.col("departure")),
        headway_from=_clock(pl.col("start")),
        headway_to=_clock(pl.col("start") + pl.col("headway")),
        calendar_from=pl.lit(date(day.year, 1, 1)),
        calendar_to=pl.lit(date(day.year, 12, 31)),
    )


def _clock(seconds: pl.Expr) -> pl.Expr:
    """Hours, minutes and seconds of the day of service: 25:10:00 is after midnight."""
    parts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return pl.format("{}:{}:{}", *(part.cast(pl.String).str.zfill(2) for part in parts))


OBSERVED = Listing("stop", _entries)
