"""Replies in the shapes of real services, saved as files: the proposal keeps every row, in the right units."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assets.failures import PermanentFailure
from tests.support.proposals.shapes import CHICAGO, MADRID, SEOUL, one, tried


def test_forecasts_by_columns_for_two_places() -> None:
    def place(number: int) -> dict[str, Any]:
        hourly = {"time": [f"2024-03-01T0{h}:00" for h in range(4)], "temperature_2m": [50, 51, 52, None]}
        units = {"time": "iso8601", "temperature_2m": "°F"}
        return {
            "latitude": 40.4 + number,
            "longitude": -3.7,
            "timezone": "GMT",
            "hourly_units": units,
            "hourly": hourly,
        }

    found = one(json.dumps([place(0), place(1)]), MADRID, "forecast.json")
    assert found.models == {"weather"}
    assert found.rows == 8
    assert found.first("time", "lat", "temperature") == ("2024-03-01 01:00:00", 40.4, pytest.approx(10))


def _stream(number: int, figure: str, unit: str, first: int) -> dict[str, Any]:
    observations = [
        {
            "@iot.id": number * 10 + hour,
            "phenomenonTime": f"2024-03-01T0{hour}:00:00Z/2024-03-01T0{hour + 1}:00:00Z",
            "resultTime": f"2024-03-01T0{hour + 1}:00:0{number % 10}Z",
            "result": first + hour,
        }
        for hour in range(4)
    ]
    of = {"name": "x", "symbol": unit, "definition": "-"}
    what = {"unitOfMeasurement": of, "ObservedProperty": {"name": figure}, "Observations": observations}
    return {"@iot.id": number, "name": f"{figure} of {number}", **what}


def test_things_with_their_datastreams_and_observations() -> None:
    things = [
        {
            "@iot.id": number,
            "name": f"Station {number}",
            "Locations": [{"location": {"type": "Point", "coordinates": [-3.7 - number / 100, 40.4]}}],
            "Datastreams": [_stream(number * 10, "PM2.5", "mg/m3", 1), _stream(number * 10 + 1, "NO2", "ppb", 20)],
        }
        for number in (1, 2)
    ]
    found = one(json.dumps({"value": things}), MADRID, "things.json")
    assert found.models == {"air_quality"}
    assert found.rows == 8
    assert found.proposal.document["interval"] == "hour_beginning"
    assert found.first("time", "place", "lon", "pm25") == ("2024-03-01 01:00:00", "Station 1", -3.71, 1_000)


def test_one_entity_normalized_and_one_as_key_values() -> None:
    def entity(**attributes: Any) -> str:
        return json.dumps({"id": "urn:ngsi-ld:TrafficFlowObserved:1", "type": "TrafficFlowObserved", **attributes})

    during = "2026-08-13T04:55:00Z/2026-08-13T05:00:00Z"
    plain = entity(dateObserved=during, intensity=197, averageVehicleSpeed=13.0)
    observed = {"type": "Property", "value": {"@type": "DateTime", "@value": during}}
    speed = {"type": "Property", "value": 36, "unitCode": "KMH", "observedAt": "2026-08-13T05:00:00Z"}
    full = entity(dateObserved=observed, averageVehicleSpeed=speed, intensity={"type": "Property", "value": 197})
    for text in (plain, full):
        found = one(text, SEOUL, "traffic.jsonld")
        assert found.models == {"road_traffic"}
        assert found.proposal.document["interval"] == "5_minutes_beginning"
        assert found.first("time", "vehicles")[0] == "2026-08-13 13:55:00"
        assert found.first("vehicles") == (197,)


def test_stations_of_gbfs_1_and_the_register_of_gbfs_3() -> None:
    status = [
        {
            "station_id": f"{n}",
            "is_renting": 1,
            "is_returning": n % 2,
            "num_bikes_available": n,
            "last_reported": 1717243200,
        }
        for n in (1, 2)
    ]
    reply = {"last_updated": 1717243260, "ttl": 10, "data": {"stations": status}}
    found = one(json.dumps(reply), CHICAGO, "station_status.json")
    assert found.first("place", "vehicles_available", "renting", "accepts_returns") == ("1", 1, True, True)
    stations = [
        {
            "station_id": f"s{n}",
            "name": [{"text": f"Plaza {n}", "language": "es"}, {"text": f"Square {n}", "language": "en"}],
            "lat": 40.4 + n / 100,
            "lon": -3.7,
            "vehicle_types_capacity": [{"vehicle_type_ids": ["a"], "count": 3}] * 4,
        }
        for n in (1, 2)
    ]
    register = {"last_updated": "2024-06-01T12:00:00+02:00", "version": "3.0", "data": {"stations": stations}}
    found = one(json.dumps(register), MADRID, "station_information.json")
    assert found.models == {"place"}
    assert found.first("place", "name", "lat") == ("s1", "Plaza 1", 40.41)


def test_readings_inside_of_stations() -> None:
    stations = [
        {"id": f"s{n}", "readings": [{"time": f"2024-03-01T0{h}:00:00Z", "pm10": 20 + h} for h in range(4)]}
        for n in (1, 2)
    ]
    found = one(json.dumps({"stations": stations}), MADRID, "readings.json")
    assert found.models == {"air_quality"}
    assert found.rows == 8
    assert found.first("place", "pm10") == ("s1", 20)


def test_points_in_records_on_each_line() -> None:
    lines = [
        {"sensor_id": f"n{n}", "time": "2024-03-01T01:00:00.000", "temperature": "20.5", "location": point}
        for n, point in ((1, {"type": "Point", "coordinates": [-87.6, 41.8]}), (2, None))
    ]
    found = one("\n".join(map(json.dumps, lines)), CHICAGO, "rows.txt")
    assert found.first("place", "lon", "lat", "temperature") == ("n1", -87.6, 41.8, 20.5)


def test_an_error_that_was_saved_is_refused_with_what_it_says() -> None:
    problem = {"type": "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound", "title": "Nothing there", "status": 404}
    with pytest.raises(PermanentFailure, match="Nothing there"):
        tried({"reply.json": json.dumps(problem)}, MADRID)
