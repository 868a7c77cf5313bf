"""Services of every protocol that the simulated city makes from a contract, pulled and read as a night does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from assets.connectors.protocol import protocol_names
from assets.models import models
from quality.contract.connector import Service
from quality.contract.feed import from_feed
from quality.contract.model import Contract
from tests.worlds.deliveries import Pulled, pulled_by_contract
from tests.worlds.small_cities import SOMEWHERE, small_city

NOW = datetime.fromisoformat("2026-11-27T23:30")
ZONE = "Asia/Ho_Chi_Minh"
HOURS = {"place": "station", "time": {"from": "at", "format": "%Y-%m-%d %H:%M"}, "pm25": "pm25", "no2": "no2"}
AIR = {"implements": "air_quality", "network": "reference", "interval": "hour_beginning", "columns": HOURS}
DOCKS = {"place": "station_id", "vehicles_available": "num_bikes_available", "docks_free": "num_docks_available"}
ASKED_AT = {"from": "_asked_at", "format": "%Y-%m-%dT%H:%M:%S"}
ISO = "%Y-%m-%dT%H:%M:%S%z"
DAY = "{day:%Y-%m-%d}"
STOPS = {
    "implements": "place",
    "reference_since": date(2026, 1, 1),
    "columns": {"place": "stop_id", "name": "stop_name"},
}
FEEDS: dict[str, dict[str, Any]] = {
    "air4thai": AIR
    | {"ask": {}, "snapshot": True, "columns": {**HOURS, "pm25": "AQILast.PM25.value", "no2": "AQILast.NO2.value"}},
    "ckan": AIR | {"ask": {"resource_id": "r-1", "filters": {"day": DAY}}, "page_size": 50},
    "data_go_kr": AIR
    | {
        "ask": {"path": "a/b", "query": {"stn": "{each}", "d": DAY}},
        "secrets": {"key": "A_KEY"},
        "each": ["101", "102", "103", "104", "105", "106", "107", "108", "109"],
        "echo": {"station": "{each}"},
    },
    "gbfs": {
        "implements": "shared_vehicles",
        "interval": "instant",
        "ask": {"path": "en/station_status.json", "register": "r.json"},
        "snapshot": True,
        "columns": DOCKS | {"time": {"from": "_last_updated", "format": ISO}},
    },
    "gtfs": STOPS | {"ask": {"path": "gtfs.zip", "table": "stops"}, "snapshot": True},
    "http_file": AIR
    | {
        "ask": {"path": "air/{day:%Y/%m}/a.csv"},
        "layout": {
            "delimiter": ";",
            "skip_rows": 1,
            "unpivot": {"columns": "h(?P<hour>\\d+)"},
            "join": {"time": "{date} {hour}"},
        },
        "columns": {"place": "station", "time": {"from": "time", "format": "%Y-%m-%d %H"}, "pm25": "value"},
    },
    "moenv": AIR
    | {"ask": {"path": "aqx", "query": {"filters": "d,EQ," + DAY}}, "secrets": {"key": "A_KEY"}, "page_size": 40},
    "naver_datalab": {
        "implements": "search_interest",
        "interval": "day",
        "ask": {"groups": {"cold": ["flu"], "heat": ["sun"]}, "days_back": 30},
        "secrets": {"client_id": "A_KEY", "client_secret": "B_KEY"},
        "layout": {"unpivot": {"columns": "(?P<topic>cold|heat)"}},
        "columns": {"time": {"from": "period", "format": "%Y-%m-%d"}, "topic": "topic", "interest": {"from": "value"}},
    },
    "ngsi_ld": {
        "implements": "air_quality",
        "network": "reference",
        "interval": "hour_beginning",
        "snapshot": True,
        "ask": {"type": "AirQualityObserved"},
        "columns": {},
    },
    "openaq": AIR
    | {
        "ask": {"path": "v3/sensors/{each}/hours", "query": {"from": "{day_begins:%Y-%m-%dT%H:%M:%SZ}"}},
        "secrets": {"key": "A_KEY"},
        "each": ["7", "8"],
        "page_size": 10,
        "columns": HOURS | {"place": "_each", "time": {"from": "period.from.local", "format": ISO}},
    },
    "sensorthings": AIR
    | {
        "ask": {
            "path": "v1.1/Datastreams({each})/Observations",
            "query": {"$filter": "t ge {day_begins:%Y-%m-%dT%H:%M:%SZ}"},
        },
        "each": ["1", "2", "3"],
        "columns": {"place": "_each", "time": {"from": "phenomenonTime", "format": ISO}, "pm25": "result"},
    },
    "seoul_openapi": AIR
    | {
        "ask": {"service": "Air", "format": "xml", "arguments": ["{day:%Y%m%d}", "{hour:02d}"]},
        "hours": [0, 1, 22],
        "secrets": {"key": "A_KEY"},
    },
    "socrata": AIR | {"ask": {"id": "abcd-1234", "query": {"$where": f"day = '{DAY}'"}}, "page_size": 30},
}


def _feed(protocol: str) -> Contract:
    said = dict(FEEDS[protocol])
    of_service = {name: said.pop(name) for name in [*said] if name in Service.model_fields}
    service = {"protocol": protocol, "address": "https://feed.example", **of_service}
    feed = {"title": "F", "purpose": "F", "owner": "F", "licence": "F", "services": [service], **said}
    return from_feed(feed, "feed", models(), ZONE).delivered_in(["en"])


def _pulled(contract: Contract) -> Pulled:
    return pulled_by_contract(replace(small_city(SOMEWHERE[0]), contracts={contract.name: contract}), contract, NOW)


def test_there_is_a_feed_of_every_protocol() -> None:
    assert sorted(FEEDS) == protocol_names()


@pytest.mark.parametrize("protocol", FEEDS)
def test_a_service_of_any_protocol_is_answered_from_the_contract(protocol: str) -> None:
    contract = _feed(protocol)
    read = _pulled(contract).read
    assert (read.cells.height, read.undated.height) == (0, 0)
    assert read.rows.height > 1
    assert read.rows.select(contract.key).is_duplicated().sum() == 0
    day = NOW.date() if contract.reference_since is None else contract.reference_since
    assert set(read.rows["day"]) == {day}
    numbers = [column.name for column in contract.columns if column.type in ("number", "integer")]
    assert not numbers or any(read.rows[name].null_count() < read.rows.height for name in numbers)


def test_who_asks_for_the_last_24_hours_gets_them() -> None:
    ask = {"path": "a/b", "query": {"stationName": "{each}", "dataTerm": "DAILY"}}
    of_service = {"ask": ask, "snapshot": True, "each": ["중구", "서구"], "secrets": {"key": "A_KEY"}}
    service = {"protocol": "data_go_kr", "address": "https://feed.example", **of_service}
    said = {"title": "F", "purpose": "F", "owner": "F", "licence": "F", "services": [service], **AIR}
    said["columns"] = HOURS | {"place": "_each"}
    rows = _pulled(from_feed(said, "feed", models(), ZONE).delivered_in(["en"])).read.rows
    assert set(rows["place"]) == {"중구", "서구"}
    for place in ("중구", "서구"):
        hours = rows.filter(place=place).sort("time")["time"].dt.strftime("%d %H").to_list()
        assert hours == [f"27 {hour:02d}" for hour in range(23)]
