"""GeoJSON -> rows of text: one row for each feature, with its properties and its geometry as JSON text.

Where all geometries are points, their longitude and latitude are columns, too.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.json_records import Number, column_keys, compact_json, text_frame
from assets.readers.rows import Rejects


def feature_rows(document: Any, where: str, rejects: Rejects) -> tuple[pl.DataFrame, int]:
    """The rows of a FeatureCollection, and 0 blank ones. A feature without a geometry is added to `rejects`.

    Raises PermanentFailure for any other document.
    """
    kind = document.get("type") if isinstance(document, dict) else type(document).__name__
    features = document.get("features") if isinstance(document, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list):
        what = f"it is not a GeoJSON FeatureCollection (its type is {kind!r})"
        hint = "have it exported as GeoJSON FeatureCollection, not as TopoJSON or a single geometry"
        raise PermanentFailure("FILE-JSON", what, where, hint)
    lines, objects = [], []
    for line, feature in enumerate(features, 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        properties = (feature.get("properties") or {}) if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            rejects.add(line, "ROW-NOT-OBJECT", "this element is not a feature with properties", compact_json(feature))
        elif not isinstance(geometry, dict) or not (geometry.get("coordinates") or geometry.get("geometries")):
            rejects.add(line, "ROW-NO-GEOMETRY", "this feature has no geometry", compact_json(feature))
        elif "geometry" in properties:
            hint = "rename that property"
            raise PermanentFailure("FILE-DUPLICATE-COLUMN", "a property is named 'geometry'", where, hint)
        else:
            own = {} if "id" in properties or feature.get("id") is None else {"id": feature["id"]}
            lines.append(line)
            objects.append({**own, **properties, "geometry": geometry})
    objects = _placed(objects)
    keys = {key: name for key, name in column_keys(objects, where).items() if key != "geometry"}
    return text_frame(lines, objects, {**keys, "geometry": "geometry"}), 0


def _placed(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Points with their `lon` and `lat`, where no property is called so."""
    taken = {str(name).casefold() for one in objects for name in one}
    points = [_position(one["geometry"]) for one in objects]
    if {"lon", "lat"} & taken or not all(points):
        return objects
    return [{**one, "lon": at[0], "lat": at[1]} for one, at in zip(objects, points, strict=True) if at]


def _position(geometry: dict[str, Any]) -> list[Any] | None:
    """The coordinates of a point; None for any other geometry."""
    at = geometry.get("coordinates")
    numbers = isinstance(at, list) and len(at) in (2, 3) and all(isinstance(one, Number) for one in at)
    return at if geometry.get("type") == "Point" and numbers else None
