"""Packs beside those of the first cities: without a mistake, and what they say of themselves is there."""

from __future__ import annotations

import polars as pl
import pytest

from assets.check.check import check_pack
from tests.support.paths import CITIES
from tests.worlds.packs import pack_at

FEEDS = {
    "almaty": ["air_pm10", "air_pm25"],
    "bangkok": ["namtang_stops"],
    "brunei": ["climate_month", "climate_year", "nino34"],
    "busan": (korean := ["admin_codes", "air_hourly", "electricity", "weather_daily"]),
    "chicago": ["nodes", "parameters", "readings"],
    "daegu": korean,
    "incheon": korean,
    "jakarta": ["gtfs_days", "gtfs_timetable", "ispu_city", "ispu_station"],
    "manila": ["gtfs_days", "gtfs_timetable"],
}
UNVERIFIED = {"manila": 5}  # residents that no page read shows; the README says so


@pytest.mark.parametrize("name", FEEDS)
def test_a_pack_has_no_mistake_and_a_page_of_text(name: str) -> None:
    folder = CITIES / name
    # what a licence keeps out of the open file is said of a pack that is right
    assert [one for one in check_pack(folder) if "stays out of the open file for their licences" not in one.what] == []
    assert sorted(pack_at(folder).contracts) == FEEDS[name]
    assert (folder / "README.md").read_text(encoding="utf-8").count("\n") <= 60


@pytest.mark.parametrize("name", FEEDS)
def test_each_area_says_how_sure_it_is_and_where_its_figures_come_from(name: str) -> None:
    areas = pack_at(CITIES / name).areas
    assert areas["source"].null_count() == areas["verified"].null_count() == 0
    assert set(areas["verified"]) <= {"yes", "partial", "area-geometry", "unverified"}
    assert areas.filter(verified="unverified").height == UNVERIFIED.get(name, 0)
    districts = areas.filter(pl.col("level") == "district")
    assert set(districts["parent"]) <= set(areas.filter(pl.col("level") == "city")["code"])


def test_each_station_of_the_korean_cities_is_asked_for_and_registered() -> None:
    for name in ("busan", "daegu", "incheon"):
        city = pack_at(CITIES / name)
        connector = city.contracts["air_hourly"].connector
        assert connector is not None
        register = city.tables["air_stations"]
        assert set(connector.services[0].each) == set(register["place"])
        assert set(register["area"]) <= set(city.areas["code"])


def test_what_a_model_computes_and_what_an_operator_reports_stand_beside_no_other_method() -> None:
    assert {pack_at(CITIES / "brunei").contracts[name].network for name in ("climate_month", "climate_year")} == {
        "modelled"
    }
    jakarta = pack_at(CITIES / "jakarta")
    assert jakarta.metrics["aqi_reported"].comparability == "X2"
    assert "aqi" not in jakarta.metrics
    assert not {"pm10", "so2", "co", "o3", "no2"} & set(jakarta.contracts["ispu_station"].schema)
