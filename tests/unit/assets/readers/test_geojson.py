"""GeoJSON features to rows of text, and collections that cannot be read."""

from __future__ import annotations

import json

from tests.support.readers import GEO, fails, read, rejects


def test_geojson_features() -> None:
    point = {"type": "Point", "coordinates": [127.10, 37.5]}
    features = [
        {"type": "Feature", "properties": {"code": "11250", "name": "강동구"}, "geometry": point},
        {"type": "Feature", "properties": {"code": "x"}, "geometry": None},
        {"type": "Feature", "properties": {"code": "y"}},
        {"type": "Feature", "id": 5, "properties": None, "geometry": point},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": []}},
        "no",
    ]
    rows = read(json.dumps({"type": "FeatureCollection", "features": features}), GEO, "x.geojson")
    assert rows.frame.columns == ["code", "name", "lon", "lat", "id", "geometry", "_line"]
    assert rows.frame["geometry"][0] == '{"type":"Point","coordinates":[127.1,37.5]}'
    assert rows.frame.select("code", "name", "id", "_line").rows() == [
        ("11250", "강동구", None, 1),
        (None, None, "5", 4),
    ]
    assert rows.frame.select("lon", "lat").rows() == [("127.1", "37.5")] * 2
    assert rejects(rows) == [
        (2, "ROW-NO-GEOMETRY"),
        (3, "ROW-NO-GEOMETRY"),
        (5, "ROW-NO-GEOMETRY"),
        (6, "ROW-NOT-OBJECT"),
    ]
    assert rows.frame.height + rows.rejects.height + rows.blank_rows == len(features)


def test_geojson_that_cannot_be_read() -> None:
    name = "x.geojson"
    fails(
        "FILE-JSON",
        '{"type":"Topology","objects":{}}',
        "'Topology'",
        "FeatureCollection",
        layout=GEO,
        name=name,
    )
    fails("FILE-JSON", "[]", layout=GEO, name=name)
    fails("FILE-TRUNCATED", '{"type":"FeatureCollection","features":[', layout=GEO, name=name)
    fails(
        "FILE-DUPLICATE-COLUMN",
        '{"type":"FeatureCollection","features":[{"properties":{"geometry":1},"geometry":{"type":"Point","coordinates":[1,2]}}]}',
        "rename",
        layout=GEO,
        name=name,
    )
