"""`madang explain` says where the provider's correction of what a value reads has changed."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.metrics.entries import platform_entries
from assets.pack.city import City
from pipelines.changed_corrections import changed_corrections
from tests.worlds.derived_town import measuring
from tests.worlds.measuring_town import feed, town
from tests.worlds.published import frame_table, values
from warehouse.home import Home
from warehouse.published import publish

DAY = date(2020, 5, 24)
RAW = {"from": "raw", "type": "number", "meaning": "as the counter gives it", "unit": "ug/m3"}
SENSORS = feed(
    *("sensors", "air_quality", ["place", "area", "time"]),
    own={"pm25": {"from": "pm25", "corrects": "pm25_raw"}, "pm25_raw": RAW, "pm10": "pm10"},
    network="low_cost",
    interval="instant",
)
ASKED = {"metric": "sensor_pm25_mean", "period": "day", "period_start": DAY}


@pytest.fixture(scope="module")
def city() -> City:
    names = ("sensor_pm25_mean", "sensor_pm10_mean")
    return measuring(town(SENSORS), {name: ("street_sensors", platform_entries()[name].entry) for name in names})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = Home(tmp_path_factory.mktemp("changed"))
    row = {"city": "town", "feed": "sensors", "quantity": "pm25", "since": date(2020, 5, 19), "changed": 1}
    rows = [
        {**row, "day": DAY, "figure": "low"},
        {**row, "day": DAY, "figure": "same", "changed": 0, "since": None},
        {**row, "day": date(2020, 5, 25), "figure": "nulls", "since": date(2020, 5, 20)},
    ]
    publish.publish(
        found, [values({"70": 1.0}), frame_table("mart", "correction_change", pl.DataFrame(rows))], run_id="r1"
    )
    return found


def said(home: Home, city: City, **asked: Any) -> list[str]:
    return list(changed_corrections(home, city, {**ASKED, **asked}))


def test_a_value_of_the_day_says_which_column_and_since_when(home: Home, city: City):
    assert said(home, city) == [
        "sensors.pm25: its provider's correction is another since 2020-05-19: against pm25_raw, its lowest readings "
        "left what the 30 days before had (mart.correction_change)"
    ]


def test_a_month_says_what_changed_in_it(home: Home, city: City):
    (sentence,) = said(home, city, metric="sensor_pm25_mean_month", period="month", period_start=date(2020, 5, 1))
    assert "its lowest readings and its share of missing values" in sentence


@pytest.mark.parametrize("asked", [{"metric": "sensor_pm10_mean"}, {"period_start": date(2020, 5, 23)}])
def test_nothing_is_said_of_other_columns_and_days(home: Home, city: City, asked: dict[str, Any]):
    assert said(home, city, **asked) == []


def test_a_file_without_the_mart_says_nothing(tmp_path: Path, city: City):
    other = Home(tmp_path)
    publish.publish(other, [values({"70": 1.0})], run_id="r1")
    assert said(other, city) == []
