"""Entities as brokers of Smart Data Models deliver them, and where their values are found without any `columns`.

The entities are invented, in the shapes of the data models: attribute names, unit codes and ranges are theirs.
"""

from __future__ import annotations

from typing import Any

import pytest

from assets.connectors.entities import rows_of_entities
from assets.models import models
from quality.contract.ngsi_names import COUNTED, ngsi_columns

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
CODES = {"pm25": "GQ", "pm10": "GQ", "no2": "59", "temperature": "CEL", "windSpeed": "MTS", "LAeq": "2N"}


def property_of(name: str, value: Any, form: str) -> Any:
    """One attribute in one of the forms of NGSI-LD."""
    if form == "simplified":
        return value
    kind = {"location": "GeoProperty"}.get(name, "Relationship" if name.startswith(("ref", "has")) else "Property")
    holder = "object" if kind == "Relationship" else "value"
    if form == "normalized" and "date" in name.lower():
        value = {"@type": "DateTime", "@value": value}
    found = {"type": kind, holder: value} if form == "normalized" else {holder: value}
    return found | ({"unitCode": CODES[name]} if name in CODES else {})


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
        entity[name] = property_of(name, value, form)
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
