"""Lines, trips and stops of public transport in any city."""

from __future__ import annotations

import polars as pl

from simulator.world.world import World

STOPS_PER_LINE = 12
MODES = ("metro", "bus", "bus")


def with_lines(_world: World, stops: pl.DataFrame) -> pl.DataFrame:
    """Stops with line (its number), mode and order (of the stop on its line, from 1): each stop is on one line."""
    lines = max(1, round(stops.height / STOPS_PER_LINE))
    number = pl.int_range(stops.height)
    return stops.with_columns(
        line=(number % lines + 1).cast(pl.String),
        mode=(number % lines % len(MODES)).replace_strict(dict(enumerate(MODES)), return_dtype=pl.String),
        order=number // lines + 1,
    )
