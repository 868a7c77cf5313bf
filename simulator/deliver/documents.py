"""Rows of texts -> JSON and GeoJSON documents, and saved replies."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from quality.contract.layout_rows import SeriesLayout
from quality.contract.ngsi_names import ENTITY_PLACE, ENTITY_TIME
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.fields import Field


def records_document(records: list[dict[str, Any]], path: str | None) -> bytes:
    """A document whose records stand at a dotted path."""
    document: Any = records
    for key in reversed(path.split(".") if path else []):
        document = {key: document}
    return json.dumps(document).encode()


def entity(kind: str, number: int, record: dict[str, Any]) -> dict[str, Any]:
    """An entity of NGSI-LD: what it is about and when it was observed stand where the reader looks for them."""
    attributes = {name: value for name, value in record.items() if value is not None}
    place, time = attributes.pop(ENTITY_PLACE, None), attributes.pop(ENTITY_TIME, None)
    lanes = any(name.startswith("laneId") for name in attributes)
    own = place if lanes and place is not None else f"urn:ngsi-ld:{kind}:{number:06d}"
    head: dict[str, Any] = {"id": own, "type": kind}
    if place is not None and not lanes:
        head["refPointOfInterest"] = place
    if time is not None:
        head["dateObservedFrom"] = time
    return head | attributes


def saved_reply(records: list[dict[str, Any]], kind: str) -> bytes:
    """What a broker (`ngsi_ld`) or a service of `sensorthings` answers."""
    if kind == "ngsi_ld":
        return json.dumps([entity("Thing", number, record) for number, record in enumerate(records)]).encode()
    return json.dumps({"value": records}).encode()


def geojson_document(frame: pl.DataFrame, point: tuple[float, float]) -> bytes:
    """Features; those of a feed without a geometry stand at `point` (longitude, latitude)."""
    features = []
    for record in frame.iter_rows(named=True):
        shown = record.pop("geometry", None)
        geometry = json.loads(shown) if shown else {"type": "Point", "coordinates": point}
        features.append({"type": "Feature", "properties": record, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def geometries(point: tuple[float, float]) -> Field:
    """Texts of a column that has geometries: squares beside this point."""

    def made(number: int) -> str:
        west, south = point[0] + number % 20 / 100, point[1] + number // 20 / 100
        corners = [
            (west, south),
            (west + 0.01, south),
            (west + 0.01, south + 0.01),
            (west, south + 0.01),
            (west, south),
        ]
        ring = [[round(east, 6), round(north, 6)] for east, north in corners]
        return json.dumps({"type": "Polygon", "coordinates": [ring]}, separators=(",", ":"))

    return Field(None, (lambda text: text.startswith('{"type":"'),), made)


def series_records(frame: pl.DataFrame, series: SeriesLayout, start: datetime) -> list[dict[str, Any]]:
    """Records with arrays of equally spaced values from `start` on.

    Raises CannotDeliverError where a time lies beside them.
    """
    label_of = {label: name for name, label in series.arrays.items()}
    kept = [n for n in frame.columns if n not in (series.label_column, series.time_column, series.value_column)]
    step = timedelta(minutes=series.step_minutes)
    records = dict[tuple[Any, ...], dict[str, Any]]()
    for row in frame.iter_rows(named=True):
        at, rest = divmod(datetime.fromisoformat(row[series.time_column]) - start, step)
        if rest or not 0 <= at < series.length:
            raise CannotDeliverError(f"its series has no place for the time {row[series.time_column]}")
        scalars = {name: row[name] for name in kept}
        record = records.setdefault(tuple(scalars.values()), scalars)
        name = label_of[row.get(series.label_column) or next(iter(label_of))]
        record.setdefault(name, [None] * series.length)[at] = row[series.value_column]
    return list(records.values())
