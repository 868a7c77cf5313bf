"""Street sensors as a SensorThings service, and what is now as entities of a context broker (Smart Data Models)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from simulator.messages import Question, What
from simulator.rendering.instants import HOUR, days, in_utc, last_hour
from simulator.rendering.text import NOTHING, fixed, known
from simulator.shapes.openaq import hours, stations
from simulator.world.movement import traffic
from simulator.world.network import links
from simulator.world.places import KM_PER_DEGREE, cells, districts, inside, rows_of
from simulator.world.registers import sensor_register
from simulator.world.sensors import sensor_hours
from simulator.world.utilities import water

# Number of a datastream within its thing: column, name, unit, symbol, is the result the mean of an hour
STREAMS = {
    1: ("pm25_ugm3", "PM2.5", "microgram per cubic metre", "ug/m3", True),
    2: ("pm10_ugm3", "PM10", "microgram per cubic metre", "ug/m3", True),
    3: ("temp_c", "Air temperature", "degree Celsius", "degC", False),
    4: ("humidity_pct", "Relative humidity", "percent", "%", False),
    5: ("noise_db", "Noise level", "decibel", "dB", False),
}
EPOCH = 737_000  # a day before all packs, so that the numbers of observations stay short


def sensorthings(question: Question, what: What) -> pl.DataFrame | None:
    """("Things",), ("Datastreams",) or ("Observations", datastream, after, until): local times in ISO 8601."""
    if what[0] == "Things":
        return pl.DataFrame([_thing(question, n, row) for n, row in _sensors(question)])
    if what[0] == "Datastreams":
        return pl.DataFrame([_stream(question, n, k) for n, _ in _sensors(question) for k in STREAMS])
    number = int(what[1])
    sensor = next((row for n, row in _sensors(question) if n == number // 10), None)
    if sensor is None or number % 10 not in STREAMS:
        return None
    first, last = (datetime.fromisoformat(text) for text in what[2:])
    frames = [
        sensor_hours(question.world, day).filter(pl.col("sensor_id") == sensor["sensor_id"])
        for day in days(question, first, last)
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


def ngsi_ld(question: Question, what: What) -> pl.DataFrame | None:
    """(type, normalized or keyValues): entities; no rows for a type that the broker does not have."""
    kind, form = what
    build = {
        "AirQualityObserved": _air,
        "TrafficFlowObserved": _traffic,
        "WaterConsumptionObserved": _water,
    }.get(kind)
    if build is None:
        return NOTHING
    shown = [_entity(question, kind, one, normalized=form == "normalized") for one in build(question)]
    return pl.DataFrame(shown, infer_schema_length=None) if shown else NOTHING


Attributes = dict[str, Any]  # name -> value, or (value, unit code, when observed); `id` is the last part of the URN


def _entity(question: Question, kind: str, one: Attributes, *, normalized: bool) -> dict[str, Any]:
    entity: dict[str, Any] = {"id": f"urn:ngsi-ld:{kind}:{question.world.city.name}:{one['id']}", "type": kind}
    for name, given in one.items():
        if name == "id":
            continue
        value, unit, observed = given if isinstance(given, tuple) else (given, None, None)
        if not normalized:
            entity[name] = value
        elif name == "location":
            entity[name] = {"type": "GeoProperty", "value": value}
        elif name == "dateObserved":
            entity[name] = {"type": "Property", "value": {"@type": "DateTime", "@value": value}}
        else:
            entity[name] = {"type": "Property", "value": value}
            entity[name] |= {k: v for k, v in (("unitCode", unit), ("observedAt", observed)) if v is not None}
    return entity


def _instants(question: Question, *moments: datetime) -> list[str]:
    return (
        pl.Series(moments, dtype=pl.Datetime("us"))
        .to_frame("at")
        .select(in_utc(question, pl.col("at")))["at"]
        .to_list()
    )


def _air(question: Question) -> list[Attributes]:
    end = last_hour(question)
    rows = hours(question, end - HOUR, end).join(
        stations(question).drop("kind", "area"), on="station", maintain_order="left"
    )
    start, stop = _instants(question, end - HOUR, end)
    return [
        {
            "id": row["code"],
            "dateObserved": f"{start}/{stop}",
            "stationName": row["station"],
            "pm25": (round(row["pm25_ugm3"], 1), "GQ", stop),
            "pm10": (round(row["pm10_ugm3"], 1), "GQ", stop),
            "no2": (round(row["no2_ppm"], 4), "59", stop),
            "o3": (round(row["o3_ppm"], 4), "59", stop),
            "location": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        }
        for row in rows.iter_rows(named=True)
    ]


def _traffic(question: Question) -> list[Attributes]:
    """The last whole five minutes on each road link."""
    end = question.now.replace(minute=question.now.minute // 5 * 5, second=0, microsecond=0)
    begin = end - timedelta(minutes=5)
    start, stop = _instants(question, begin, end)
    roads, chance = links(question.world), question.world.random("links/where")
    outlines = cells(question.world)
    points = np.concatenate([inside(chance, outlines[place], 1) for place in rows_of(question.world, roads)])
    long = roads["length_m"].to_numpy() / 1000 / KM_PER_DEGREE / np.cos(np.radians(points[:, 1]))
    rows = traffic(question.world, begin).join(roads, on="link_id", maintain_order="left")
    return [
        {
            "id": row["link_id"],
            "dateObserved": f"{start}/{stop}",
            "laneId": 1,
            "averageVehicleSpeed": (round(row["speed_kmh"], 1), "KMH", stop),
            "reversedLane": False,
            "congested": row["speed_kmh"] < 0.4 * row["free_flow_kmh"],
            "location": {
                "type": "LineString",
                "coordinates": [[round(x, 6), round(y, 6)], [round(x + east, 6), round(y, 6)]],
            },
        }
        for row, (x, y), east in zip(rows.iter_rows(named=True), points.tolist(), long.tolist(), strict=True)
    ]


def _water(question: Question) -> list[Attributes]:
    """What each plant supplied on the newest day that is published."""
    day = question.now.date() - timedelta(days=max(1, question.contract.lag_days))
    if not known(question, day):
        return []
    midnight = datetime.combine(day, time())
    start, stop = _instants(question, midnight, midnight + timedelta(days=1))
    own = districts(question.world).row(0, named=True)
    rows = water(question.world, day).filter(pl.col("kind") == "supplied")
    return [
        {
            "id": f"{number:06d}",
            "dateObserved": f"{start}/{stop}",
            "name": row["plant"],
            "waterConsumption": (round(row["m3"]), "MTQ", stop),
            "alarmFlowPersistence": "Nothing to report",
            "acquisitionStageFailure": 0,
            "location": {"type": "Point", "coordinates": [own["lon"], own["lat"]]},
        }
        for number, row in enumerate(rows.iter_rows(named=True), 1)
    ]
