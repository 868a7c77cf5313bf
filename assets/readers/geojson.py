"""GeoJSON -> rows of text: one row for each feature, with its properties and its geometry as JSON text."""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.failures import PermanentFailure
from assets.readers.json_records import column_keys, compact_json, text_frame
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
    keys = {key: name for key, name in column_keys(objects, where).items() if key != "geometry"}
    return text_frame(lines, objects, {**keys, "geometry": "geometry"}), 0
