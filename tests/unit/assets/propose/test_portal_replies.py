"""Replies of services that somebody saved as files: each gets a proposal that runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.proposals.shapes import CHICAGO, JAKARTA, MADRID, SEOUL, Tried, one, tried
from tests.support.readers import zipped

GTFS = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,City buses,http://example.org,Asia/Jakarta\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nS1,Blok M,-6.2443,106.7981\nS2,Kota,-6.1376,106.8146\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\n1,A,1,Blok M - Kota,3\n",
    "trips.txt": "route_id,service_id,trip_id,trip_headsign\n1,HK,T1,Kota\n1,HK,T2,Blok M\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "T1,05:00:00,05:00:10,S1,1\nT1,25:10:00,25:10:00,S2,2\nT2,06:00:00,06:00:00,S2,1\nT2,06:30:00,06:30:00,S1,2\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "HK,1,1,1,1,1,0,0,20240101,20241231\n",
}


def _of(found: list[Tried], model: str, table: str) -> Tried:
    (one_of,) = [each for each in found if each.models == {model} and table in f"{each.seen.name} {each.seen.files}"]
    assert one_of.read.failure is None, one_of.read.failure
    assert one_of.read.kept == 1
    return one_of


def test_a_folder_of_gtfs() -> None:
    found = tried(GTFS, JAKARTA)
    assert _of(found, "place", "stops").first("place", "name", "lat") == ("S1", "Blok M", -6.2443)
    assert _of(found, "transit_timetable", "stop_times").first("trip", "place", "arrival_time") == (
        "T1",
        "S1",
        "05:00:00",
    )


def test_a_zip_of_gtfs() -> None:
    found = tried({"gtfs.zip": zipped({name: text.encode() for name, text in GTFS.items()})}, JAKARTA)
    assert _of(found, "place", "stops").rows == 2
    assert _of(found, "transit_timetable", "stop_times").rows == 4


def _station(number: int) -> dict[str, Any]:
    return {
        "station_id": f"S{number}",
        "num_bikes_available": number,
        "num_docks_available": 20 - number,
        "is_renting": True,
        "is_returning": True,
        "last_reported": 1717243200 + number,
    }


def test_stations_of_gbfs() -> None:
    reply = {"last_updated": 1717243260, "ttl": 60, "version": "2.3", "data": {"stations": [_station(1), _station(2)]}}
    found = one(json.dumps(reply), CHICAGO, "station_status.json")
    assert found.models == {"shared_vehicles"}
    assert found.first("place", "vehicles_available", "docks_free") == ("S1", 1, 19)


def test_observations_of_sensorthings_with_their_datastream() -> None:
    def observation(number: int) -> dict[str, Any]:
        return {
            "@iot.id": number,
            "phenomenonTime": f"2024-03-01T{number:02d}:00:00.000Z",
            "result": 12.5 + number,
            "Datastream": {
                "@iot.id": 7,
                "name": "PM2.5 at the town hall",
                "unitOfMeasurement": {"name": "microgram per cubic metre", "symbol": "µg/m³", "definition": "-"},
                "ObservedProperty": {"name": "PM2.5"},
                "Thing": {"name": "Town hall"},
            },
        }

    found = one(
        json.dumps({"@iot.count": 3, "value": [observation(n) for n in (1, 2, 3)]}), MADRID, "observations.json"
    )
    assert found.rows == 3
    assert found.models == {"air_quality"}
    assert found.first("time", "pm25") == ("2024-03-01 02:00:00", 13.5)


def _entity(number: int, *, concise: bool) -> dict[str, Any]:
    def attribute(value: Any, **more: Any) -> dict[str, Any]:
        return {"value": value, **more} if concise else {"type": "Property", "value": value, **more}

    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:station:{number}",
        "type": "AirQualityObserved",
        "dateObserved": attribute({"@type": "DateTime", "@value": "2024-03-01T06:00:00Z"}),
        "pm25": attribute(20 + number, unitCode="GQ"),
        "location": attribute({"type": "Point", "coordinates": [127.05, 37.57]}),
    }


def test_entities_of_ngsi_ld_normalized_and_concise() -> None:
    for concise in (False, True):
        found = one(json.dumps([_entity(n, concise=concise) for n in (1, 2)]), SEOUL, "entities.json")
        assert found.models == {"air_quality"}
        assert found.first("time", "pm25")[1] == 21


def test_a_register_as_points_of_geojson() -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"C{number}", "name": f"Counter {number}", "type": "bicycle"},
            "geometry": {"type": "Point", "coordinates": [-3.70 + number / 100, 40.41]},
        }
        for number in (1, 2, 3)
    ]
    found = one(json.dumps({"type": "FeatureCollection", "features": features}), MADRID, "counters.geojson")
    assert found.models == {"place"}
    assert found.first("place", "name", "lat", "lon") == ("C1", "Counter 1", 40.41, pytest.approx(-3.69))


def test_records_below_keys_of_a_reply() -> None:
    def row(number: int) -> dict[str, str]:
        return {
            "stationName": f"S{number}",
            "dataTime": "2024-03-01 14:00",
            "pm10Value": "45",
            "pm25Value": "-" if number == 2 else "21",
        }

    reply = {
        "response": {"header": {"resultCode": "00"}, "body": {"totalCount": 3, "items": [row(n) for n in (1, 2, 3)]}}
    }
    found = one(json.dumps(reply), SEOUL, "reply.json")
    assert found.models == {"air_quality"}
    assert found.first("place", "pm25") == ("S1", 21)


def test_a_json_of_columns_and_rows() -> None:
    rows = [
        {"sensor": f"T{n}", "time": f"2024-03-01T0{n}:00:00Z", "speed_kmh": 40 + n, "vehicles": 10 * n}
        for n in (1, 2, 3)
    ]
    found = one("\n".join(json.dumps(row) for row in rows), MADRID, "traffic.ndjson")
    assert found.models == {"road_traffic"}
    assert found.rows == 3
