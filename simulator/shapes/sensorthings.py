"""The street sensors as a SensorThings service: things, datastreams, observations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.instants import HOUR, in_utc, lived_days
from simulator.rendering.text import NOTHING, fixed
from simulator.world.registers import sensor_register
from simulator.world.sensors import sensor_hours

# Number of a datastream within its thing: column, name, unit, symbol, is the result the mean of an hour
STREAMS = {
    1: ("pm25_ugm3", "PM2.5", "microgram per cubic metre", "ug/m3", True),
    2: ("pm10_ugm3", "PM10", "microgram per cubic metre", "ug/m3", True),
    3: ("temp_c", "Air temperature", "degree Celsius", "degC", False),
    4: ("humidity_pct", "Relative humidity", "percent", "%", False),
    5: ("noise_db", "Noise level", "decibel", "dB", False),
}
EPOCH = 737_000  # a day before all packs, so that the numbers of observations stay short


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """("Things",), ("Datastreams",) or ("Observations", datastream, after, until): local times in ISO 8601."""
    if selection[0] == "Things":
        return pl.DataFrame([_thing(question, n, row) for n, row in _sensors(question)])
    if selection[0] == "Datastreams":
        return pl.DataFrame([_stream(question, n, k) for n, _ in _sensors(question) for k in STREAMS])
    number = int(selection[1])
    sensor = next((row for n, row in _sensors(question) if n == number // 10), None)
    if sensor is None or number % 10 not in STREAMS:
        return None
    first, last = (datetime.fromisoformat(text) for text in selection[2:])
    frames = [
        sensor_hours(question.world, day).filter(pl.col("sensor_id") == sensor["sensor_id"])
        for day in lived_days(question, first, last)
    ]
    return _observations(question, pl.concat(frames), number, first, last) if frames else NOTHING


def _sensors(question: Question) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(sensor_register(question.world).iter_rows(named=True), 1))


def _observations(question: Question, rows: pl.DataFrame, number: int, first: datetime, last: datetime) -> pl.DataFrame:
    """Means of an hour have an interval and a text, readings have an instant and a number."""
    column, _, _, _, mean = STREAMS[number % 10]
    at = pl.col("measured_at")
    start = at.dt.truncate("1h") if mean else at
    rows = rows.filter(start >= first, start < last, pl.col("registered_at") <= question.now)
    if mean:
        rows = rows.filter(at.dt.truncate("1h") + HOUR <= question.now)
    instant = in_utc(question, start)
    id_ = (at.dt.epoch("d") + 719_163 - EPOCH) * 24 + at.dt.hour().cast(pl.Int64) + number * 1_000_000
    return rows.select(
        pl.format(f"{question.address}/v1.1/Observations({{}})", id_).alias("@iot.selfLink"),
        id_.alias("@iot.id"),
        (pl.format("{}/{}", instant, in_utc(question, start + HOUR)) if mean else instant).alias("phenomenonTime"),
        (fixed(pl.col(column), 1) if mean else pl.col(column).round(1)).alias("result"),
        (pl.lit(None, pl.String) if mean else in_utc(question, pl.col("registered_at"))).alias("resultTime"),
        pl.format(f"{question.address}/v1.1/Observations({{}})/Datastream", id_).alias("Datastream@iot.navigationLink"),
    )


def _thing(question: Question, number: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "@iot.id": number,
        "@iot.selfLink": f"{question.address}/v1.1/Things({number})",
        "name": row["sensor_id"],
        "description": f"Street sensor in {row['district_en']}",
        "properties": {"model": row["model"]},
        "Datastreams@iot.navigationLink": f"{question.address}/v1.1/Things({number})/Datastreams",
    }


def _stream(question: Question, thing: int, kind: int) -> dict[str, Any]:
    _, name, unit, symbol, _ = STREAMS[kind]
    number = 10 * thing + kind
    link = f"{question.address}/v1.1/Datastreams({number})"
    return {
        "@iot.id": number,
        "@iot.selfLink": link,
        "name": name,
        "description": f"{name} at thing {thing}",
        "unitOfMeasurement": {"name": unit, "symbol": symbol, "definition": ""},
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "Observations@iot.navigationLink": f"{link}/Observations",
    }
