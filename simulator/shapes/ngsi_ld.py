"""What is now, as entities of a context broker (Smart Data Models)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.instants import HOUR, in_utc, last_hour
from simulator.rendering.published import is_published
from simulator.rendering.text import NOTHING
from simulator.shapes.openaq import ended_hours, placed_stations
from simulator.world.movement import traffic
from simulator.world.network import links
from simulator.world.places import KM_PER_DEGREE, cells, district_numbers, districts, points_inside
from simulator.world.utilities import waterworks


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """(type, normalized or keyValues): entities; no rows for a type that the broker does not have."""
    kind, form = selection
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
    rows = ended_hours(question, end - HOUR, end).join(
        placed_stations(question).drop("kind", "area"), on="station", maintain_order="left"
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
    points = np.concatenate(
        [points_inside(chance, outlines[place], 1) for place in district_numbers(question.world, roads)]
    )
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
    day = question.now.date() - timedelta(days=max(1, question.feed.lag_days))
    if not is_published(question, day):
        return []
    midnight = datetime.combine(day, time())
    start, stop = _instants(question, midnight, midnight + timedelta(days=1))
    district = districts(question.world).row(0, named=True)
    rows = waterworks(question.world, day).filter(pl.col("kind") == "supplied")
    return [
        {
            "id": f"{number:06d}",
            "dateObserved": f"{start}/{stop}",
            "name": row["plant"],
            "waterConsumption": (round(row["m3"]), "MTQ", stop),
            "alarmFlowPersistence": "Nothing to report",
            "acquisitionStageFailure": 0,
            "location": {"type": "Point", "coordinates": [district["lon"], district["lat"]]},
        }
        for number, row in enumerate(rows.iter_rows(named=True), 1)
    ]
