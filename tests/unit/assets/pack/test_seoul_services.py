"""What the pack of Seoul asks the services for, one by one, is what is known elsewhere to be there."""

from datetime import date

import pytest

from assets.connectors.protocol import Ask, Page, protocol_for
from quality.contract.connector import Service
from simulator.world.hotspots import places
from simulator.world.network import links
from simulator.world.registers import gauges
from simulator.world.world import World
from tests.worlds.packs import seoul

SEOUL = seoul()
WORLD = World(SEOUL)
PORTAL = (
    "visitors",
    "air_now",
    "air_status",
    "air_hourly",
    "bike_stations",
    "hotspots",
    "trade_sales",
    "trade_stores",
    "trade_closures",
    "water_supply",
    "drain_level",
    "traffic_speed",
    "parking",
)


def service(feed: str) -> Service:
    connector = SEOUL.contracts[feed].connector
    assert connector is not None
    (found,) = connector.services
    return found


@pytest.mark.parametrize(
    ("feed", "known"),
    [
        ("air_hourly", SEOUL.tables["air_stations"]["place"].to_list()),
        ("hotspots", places(WORLD)["name"].to_list()),
        ("traffic_speed", links(WORLD)["link_id"].to_list()),
        ("drain_level", gauges(WORLD)["se_code"].unique().sort().to_list()),
    ],
)
def test_each_is_what_there_is(feed: str, known: list[str]):
    assert list(service(feed).each) == known


@pytest.mark.parametrize(
    ("feed", "path"),
    [
        ("visitors", "{key}/json/sDoTPeople/1/1000/2026-05-04"),
        ("air_now", "{key}/json/ListAirQualityByDistrictService/1/1000"),
        ("air_status", "{key}/json/RealtimeCityAir/1/1000"),
        ("bike_stations", "{key}/json/bikeList/1/1000"),
        ("hotspots", "{key}/json/citydata/1/1000/%EA%B0%95%EB%82%A8%EC%97%AD"),
        ("trade_sales", "{key}/json/VwsmTrdarSelngQq/1/1000/20262"),
        ("trade_stores", "{key}/json/VwsmTrdarStorQq/1/1000/20262"),
        ("trade_closures", "{key}/json/VwsmTrdarIxQq/1/1000/20262"),
        ("water_supply", "{key}/json/WoWcbsDayStatic/1/1000/20260504"),
        ("drain_level", "{key}/json/DrainpipeMonitoringInfo/1/1000/01/2026050400/2026050423"),
        ("traffic_speed", "{key}/xml/TrafficInfo/1/1000/1220000326"),
        ("parking", "{key}/json/GetParkingInfo/1/1000"),
    ],
)
def test_what_the_portal_is_asked(feed: str, path: str):
    asked = service(feed)
    day = None if asked.snapshot else date(2026, 5, 4)
    first = Ask(asked, day, asked.each[0] if asked.each else None)
    assert protocol_for(asked).request(first, Page()).path == path


def test_what_airkorea_is_asked():
    asked = service("air_hourly")
    request = protocol_for(asked).request(Ask(asked, None, "종로구"), Page())
    assert request.path == "B552584/ArpltnInforInqireSvc/getMsrstnAcctoRltmMesureDnsty"
    assert request.query == {
        "stationName": "종로구",
        "dataTerm": "DAILY",
        "ver": "1.3",
        "returnType": "json",
        "numOfRows": "1000",
        "pageNo": "1",
        "serviceKey": "{key}",
    }
    # a night asks once for each station; three attempts each would still fit into a development account
    assert 3 * len(asked.each) <= (asked.per_day or 0) == 500


@pytest.mark.parametrize("feed", PORTAL)
def test_a_service_that_tells_the_time_of_no_row_is_stamped(feed: str):
    needs = any("_asked_at" in column.spec.sources for column in SEOUL.contracts[feed].columns)
    assert service(feed).stamped == needs
    assert not needs or service(feed).snapshot
