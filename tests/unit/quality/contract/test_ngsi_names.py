"""Brokers of Smart Data Models map themselves: what an entity delivers stands where the model looks for it."""

from __future__ import annotations

from typing import Any

import pytest

from assets.readers.entities import rows_of_entities
from quality.contract.models import Model
from quality.contract.ngsi_names import ngsi_columns

MODEL = Model(
    name="air",
    title="Air",
    row="one place",
    about="air",
    time="interval",
    smart_data_model={"subject": "dataModel.Environment", "entity": "AirQualityObserved"},
    columns={
        "place": {
            "type": "string",
            "key": True,
            "required": True,
            "meaning": "Station",
            "attribute": "refPointOfInterest",
        },
        "time": {"type": "timestamp", "key": True, "required": True, "meaning": "When", "attribute": "dateObserved"},
        "lon": {"type": "number", "unit": "deg", "meaning": "Longitude", "null": "-", "attribute": "location"},
        "no2": {
            "type": "number",
            "unit": "ppm",
            "meaning": "Nitrogen dioxide",
            "null": "no reading",
            "attribute": "no2",
        },
        "humidity": {
            "type": "number",
            "unit": "%",
            "meaning": "Humidity",
            "null": "no reading",
            "attribute": "relativeHumidity",
            "attribute_unit": "1",
        },
        "rank": {"type": "integer", "unit": "1", "meaning": "Own", "null": "none"},
    },
)


def row(entity: dict[str, Any]) -> dict[str, Any]:
    return rows_of_entities(entity, "x").frame.row(0, named=True)


def test_a_model_says_where_its_columns_stand() -> None:
    found = ngsi_columns(MODEL)
    assert found["place"] == {"from": ["_place"]}
    assert found["time"]["from"] == ["_time"]
    assert found["lon"] == {"from": ["location.lon"], "optional": True}
    assert found["no2"] == {"from": ["no2", "NO2"], "unit_from": ".unitCode", "optional": True}
    assert (found["humidity"]["unit"], found["humidity"]["unit_from"]) == ("1", ".unitCode")
    assert "rank" not in found


def test_a_model_without_an_entity_has_none() -> None:
    assert ngsi_columns(MODEL.model_copy(update={"smart_data_model": None})) == {}


@pytest.mark.parametrize(
    ("entity", "place"),
    [
        ({"refPointOfInterest": {"type": "Relationship", "object": "urn:poi:1"}, "refDevice": "urn:d:1"}, "urn:poi:1"),
        ({"refDevice": ["urn:device:1"]}, "urn:device:1"),
        ({"refDevice": ["urn:device:1", "urn:device:2"]}, "urn:ngsi-ld:Air:7"),
        ({"stationCode": "X9"}, "X9"),
        ({}, "urn:ngsi-ld:Air:7"),
        ({"id": "urn:ngsi-ld:Air:Madrid-28079004-2016-03-15T11:00:00"}, "urn:ngsi-ld:Air:Madrid-28079004"),
        ({"id": "urn:Air:7:2016-03-15T11:00:00Z/2016-03-15T12:00:00Z"}, "urn:Air:7"),
        ({"id": "urn:Air:20160315T110000Z"}, "urn:Air"),
        ({"id": "urn:Flow:3:1", "refRoadSegment": "urn:Road:3", "laneId": 1}, "urn:Flow:3:1"),
    ],
)  # fmt: skip
def test_an_entity_is_about_what_it_refers_to(entity: dict[str, Any], place: str) -> None:
    assert row({"id": "urn:ngsi-ld:Air:7", "pm25": 1} | entity)["_place"] == place


@pytest.mark.parametrize(
    ("entity", "time"),
    [
        ({"dateObserved": "2026-03-09T06:00:00Z/2026-03-09T07:00:00Z"}, "2026-03-09T06:00:00Z"),
        ({"dateObservedFrom": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-03-09T05:00:00Z"}},
          "dateObserved": "2026-03-09T06:00:00Z"}, "2026-03-09T05:00:00Z"),
        ({"observationDateTime": "2026-03-09T06:00:00Z"}, "2026-03-09T06:00:00Z"),
        ({"pm25": {"value": 1, "observedAt": "2026-03-09T06:00:00Z"}}, "2026-03-09T06:00:00Z"),
        ({"pm25": {"value": 1, "observedAt": "2026-03-09T06:00:00Z"},
          "pm10": {"value": 1, "observedAt": "2026-03-09T06:10:00Z"}}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_an_entity_is_of_a_time(entity: dict[str, Any], time: str | None) -> None:
    assert row({"id": "urn:1"} | entity).get("_time") == time


def test_each_moment_of_an_entity_over_time_is_its_own() -> None:
    values = {"type": "Property", "values": [[1, "2026-03-09T06:00:00Z"], [2, "2026-03-09T07:00:00Z"]]}
    found = rows_of_entities({"id": "urn:1", "dateObserved": "2026-03-09T08:00:00Z", "pm25": values}, "x").frame
    assert found["_time"].to_list() == ["2026-03-09T06:00:00Z", "2026-03-09T07:00:00Z"]
