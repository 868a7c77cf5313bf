"""The city's days of water and air and its residents as resources of a CKAN portal."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.published import published_span
from simulator.rendering.residents import residents_with_names
from simulator.rendering.stations import placed_stations
from simulator.rendering.text import at, fixed
from simulator.world import air, utilities

# Selection the portals have, under the numbers that a contract asks for.
WATER, AIR, RESIDENTS = (f"6f3a2c10-52d1-4f7e-9c0a-{n:012d}" for n in (1, 2, 3))  # resources of CKAN


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """(resource, day or ""): numbers as texts, `_id` from the start of the table; None for an unknown resource."""
    resource, text = selection
    if resource == RESIDENTS:
        rows = residents_with_names(question).select(
            year=pl.col("year").cast(pl.String),
            district_code="area",
            district_name="name",
            total=fixed(pl.col("residents"), 0),
        )
        return rows.with_columns(_id=pl.int_range(1, pl.len() + 1)).select("_id", *rows.columns)
    table = {WATER: _water, AIR: _air}.get(resource)
    if table is None:
        return None
    days = published_span(question, text, text)
    frames = [_numbered(question, table(question, day), day) for day in days or [question.now.date()]]
    return pl.concat(frames) if days else frames[0].clear()  # a table without rows has its fields


def _water(question: Question, day: date) -> pl.DataFrame:
    return utilities.waterworks(question.world, day).select(
        reading_date=at(pl.col("day"), "%Y-%m-%d"), plant="plant", flow="kind", volume_m3=fixed(pl.col("m3"), 1)
    )


def _air(question: Question, day: date) -> pl.DataFrame:
    names = placed_stations(question).select("station", "code", "lat", "lon")
    return (
        air.air_days(question.world, day)
        .join(names, on="station", maintain_order="left")
        .select(
            station_id="code",
            station_name="station",
            measured_on=at(pl.col("day"), "%Y-%m-%d"),
            no2=fixed(pl.col("no2_ppm"), 4),
            o3=fixed(pl.col("o3_ppm"), 4),
            co=fixed(pl.col("co_ppm"), 2),
            so2=fixed(pl.col("so2_ppm"), 4),
            pm10=fixed(pl.col("pm10_ugm3"), 1),
            pm25=fixed(pl.col("pm25_ugm3"), 1),
            latitude=pl.col("lat").cast(pl.String),
            longitude=pl.col("lon").cast(pl.String),
        )
    )


def _numbered(question: Question, rows: pl.DataFrame, day: date) -> pl.DataFrame:
    first = (day - question.world.city.config.first_day).days * rows.height + 1
    return rows.select(pl.Series("_id", np.arange(first, first + rows.height)), pl.all())
