"""Hourly indices from hours at stations, by the platform's own entries: golden values by hand."""

from datetime import date, timedelta

import polars as pl
import pytest

from assets.metrics.entries import platform_entries
from assets.metrics.evaluate.evaluate import evaluate_metrics
from assets.standards.index import index
from tests.unit.assets.metrics.observing import midnight, observed, setting

DAY = date(2026, 5, 1)
LAST = 11
ENTRIES = {name: named.entry for name, named in platform_entries().items()}


def last_hour(metric, newest_first, *, level="district", **gases):
    """The metric at the hour 11, of a station whose PM2.5 has these 12 hours, and the same gases in each, if any."""
    hours = [
        {"place": "a", "time": midnight(DAY) + timedelta(hours=LAST - age), "pm25": value, "pm10": 20.0, **gases}
        for age, value in enumerate(newest_first)
        if value is not None
    ]
    rows = observed(hours, places={"a": "d1"})
    air = {name: entry for name, entry in ENTRIES.items() if entry.observes == "air_quality"}
    needed = {name: [rows] for name, entry in air.items() if gases or str(entry.value).startswith("pm")}
    found = evaluate_metrics([metric], ENTRIES, needed, [DAY], setting(index=index))
    at = found.filter((pl.col("area_level") == level) & (pl.col("hour").dt.hour() == LAST))
    return at.row(0, named=True)


KOREA = [90.0, 80.0, 70.0, 60.0] + [40.0] * 8
CLEAN = {"no2": 0.02, "o3": 0.02, "so2": 0.002, "co": 0.4}


def test_korea():
    # (51.667 + 61.875) / 2 = 56.771 -> 57: 101 + 149 x 21 / 39 = 181.2. No proxy: it has the hours
    found = last_hour("cai_hourly", KOREA, **CLEAN)
    assert (found["value"], found["standard"]) == (181.0, "kr.cai")
    assert last_hour("pm25_24h_expected", KOREA)["value"] == pytest.approx(56.771, abs=1e-3)
    assert last_hour("cai_hourly", KOREA, level="city", **CLEAN)["value"] == 181.0
    # without NO2 there is no index
    assert last_hour("cai_hourly", KOREA, **CLEAN | {"no2": None})["why"]["code"] == "other_metric_absent"
    # two of the last four hours: below three quarters
    assert last_hour("cai_hourly", [90.0, None, None, *KOREA[3:]], **CLEAN)["value"] is None


def test_united_states_by_nowcast():
    falling = [50.0, 60.0, 55.0, 40.0, 30.0, 28.0, 26.0, 25.0, 24.0, 22.0, 21.0, 20.0]
    even = [34.0, 30.0, 26.0, 30.0, 28.0, 32.0, 31.0, 29.0, 27.0, 26.0, 25.0, 24.0]
    assert last_hour("aqi_us_hourly", falling)["value"] == 139.0  # 51.146 -> 51.1
    assert last_hour("aqi_us_hourly", even)["value"] == 90.0  # 30.375 -> 30.3
    # two hours are enough, if they are of the newest three
    assert last_hour("aqi_us_hourly", [9.0, 9.0] + [None] * 10)["value"] == 50.0


def test_viet_nam_by_nowcast():
    example = [20.6, 19.6, 22.4, 20.3, 16.5, 19.0, 16.5, 19.5, 23.5, 20.5, 24.7, 26.9]
    assert last_hour("pm25_nowcast_vn", example)["value"] == pytest.approx(20.3, abs=0.05)
    assert last_hour("aqi_vn_hourly", example)["value"] == 41.0


def test_taiwan():
    hours = [48.0, 44.0, 40.0, 40.0] + [20.0] * 8
    assert last_hour("aqi_tw_hourly", hours)["value"] == 113.0  # 35.333 -> 35.3 -> 112.8


def test_china_reads_particles_of_the_hour():
    # NO2 100 ppb are 188 ug/m3 at 25 degC: 50 + 50 x 88 / 100 = 94; PM2.5 75: 114
    gases = {"no2": 0.1, "o3": 0.02, "so2": 0.002, "co": 0.4}
    found = last_hour("aqi_cn_hourly", [75.0] + [10.0] * 11, **gases)
    assert (found["value"], found["standard"]) == (114.0, "cn.hj_633_2026")
    assert last_hour("aqi_cn_hourly", [10.0] + [75.0] * 11, **gases)["value"] == 94.0
