"""The air stations of any city: where they stand and the hours that they have measured so far."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from simulator.messages import Question
from simulator.rendering.instants import lived_days
from simulator.world.air import air_hours
from simulator.world.places import districts
from simulator.world.registers import air_stations, host_districts


def placed_stations(question: Question) -> pl.DataFrame:
    """The stations as registered with number (from 0), district, lat and lon (near the centre of their district)."""
    world = question.world
    stations, rows = air_stations(world), districts(world)
    host = host_districts(world, stations)
    off = 0.01 * world.random("air/positions").standard_normal((2, stations.height))
    return stations.with_columns(
        number=pl.int_range(pl.len()),
        district=rows["name_en"].gather(host),
        lat=pl.Series(rows["lat"].to_numpy()[host] + off[0]).round(6),
        lon=pl.Series(rows["lon"].to_numpy()[host] + off[1]).round(6),
    )


def ended_hours(question: Question, after: datetime, until: datetime) -> pl.DataFrame:
    """Rows of air_hours whose hours end after one local time and not after another, nor in the future."""
    frames = [air_hours(question.world, day) for day in lived_days(question, after, until - timedelta(microseconds=1))]
    end = pl.col("measured_at")
    rows = pl.concat(frames) if frames else air_hours(question.world, question.now.date()).clear()
    return rows.filter(end > after, end <= min(until, question.now))
