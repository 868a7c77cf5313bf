"""Lines, trips and stops of public transport in any city."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulator.world.world import World

STOPS_PER_LINE = 12
MODES = ("metro", "bus", "bus")
NIGHT_LINE, NIGHT_LINES = 5, 6  # of six lines the last, a bus, runs at night alone
NIGHT_ENDS = 5  # o'clock, as FIRST: by night its lines run, by day the others


def with_lines(_world: World, stops: pl.DataFrame) -> pl.DataFrame:
    """Stops with line (its number), mode and order (of the stop on its line, from 1): each stop is on one line."""
    lines = max(1, round(stops.height / STOPS_PER_LINE))
    number = pl.int_range(stops.height)
    return stops.with_columns(
        line=(number % lines + 1).cast(pl.String),
        mode=(number % lines % len(MODES)).replace_strict(dict(enumerate(MODES)), return_dtype=pl.String),
        order=number // lines + 1,
        night=number % lines % NIGHT_LINES == NIGHT_LINE,
    )


def runs_in(stops: pl.DataFrame, hour: np.ndarray) -> np.ndarray:
    """Whether the line of each stop runs at each time, shape (stops, times)."""
    return stops["night"].to_numpy()[:, None] == (hour < NIGHT_ENDS)


FIRST, LAST_START = 5 * 3600, 24 * 3600  # seconds of the day of service: the last trips end after midnight
HEADWAYS = {"weekday": 1_200, "weekend": 2_400}  # seconds between trips
BETWEEN_STOPS, AT_STOP = 150, 20  # seconds
MOST_LINES = 8  # that have a timetable


def timetable(world: World, stops: pl.DataFrame) -> pl.DataFrame:
    """trip, stop_sequence, service, direction, line, mode, headsign, start, arrival, departure (seconds of the day of
    service), headway (s), place, name, lat, lon, shape and way: each trip stops at all stops of its
    line, and the first row of each way has its points."""
    lined = with_lines(world, stops).filter(pl.col("line").cast(pl.Int64) <= MOST_LINES)
    ways = pl.DataFrame({"direction": ["0", "1"]})
    starts = pl.concat(
        pl.DataFrame({"start": range(FIRST, LAST_START, headway)}).with_columns(
            service=pl.lit(service), headway=pl.lit(headway)
        )
        for service, headway in HEADWAYS.items()
    )
    count = pl.len().over("line", "direction", "service", "start")
    turn = pl.when(pl.col("direction") == "0").then(pl.col("order")).otherwise(count + 1 - pl.col("order"))
    of_trip = ("line", "direction", "service", "start")
    return (
        lined.join(ways, how="cross")
        .join(starts, how="cross")
        .with_columns(stop_sequence=turn)
        .sort(*of_trip, "stop_sequence")
        .with_columns(
            trip=pl.format("{}-{}-{}-{}", "line", "direction", "service", "start"),
            headsign=pl.col("name").last().over(of_trip),
            arrival=pl.col("start") + BETWEEN_STOPS * (pl.col("stop_sequence") - 1),
            shape=pl.format("{}-{}", "line", "direction"),
            way=pl.format("{},{}", "lat", "lon").str.join(" ").over(of_trip),
        )
        .with_columns(
            departure=pl.col("arrival") + AT_STOP,
            way=pl.when(pl.col("shape").is_first_distinct()).then("way"),
        )
    )
