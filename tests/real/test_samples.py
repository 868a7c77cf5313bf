"""Saved replies of the services, read under the contracts of Seoul: every value typed by hand from the reply.

The replies are kept outside the repository (MADANG_SAMPLES); without them these tests are skipped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from assets.ingest import parse
from assets.ingest.deduplicate import deduplicate
from assets.ingest.delivered import DeliveryRows
from assets.ingest.deliveries import Delivery
from assets.ingest.parse import ParsedFrames
from assets.ingest.read import rows_of_delivery
from quality.row_rules import split
from tests.support.protocols import sample
from tests.worlds.packs import seoul

SEOUL = seoul()
ASKED_AT = "2026-08-13T13:40:00"  # noted beside a reply when it is pulled; a saved one does not have it


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - the city's own time, as delivered


def read(feed: str, name: str, asked_at: str | None = None) -> ParsedFrames:
    """A saved reply as the drop folder would give it to the feed. All of it can be read."""
    contract = SEOUL.contracts[feed]
    delivery = Delivery(feed, name, "0" * 64)
    members = rows_of_delivery(contract, delivery, sample(name).read_bytes(), pulled=False)
    if asked_at is not None:
        members = [replace(m, frame=m.frame.with_columns(_asked_at=pl.lit(asked_at))) for m in members]
    parsed = parse.parse(contract, name, "0" * 64, members)
    assert parsed.cells.is_empty()
    assert parsed.undated.is_empty()
    return parsed


def row(parsed: ParsedFrames, number: int = 0) -> dict[str, Any]:
    rows = parsed.rows
    assert (rows["time"] - rows["time_utc"]).unique().to_list() == [timedelta(hours=9)]
    return rows.drop("_sha256", "_line", "time_utc").row(number, named=True)


def test_air_by_district_under_its_new_names():
    parsed = read("air_now", "seoul_air_new.json")
    assert parsed.rows["place"].to_list() == ["동대문구", "도봉구"]
    assert row(parsed) == {
        "place": "동대문구",
        "time": local(2026, 3, 9, 15),
        "day": date(2026, 3, 9),
        "station_code": "111152",
        "aqi": 95.0,
        "aqi_category": "보통",
        "main_pollutant": "PM2.5",
        "no2": 0.008,
        "o3": 0.046,
        "co": 0.4,
        "so2": 0.003,
        "pm10": 56.0,
        "pm25": 37.0,
    }


def test_air_by_district_under_its_old_names():
    assert row(read("air_now", "seoul_air_old.json")) == {
        "place": "동대문구",
        "time": local(2020, 1, 15, 13),
        "day": date(2020, 1, 15),
        "station_code": "111152",
        "aqi": 88.0,
        "aqi_category": "보통",
        "main_pollutant": "PM2.5",
        "no2": 0.031,
        "o3": 0.012,
        "co": 0.6,
        "so2": 0.004,
        "pm10": 48.0,
        "pm25": 30.0,
    }


def test_a_station_that_is_maintained_measures_nothing():
    parsed = read("air_status", "seoul_realtimecityair_maintenance.json")
    assert row(parsed) == {
        "place": "중구",
        "time": local(2023, 11, 2, 14),
        "day": date(2023, 11, 2),
        "region": "도심권",
        "no2": 0.033,
        "o3": 0.021,
        "co": 0.5,
        "so2": 0.003,
        "pm10": 35.0,
        "pm25": 18.0,
        "aqi_category": "보통",
        "aqi": 62.0,
        "main_pollutant": "PM2.5",
    }
    maintained = row(parsed, 1)
    assert (maintained["pm10"], maintained["pm25"], maintained["aqi"]) == (None, None, None)
    judged = split(parsed.rows, SEOUL.contracts["air_status"])
    assert judged.kept["place"].to_list() == ["중구"]
    assert judged.quarantined.select("place", "_rules").row(0) == ("성동구", ["AST-level-known"])


def test_hours_of_airkorea():
    parsed = read("air_hourly", "airkorea_ctprvn.json")
    flags = dict.fromkeys([f"{name}_flag" for name in ("no2", "o3", "co", "so2", "pm10", "pm25")])
    assert row(parsed) == {
        "place": "정릉로",
        "time": local(2023, 8, 23, 23),
        "day": date(2023, 8, 23),
        "no2": 0.014,
        "o3": 0.029,
        "co": 0.3,
        "so2": 0.002,
        "pm10": 20.0,
        "pm25": 9.0,
        **flags,
        "aqi": 48.0,
    }
    values = dict.fromkeys(["no2", "o3", "co", "so2", "pm10", "pm25", "aqi"])
    gases = dict.fromkeys(["no2_flag", "o3_flag", "co_flag", "so2_flag"], "점검및교정")
    assert row(parsed, 1) == {
        "place": "중구",
        "time": local(2023, 8, 23, 23),
        "day": date(2023, 8, 23),
        **values,
        **gases,
        "pm10_flag": "통신장애",
        "pm25_flag": "통신장애",
    }


def test_bicycles_at_stations():
    parsed = read("bike_stations", "seoul_bikelist_page.json", ASKED_AT)
    assert row(parsed) == {
        "place": "ST-4",
        "time": local(2026, 8, 13, 13, 40),
        "day": date(2026, 8, 13),
        "name": "102. 망원역 1번출구 앞",
        "docks_total": 15,
        "vehicles_available": 53,
        "filled_pct": 353.0,
        "lat": 37.5556488,
        "lon": 126.91062927,
    }
    assert parsed.rows["vehicles_available"].to_list() == [53, 0]
    assert split(parsed.rows, SEOUL.contracts["bike_stations"]).kept.height == 2  # 53 bicycles at 15 racks are legal


def test_people_at_a_place():
    ages = dict(zip(range(0, 80, 10), (0.6, 2.5, 14.8, 23.7, 25.5, 19.7, 8.4, 4.7), strict=True))
    assert row(read("hotspots", "seoul_citydata_trimmed.json")) == {
        "place": "POI009",
        "time": local(2026, 8, 13, 13, 35),
        "day": date(2026, 8, 13),
        "name": "광화문·덕수궁",
        "crowding": "약간 붐빔",
        "people_min": 44_000,
        "people_max": 46_000,
        "male_pct": 50.0,
        "female_pct": 50.0,
        **{f"age_{age}_pct": share for age, share in ages.items()},
        "resident_pct": 41.6,
        "non_resident_pct": 58.4,
        "replaced": False,
    }


def test_card_sales_of_a_quarter():
    slots = {
        "amount_00_06": 0.0,
        "amount_21_24": 0.0,
        **{f"slot_{s}_krw": 0.0 for s in ("06_11", "11_14", "14_17", "17_21")},
    }
    assert row(read("trade_sales", "seoul_vwsmtrdarselngqq.json")) == {
        "time": local(2026, 1, 1),
        "day": date(2026, 1, 1),
        "area": "3110008",
        "industry": "CS100001",
        "name": "배화여자대학교(박노수미술관)",
        "kind": "A",
        "industry_name": "한식음식점",
        "amount": 401_234_567.0,
        "payments": 11_234,
        "amount_weekdays": 280_864_197.0,
        "amount_weekends": 120_370_370.0,
        **slots,
        "male_krw": 180e6,
        "female_krw": 190e6,
        **{f"age_{age}_krw": 0.0 for age in range(10, 70, 10)},
    }


def test_change_indicator_of_a_quarter():
    assert row(read("trade_closures", "seoul_vwsmtrdarixqq.json")) == {
        "time": local(2025, 1, 1),
        "day": date(2025, 1, 1),
        "area": "3110008",
        "name": "배화여자대학교(박노수미술관)",
        "kind": "A",
        "change_index": "HH",
        "change_index_name": "정체",
        "months_open": 128.0,
        "months_closed": 61.0,
        "city_months_open": 111.0,
        "city_months_closed": 52.0,
    }


def test_level_in_a_drain():
    parsed = read("drain_level", "seoul_drainpipe.json")
    assert row(parsed) == {
        "place": "01-0001",
        "time": local(2026, 7, 16, 2),
        "day": date(2026, 7, 16),
        "district_code": "01",
        "district": "종로",
        "level": -0.02,
        "signal": "통신양호",
        "address": "세종대로178",
    }
    judged = split(parsed.rows, SEOUL.contracts["drain_level"])
    assert judged.kept["level"].to_list() == [None]
    assert judged.nullified.select("rule", "value").row(0) == ("DRN-level-range", "-0.02")


def test_speed_on_a_link():
    assert row(read("traffic_speed", "seoul_trafficinfo.xml", ASKED_AT)) == {
        "place": "1220003800",
        "time": local(2026, 8, 13, 13, 40),
        "day": date(2026, 8, 13),
        "speed": 24.0,
        "travel_time": 71.0,
    }


@pytest.mark.parametrize(
    ("name", "sensed_at", "counts", "registered_at"),
    [
        (
            "sdot_walk_header_A_utf8sig.csv",
            local(2026, 7, 27),
            [12],
            [local(2026, 7, 27, 0, 13, 1)],
        ),
        (
            "sdot_walk_header_B_cp949.csv",
            local(2026, 7, 27, 0, 10),
            [9, 11],
            [local(2026, 7, 27, 0, 23, 1), local(2026, 7, 28, 9, 15)],
        ),
    ],
)
def test_people_counted_by_sensors(name: str, sensed_at: datetime, counts: list[int], registered_at: list[datetime]):
    parsed = read("visitors", name)
    wanted = {
        "place": "V02Q1940107",
        "time": sensed_at,
        "day": date(2026, 7, 27),
        "model": "SDOT001",
        "region": "parks",
        "district_en": "Jongno-gu",
        "dong_en": "Sajik-dong",
    }
    assert [row(parsed, n) for n in range(parsed.rows.height)] == [
        wanted | {"passages": count, "registered_at": at} for count, at in zip(counts, registered_at, strict=True)
    ]
    rows = DeliveryRows(name, None, parsed.rows.lazy(), parsed.cells)
    chosen = pl.concat([block.rows for block in deduplicate(SEOUL.contracts["visitors"], [rows])])
    assert chosen["passages"].to_list() == counts[-1:]  # the latest registration counts
