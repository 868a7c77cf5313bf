"""What partners send twice, late, broken or under other names: real deliveries, one after the other."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import pytest

pytestmark = pytest.mark.real
WATCHED = [("precipitation_total", day) for day in ("2020-03-16", "2020-03-26", "2020-03-28", "2020-03-29")]
WATCHED += [("air_temperature_mean", "2020-03-16"), ("search_interest_cold", "2020-03-16")]


@dataclass
class Corrections:
    """Three deliveries of weather and search interest: a good one, a broken one, and the repaired one."""

    yard: Any
    results: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[tuple[str, str], dict[str, Any]]] = field(default_factory=dict)

    def remember(self, step: str, result: Any) -> None:
        self.results[step] = result
        rows = self.yard.sql("FROM metric.value WHERE area = '11' AND period = 'day'")
        found = {(row["metric"], str(row["period_start"])): row for row in rows}
        self.values[step] = {key: found[key] for key in WATCHED if key in found}


@pytest.fixture(scope="module")
def corrections(yard: Callable[..., Any], delivered: Callable[..., None]) -> Corrections:
    here = yard(
        "korea/weather_daily/Weather_8d469611.csv",
        "seoul/naver_search_trend/SearchTrend_67d70e5a.csv",
        "seoul/living_population_kt/20200309_total.json",
        feeds=("weather_daily", "search_trend", "living_population"),
    )
    # The portal's three real deliveries agree on all the days they share; here the first has one figure of its own.
    first = here.drop / "naver_search_trend" / "SearchTrend_67d70e5a.csv"
    text = first.read_text("ascii")
    assert "2020-03-16,0.52925," in text
    first.write_text(text.replace("2020-03-16,0.52925,", "2020-03-16,0.9,"), "ascii")
    made = Corrections(here)
    made.remember("good", here.night("2020-03-16"))
    delivered(here, "korea/weather_daily/Weather_fba310f5.csv", "seoul/naver_search_trend/SearchTrend_3d61433b.csv")
    made.remember("broken", here.night("2020-03-29"))
    made.remember("broken again", here.night("2020-03-16"))
    delivered(here, "korea/weather_daily/Weather_6f2b319c.csv", "seoul/naver_search_trend/SearchTrend_66c769c4.csv")
    made.remember("repaired", here.backfill("2020-03-16", "2020-03-29"))
    return made


def test_the_good_delivery_is_published(corrections: Corrections) -> None:
    result = corrections.results["good"]
    assert (result.exit_code, result.version, result.crashed) == (0, 1, [])
    row = corrections.values["good"]["precipitation_total", "2020-03-16"]
    assert (row["value"], row["status"], row["unit"]) == (0.0, "ok", "mm")


def test_the_delivery_without_precipitation_is_held_back_on_dry_days(corrections: Corrections) -> None:
    result = corrections.results["broken"]
    assert (result.exit_code, result.version, result.crashed) == (3, 2, [])
    closed = result.closed.to_dicts()
    assert [(row["table_name"], row["day"]) for row in closed] == [
        ("weather_daily", date(2020, 3, 28)),
        ("weather_daily", date(2020, 3, 29)),
    ]
    assert all(row["verdict"] == "BLOCK" and "WEA-precipitation-there" in row["reason"] for row in closed)
    values = corrections.values["broken"]
    wet = values["precipitation_total", "2020-03-26"]
    assert (wet["value"], wet["status"]) == (1.8, "ok")
    for day in ("2020-03-28", "2020-03-29"):
        row = values["precipitation_total", day]
        assert (row["status"], row["value"]) == ("absent", None)
        assert row["reason"].startswith("gate of weather_daily closed, BLOCK: WEA-precipitation-there")


def test_what_was_published_before_stays(corrections: Corrections) -> None:
    result = corrections.results["broken again"]
    assert result.exit_code == 3
    assert [(row["table_name"], row["day"], row["verdict"]) for row in result.closed.to_dicts()] == [
        ("weather_daily", date(2020, 3, 16), "BLOCK")
    ]
    assert "WEA-precipitation-there" in result.closed["reason"][0]
    for metric in ("precipitation_total", "air_temperature_mean"):
        key = (metric, "2020-03-16")
        assert corrections.values["broken again"][key] == corrections.values["good"][key]


def test_the_repaired_delivery_is_let_in(corrections: Corrections) -> None:
    result = corrections.results["repaired"]
    assert (result.exit_code, result.crashed) == (0, [])
    values = corrections.values["repaired"]
    for day, expected in (("2020-03-16", 0.0), ("2020-03-26", 1.8), ("2020-03-28", 0.0), ("2020-03-29", 0.0)):
        row = values["precipitation_total", day]
        assert (row["value"], row["status"], row["reason"]) == (expected, "ok", None)
    rows = corrections.yard.sql("SELECT count(*) AS n, count(precipitation) AS there FROM core.seoul_weather_daily")
    assert rows == [{"n": 14 * 16, "there": 14 * 16}]


def test_corrections_win_by_key_and_what_they_replace_is_counted(corrections: Corrections) -> None:
    rows = corrections.yard.sql(
        "SELECT day, state, len(input_deliveries) AS files, rows_read, rows_kept, rows_replaced FROM ledger.batch "
        "WHERE table_name = 'weather_daily' AND day IN (DATE '2020-03-16', DATE '2020-03-29') ORDER BY day, files"
    )
    assert [tuple(row.values()) for row in rows] == [
        (date(2020, 3, 16), "committed", 1, 16, 16, 0),
        (date(2020, 3, 16), "held", 2, 32, 16, 16),
        (date(2020, 3, 16), "committed", 3, 48, 16, 32),
        (date(2020, 3, 29), "held", 1, 16, 16, 0),
        (date(2020, 3, 29), "committed", 2, 32, 16, 16),
    ]


def test_history_has_the_earlier_and_the_later_record(corrections: Corrections) -> None:
    def history(metric: str, day: str) -> list[dict[str, Any]]:
        query = "FROM metric.history WHERE area = '11' AND metric = ? AND period_start = ? ORDER BY version"
        return corrections.yard.sql(query, metric, date.fromisoformat(day))

    dry = history("precipitation_total", "2020-03-28")
    assert [(row["value"], row["status"]) for row in dry] == [(None, "absent"), (0.0, "ok")]
    assert "WEA-precipitation-there" in dry[0]["reason"]
    assert dry[0]["replaced_at"] == dry[1]["published_at"]
    assert dry[1]["replaced_at"] is None
    same = history("precipitation_total", "2020-03-16")
    assert [(row["value"], row["status"]) for row in same] == [(0.0, "ok")]  # another batch, the same figure


def test_explain_shows_both_records_and_the_deliveries(corrections: Corrections) -> None:
    said = corrections.yard.madang("explain", "seoul", "precipitation_total", "Seoul", "2020-03-28", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert [(row["value"], row["status"]) for row in found["history"]] == [(None, "absent"), (0.0, "ok")]
    assert {row["delivery"] for row in found["deliveries"]} == {
        "weather_daily/Weather_fba310f5.csv",
        "weather_daily/Weather_6f2b319c.csv",
    }
    shown = corrections.yard.madang("explain", "seoul", "precipitation_total", "11", "2020-03-28")
    assert shown.code == 0
    for text in (
        "As it was published",
        "absent",
        "WEA-precipitation-there",
        "Weather_fba310f5.csv",
        "Weather_6f2b319c.csv",
    ):
        assert text in shown.words


def test_of_search_interest_the_newest_delivery_counts(corrections: Corrections) -> None:
    key = ("search_interest_cold", "2020-03-16")
    steps = ("good", "broken", "broken again", "repaired")
    assert [corrections.values[step][key]["value"] for step in steps] == [0.9, 0.9, 0.52925, 0.52925]
    rows = corrections.yard.sql(
        "SELECT len(input_deliveries) AS files, rows_read, rows_kept, rows_replaced FROM ledger.batch "
        "WHERE table_name = 'search_trend' AND day = DATE '2020-03-16' ORDER BY files"
    )
    assert [tuple(row.values()) for row in rows] == [(1, 4, 4, 0), (2, 8, 4, 4), (3, 12, 4, 8)]  # four topics
    history = corrections.yard.sql(
        "FROM metric.history WHERE metric = 'search_interest_cold' AND period_start = DATE '2020-03-16'"
        " ORDER BY version"
    )
    assert [row["value"] for row in history] == [0.9, 0.52925]


def test_day_over_night_population(corrections: Corrections, data: Path) -> None:
    """Wednesday 2020-03-11 is the third day of the week from Monday 2020-03-09 on: hours 48 to 71."""
    dongs = json.loads((data / "seoul/living_population_kt/20200309_total.json").read_text("utf-8"))
    hours = [math.fsum(float(dong["t"][48 + hour]) for dong in dongs) for hour in range(24)]
    ratio = (math.fsum(hours[9:18]) / 9) / (math.fsum(hours[:6]) / 6)
    published = corrections.yard.value("day_night_population_ratio", "2020-03-11")
    assert (published["status"], published["reason"]) == ("proxy", None)
    assert published["value"] == pytest.approx(ratio, abs=1e-9, rel=0)
    people = corrections.yard.value("living_population", "2020-03-11")
    assert people["value"] == pytest.approx(math.fsum(hours) / 24, rel=1e-11)  # twelve digits of ten million
    assert people["n"] == len(dongs)


# Old files: names and columns that changed.


@pytest.fixture(scope="module")
def old(yard: Callable[..., Any]) -> Any:
    here = yard(
        "seoul/subway/CARD_SUBWAY_MONTH_201503.csv",
        "seoul/subway/CARD_SUBWAY_MONTH_201603.csv",
        "seoul/subway/CARD_SUBWAY_MONTH_202009.csv",
        "seoul/air_daily/2014.xlsx",
        feeds=("subway_daily", "air_daily"),
    )
    here.core_tables([date(2014, 1, 2), date(2015, 3, 2), date(2016, 3, 2), date(2020, 9, 17)])
    return here


def test_a_station_in_two_records_is_one_station(old: Any, data: Path) -> None:
    (row,) = old.sql(
        "FROM core.seoul_subway_daily WHERE day = DATE '2020-09-17' AND line = '경의선' AND place = '서울역'"
    )
    assert (row["boardings"], row["alightings"]) == (455 + 3140, 89 + 4384)
    with (data / "seoul/subway/CARD_SUBWAY_MONTH_202009.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [record for record in csv.reader(file) if record[0] == "20200917"]
    (batch,) = old.sql(
        "FROM ledger.batch WHERE layer = 'core' AND table_name = 'subway_daily' AND day = DATE '2020-09-17'"
    )
    assert (batch["rows_read"], batch["rows_contradicted"], batch["rows_quarantined"]) == (len(rows), 1, 0)
    (total,) = old.sql("SELECT sum(boardings)::BIGINT AS n FROM core.seoul_subway_daily WHERE day = DATE '2020-09-17'")
    assert total["n"] == sum(int(record[3]) for record in rows)


@pytest.mark.parametrize(("day", "boardings"), [("2015-03-02", 31349), ("2016-03-02", 29687)])
def test_a_renamed_station_has_its_present_name(old: Any, day: str, boardings: int) -> None:
    rows = old.sql(
        "SELECT place, station_as_delivered, boardings FROM core.seoul_subway_daily"
        " WHERE day = ? AND line = '2호선' AND place IN ('잠실새내', '신천')",
        date.fromisoformat(day),
    )
    assert rows == [{"place": "잠실새내", "station_as_delivered": "신천", "boardings": boardings}]


def test_carbon_monoxide_headed_carbon_dioxide(old: Any, data: Path) -> None:
    sheet = fastexcel.read_excel(data / "seoul/air_daily/2014.xlsx").load_sheet(0, dtypes="string")
    rows = [row for row in sheet.to_arrow().to_pylist() if row["측정일시"] == "20140102"]
    delivered = {row["측정소명"]: row["이산화탄소농도(ppm)"] for row in rows}
    expected = {station: float(text) for station, text in delivered.items() if text and text.strip()}
    assert len(expected) >= 35
    found = old.sql("SELECT place, co FROM core.seoul_air_daily WHERE day = DATE '2014-01-02' AND co IS NOT NULL")
    assert {row["place"]: row["co"] for row in found} == expected
    assert max(expected.values()) < 5  # carbon dioxide would be 400
