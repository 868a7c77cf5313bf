"""Geometries as GeoJSON writes them -> columns: a point is NAME.lon and NAME.lat, others are JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


def is_geometry(value: Any) -> bool:
    """Whether a decoded value is a geometry."""
    if not isinstance(value, Mapping) or not {"coordinates", "geometries"} & value.keys():
        return False
    return isinstance(value.get("type"), str) and value["type"] in _GEOMETRIES


def lon_lat(geometry: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Longitude and latitude of a point; None of other geometries."""
    place = geometry.get("coordinates")
    if geometry.get("type") != "Point" or not isinstance(place, list) or len(place) < 2:
        return None
    return place[0], place[1]
