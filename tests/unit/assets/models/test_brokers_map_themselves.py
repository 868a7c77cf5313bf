"""Entities as brokers of Smart Data Models deliver them, and where their values are found without any `columns`.

The entities are invented, in the shapes of the data models: attribute names, unit codes and ranges are theirs.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.failures import PermanentFailure
from assets.ingest.parse import parse
from assets.models import models
from assets.readers.entities import rows_of_entities
from quality.contract.ngsi_names import COUNTED, ngsi_columns
from quality.load import load
from quality.units.unit import code_of

MODELS = models()
AT = "2026-03-09T06:00:00Z"
SPAN = f"{AT}/2026-03-09T07:00:00Z"
# Attributes of each entity, or of others that the model takes with it: subject, entity -> those that a model may name.
ATTRIBUTES = {
    ("dataModel.Device", "Device"): "id name category deviceCategory location dateInstalled refDeviceModel",
    ("dataModel.Environment", "AirQualityObserved"): "refPointOfInterest dateObserved stationName location pm1 pm25 pm4"
    " pm10 tsp o3 no2 no nox so2 co co2 c6h6 sh2 volatileOrganicCompoundsTotal airQualityIndex airQualityLevel",
    ("dataModel.Environment", "NoiseLevelObserved"): "refPointOfInterest dateObservedFrom location LAeq LAmax LAS",
    ("dataModel.Weather", "WeatherObserved"): "refPointOfInterest dateObserved location temperature dewPoint"
    " feelsLikeTemperature relativeHumidity precipitation snowHeight windSpeed windDirection gustSpeed"
    " atmosphericPressure solarRadiation illuminance uVIndexMax weatherType",
    ("dataModel.Transportation", "CrowdFlowObserved"): "refRoadSegment dateObserved location peopleCount"
    " peopleCountTowards peopleCountAway occupancy",
    ("dataModel.UrbanMobility", "GtfsStopTime"): "hasTrip hasStop stopSequence arrivalTime departureTime stopHeadsign",
    ("dataModel.Transportation", "BikeHireDockingStation"): "stationCode stationName observationDateTime location"
    " availableBikeNumber freeSlotNumber totalSlotNumber outOfServiceSlotNumber status",
    ("dataModel.Transportation", "TrafficFlowObserved"): "refRoadSegment dateObserved name location intensity occupancy"
    " averageVehicleSpeed",
    ("dataModel.Parking", "OffStreetParking"): "parkingSiteId observationDateTime name category location status"
    " totalSpotNumber occupiedSpotNumber availableSpotNumber occupancy occupancyModified vehicleEntranceCount"
    " vehicleExitCount",
    ("dataModel.WaterConsumption", "WaterConsumptionObserved"): "refDevice dateObserved name location waterConsumption"
    " maxFlow minFlow",
    ("dataModel.Environment", "FloodMonitoring"): "stationID stationName observationDateTime location currentLevel"
    " alertLevel dangerLevel floodLevelStatus waterDischarge",
    ("dataModel.Energy", "ACMeasurement"): "refDevice dateObserved name location totalActiveEnergyImport"
    " totalActivePower",
    ("dataModel.Building", "Building"): "id name category location floorsAboveGround floorsBelowGround peopleCapacity",
    ("dataModel.Alert", "Alert"): "id category subCategory severity dateIssued validTo location",
    ("dataModel.IssueTracking", "service_requests"): "service_request_id service_code service_name status"
    " requested_datetime updated_datetime expected_datetime agency_responsible location",
}
OF_ENTITIES = {name: model.smart_data_model for name, model in MODELS.items() if model.smart_data_model is not None}


def property_of(name: str, value: Any, form: str, code: str | None) -> Any:
    """One attribute in one of the forms of NGSI-LD, with the code of its unit where the form has one."""
    if form == "simplified":
        return value
    kind = {"location": "GeoProperty"}.get(name, "Relationship" if name.startswith(("ref", "has")) else "Property")
    holder = "object" if kind == "Relationship" else "value"
    if form == "normalized" and "date" in name.lower():
        value = {"@type": "DateTime", "@value": value}
    found = {"type": kind, holder: value} if form == "normalized" else {holder: value}
    return found if code is None else found | {"unitCode": code}


def entity_of(model: str, form: str) -> dict[str, Any]:
    """An entity that has every attribute which the model names."""
    what = OF_ENTITIES[model]
    entity: dict[str, Any] = {"id": f"urn:ngsi-ld:{what.entity}:7", "type": what.entity}
    for column in MODELS[model].columns.values():
        name = column.attribute
        if name is None or name == "id":
            continue
        value: Any = f"{name} of 7"
        if name == "location":
            value = {"type": "Point", "coordinates": [106.9, 47.9]}
        elif name == "dateObserved":
            value = SPAN
        elif column.type in ("timestamp", "date"):
            value = AT if column.type == "timestamp" else AT[:10]
        elif column.type in ("number", "integer"):
            value = 0.5
        measured = column.unit is not None and column.unit not in COUNTED and name != "location"
        entity[name] = property_of(name, value, form, code_of(column.unit) if measured else None)
    return entity


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_a_model_names_attributes_that_its_entity_has(name: str) -> None:
    what = OF_ENTITIES[name]
    known = ATTRIBUTES[what.subject, what.entity].split()
    named = {column.attribute for column in MODELS[name].columns.values() if column.attribute is not None}
    assert named <= set(known), "of another entity"
    assert set(known) - {"deviceCategory"} <= named, "an attribute that no column takes"


@pytest.mark.parametrize("form", ["normalized", "concise", "simplified"])
@pytest.mark.parametrize("name", OF_ENTITIES)
def test_every_attribute_of_an_entity_is_found_in_every_form(name: str, form: str) -> None:
    row = rows_of_entities(entity_of(name, form), "x").frame.row(0, named=True)
    where = ngsi_columns(MODELS[name])
    for column, entry in where.items():
        found = [row[source] for source in entry["from"] if source in row]
        assert len(found) == 1, f"{column}: one of {entry['from']} among {sorted(row)}"
        assert found[0] is not None
    attributes = {c for c, what in MODELS[name].columns.items() if what.attribute is not None}
    assert where.keys() == attributes


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_a_unit_is_taken_from_the_entity_and_never_assumed(name: str) -> None:
    for column, entry in ngsi_columns(MODELS[name]).items():
        what = MODELS[name].columns[column]
        measured = what.unit is not None and what.unit not in COUNTED and column not in ("lat", "lon")
        assert ("unit_from" in entry) == measured, column
        assert entry.get("unit") == what.attribute_unit, column
    concentrations = [entry for c, entry in ngsi_columns(MODELS["air_quality"]).items() if c in ("pm25", "no2", "co")]
    assert all("unit" not in entry for entry in concentrations), "no data model says in which unit they are"


def test_feeds_of_the_old_data_models_are_found_too() -> None:
    old = {
        "id": "urn:ngsi-ld:AirQualityObserved:Madrid-28079004-2016-03-15T11:00:00",
        "dateObserved": {"type": "Property", "value": "2016-03-15T11:00:00Z/2016-03-15T12:00:00Z"},
        "NO2": {"type": "Property", "value": 69, "unitCode": "GQ"},
        "PM10": {"type": "Property", "value": 20, "unitCode": "GQ"},
        "CO": {"type": "Property", "value": 500, "unitCode": "GP"},
        "NOx": {"type": "Property", "value": 139, "unitCode": "GQ"},
        "SO2": {"type": "Property", "value": 11, "unitCode": "GQ"},
    }
    row = rows_of_entities(old, "x").frame.row(0, named=True)
    where = ngsi_columns(MODELS["air_quality"])
    found = {c: [s for s in where[c]["from"] if s in row] for c in ("place", "time", "no2", "pm10", "co", "nox", "so2")}
    assert found == {
        "place": ["_place"],
        "time": ["_time"],
        "no2": ["NO2"],
        "pm10": ["PM10"],
        "co": ["CO"],
        "nox": ["NOx"],
        "so2": ["SO2"],
    }
    assert row["_place"] == "urn:ngsi-ld:AirQualityObserved:Madrid-28079004"


def test_weather_beside_the_air_is_found_under_the_names_of_the_air() -> None:
    air = {"id": "urn:1", "dateObserved": AT, "pressure": 1012, "relativeHumidity": 0.54, "windDirection": 186}
    row = rows_of_entities(air, "x").frame.row(0, named=True)
    where = ngsi_columns(MODELS["weather"])
    assert [s for s in where["pressure"]["from"] if s in row] == ["pressure"]
    assert where["humidity"]["unit"] == "1", "a share of 0 to 1, which is stored in %"


# --- the whole way: a feed's file without columns, a reply, typed rows ---------------------------------------------

FEED = """
title: Air of a broker
purpose: Air and weather
owner: a city
licence: open
implements: {implements}
interval: {interval}
gases_at: {{temperature: 20 degC, pressure: 1013.25 hPa}}
services:
  - {{protocol: ngsi_ld, address: "https://broker.example", ask: {{type: {entity}}}}}
{columns}
"""


def typed(folder: Path, feed: dict[str, str], *entities: dict[str, Any]) -> pl.DataFrame:
    """The typed rows of a reply under a feed's file."""
    said = {"implements": "[air_quality]", "interval": "hour_beginning", "entity": "AirQualityObserved", "columns": ""}
    (folder / "broker.yaml").write_text(FEED.format_map(said | feed), "utf-8")
    contract = load(folder / "broker.yaml", "Asia/Ulaanbaatar", MODELS)
    return parse(contract, "reply", "0" * 64, [rows_of_entities(list(entities), "reply")]).rows


def test_a_broker_of_air_needs_no_columns(tmp_path: Path) -> None:
    air = {
        "id": "urn:ngsi-ld:AirQualityObserved:7",
        "refPointOfInterest": {"type": "Relationship", "object": "urn:poi:7"},
        "dateObserved": {"type": "Property", "value": "2026-03-08T23:00:00Z/2026-03-09T00:00:00Z"},
        "pm25": {"type": "Property", "value": 0.12, "unitCode": "GP"},
        "no2": {"type": "Property", "value": 40, "unitCode": "GQ"},
        "co": {"type": "Property", "value": 500, "unitCode": "61"},
        "temperature": {"type": "Property", "value": 260.15, "unitCode": "KEL"},
        "relativeHumidity": {"type": "Property", "value": 0.54},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.9, 47.9]}},
    }  # fmt: skip
    row = typed(tmp_path, {"implements": "[air_quality, weather]"}, air).row(0, named=True)
    assert (row["place"], row["lat"], row["lon"]) == ("urn:poi:7", 47.9, 106.9)
    assert (row["time"].isoformat(), row["day"]) == ("2026-03-09T07:00:00", date(2026, 3, 9)), "local time of the city"
    assert row["pm25"] == 120.0
    assert row["no2"] == pytest.approx(40e-6 / 46.005 * 8.31446261815324 * 293.15 / 101325 * 1e6, rel=1e-9)
    assert (row["co"], row["humidity"], row["temperature"]) == (0.5, 54.0, pytest.approx(-13.0))


def test_concentrations_without_a_unit_are_not_taken(tmp_path: Path) -> None:
    simplified = {"id": "urn:7", "dateObserved": SPAN, "pm25": 37}
    with pytest.raises(PermanentFailure, match=r"pm25\.unitCode"):
        typed(tmp_path, {}, simplified)
    row = typed(tmp_path, {"columns": "columns: {pm25: {from: pm25, unit: ug/m3}}"}, simplified).row(0, named=True)
    assert row["pm25"] == 37.0, "what the file says goes before"


def test_a_broker_of_traffic_names_the_lane_alone(tmp_path: Path) -> None:
    flow = {
        "id": "urn:Flow:1",
        "dateObserved": SPAN,
        "laneId": 1,
        "averageVehicleSpeed": 13,
        "intensity": 197,
        "occupancy": 0.76,
    }
    feed = {
        "implements": "[road_traffic]",
        "interval": "5_minutes_beginning",
        "entity": "TrafficFlowObserved",
        "columns": "columns: {lane: laneId}",
    }  # fmt: skip
    row = typed(tmp_path, feed, flow).row(0, named=True)
    assert (row["place"], row["lane"], row["speed"], row["vehicles"]) == ("urn:Flow:1", "1", 13.0, 197.0)
    assert row["time_occupancy"] == 76.0


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_every_model_with_an_entity_makes_a_contract_by_itself(tmp_path: Path, name: str) -> None:
    model = MODELS[name]
    interval = {"register": "instant", "instant": "instant", "interval": "hour_beginning"}[model.time]
    since = "reference_since: 2026-01-01" if model.time == "register" else ""
    feed = {"implements": f"[{name}]", "interval": interval, "entity": OF_ENTITIES[name].entity, "columns": since}
    rows = typed(tmp_path, feed, entity_of(name, "normalized"))
    assert rows.height == 1
    assert {c for c, what in model.columns.items() if what.attribute is not None} <= set(rows.columns)


# --- replies of brokers as they were recorded -------------------------------------------------------------------

SAMPLES = Path(os.environ.get("MADANG_SAMPLES", ""))
recorded = pytest.mark.skipif(
    not os.environ.get("MADANG_SAMPLES"), reason="set MADANG_SAMPLES to the folder of sample replies"
)


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / name).read_text("utf-8"))


@recorded
def test_the_recorded_air_maps_itself(tmp_path: Path) -> None:
    row = typed(tmp_path, {}, sample("ngsild_airqualityobserved_normalized.json")).row(0, named=True)
    assert (row["pm25"], row["pm10"], row["lat"], row["lon"]) == (37.0, 56.0, 37.57, 127.05)
    assert row["time"].isoformat() == "2026-03-09T14:00:00", "the beginning, in the time of the city"


@recorded
def test_the_recorded_traffic_maps_itself(tmp_path: Path) -> None:
    feed = {"implements": "[road_traffic]", "interval": "5_minutes_beginning", "entity": "TrafficFlowObserved"}
    row = typed(tmp_path, feed, sample("ngsild_trafficflow_keyvalues.json")).row(0, named=True)
    assert (row["speed"], row["vehicles"], row["time_occupancy"]) == (13.0, 197.0, 76.0)
    assert row["place"] == "urn:ngsi-ld:TrafficFlowObserved:seoul:1000000301"


@recorded
def test_a_recorded_meter_says_neither_when_nor_in_which_unit(tmp_path: Path) -> None:
    meter = sample("ngsild_waterconsumption_keyvalues.json")
    feed = {"implements": "[water_use]", "entity": "WaterConsumptionObserved"}
    with pytest.raises(PermanentFailure, match=r"waterConsumption|_time"):
        typed(tmp_path, feed, meter)
    feed["columns"] = "columns: {water_reading: {from: waterConsumption, unit: L}}"
    row = typed(tmp_path, feed, meter | {"dateObserved": AT}).row(0, named=True)
    assert (row["water_reading"], row["flow_max"], row["place"]) == (191.051, 0.62, meter["id"])
