"""Two nights of Seoul on the real files: a good one, and the one on which a broken sensor feed is held back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import fastexcel
import pytest

pytestmark = pytest.mark.real
SENSORS = ("sensor_pm25_mean", "sensor_pm10_mean", "noise_leq", "apparent_temperature", "sensor_coverage")
RULE = "SDOT-temperature-range temperature lies in -40..45 degC"
COUNT = "843 of 855 rows break it"


@pytest.fixture(scope="module")
def broken(data: Path) -> dict[str, float]:
    """Sensors of 2020-04-03 whose temperature no air has, by serial number."""
    with (data / "seoul/sdot_env/sdot_202004.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["측정시간"] == "2020-04-03"]
    hot = {r["시리얼"]: float(r["기온 (℃)"]) for r in rows if not -40 <= float(r["기온 (℃)"]) <= 45}
    assert (len(hot), len(rows)) == (843, 855)
    return hot


def test_the_first_night_is_published_and_shown(nights: Any) -> None:
    text = nights.first.out + nights.first.err
    # two files cannot be read: a page of prices whose name has no date, and a log without rows; no gate closes
    assert nights.first.code == 3, text
    assert "FILE-NAME: fuel_price_opinet/" in text
    assert "FILE-NO-ROWS: realtime_population/20260601T072648Z_53db6647.csv" in text
    assert "Seoul: latest values" in text
    assert "published as version 1" in text
    for title in ("PM2.5, daily mean", "Noise"):  # those with a target come first
        assert title in text
    assert "Held back" not in text
    assert "Traceback" not in text
    shown = nights.yard.madang("scoreboard", "--city", "seoul", "--language", "en").words
    for title in ("Public bicycle rentals", "Air temperature", "boardings per inhabitant"):
        assert title in shown


@pytest.mark.parametrize(
    ("metric", "day", "status"),
    [
        ("pm25_mean", "2020-04-02", "ok"),
        ("pm10_mean", "2020-04-02", "ok"),
        ("bike_rentals_per_100k", "2020-04-02", "ok"),
        ("air_temperature_mean", "2020-04-02", "ok"),
        ("precipitation_total", "2020-04-02", "ok"),
        ("sensor_coverage", "2020-04-02", "ok"),
        ("sensor_pm25_mean", "2020-04-02", "proxy"),
        ("noise_leq", "2020-04-02", "proxy"),
        ("search_interest_coronavirus", "2020-04-02", "proxy"),
        ("transit_boardings_per_inhabitant", "2020-03-30", "proxy"),
    ],
)
def test_the_first_night_has_values(nights: Any, metric: str, day: str, status: str) -> None:
    row = nights.yard.value(metric, day)
    assert (row["status"], row["reason"]) == (status, None)
    assert row["value"] is not None
    assert row["source"] == "files"
    if metric == "transit_boardings_per_inhabitant":
        assert row["completeness"] is None, "in a home's first night nothing says how many boardings are usual"
    else:
        assert row["completeness"] >= 0.9
    assert row["batch_ids"]


def test_each_feed_was_worked_on_for_the_day_it_is_due(nights: Any) -> None:
    days = nights.yard.sql(
        """SELECT "table_name", list(day ORDER BY day) AS days FROM ledger.batch WHERE layer = 'core' GROUP BY ALL"""
    )
    april = [date(2020, 4, 2), date(2020, 4, 3)]
    assert {row["table_name"]: row["days"] for row in days} == {
        "air_daily": april,
        "air_hourly_avg": april,
        "bike_daily": april,
        "sdot_env": april,
        "search_trend": april,
        "weather_daily": april,
        "subway_daily": [date(2020, 3, 30), date(2020, 3, 31)],
        "boundaries": [date(2013, 1, 1)],
        "sdot_ref": [date(2020, 1, 1)],
        "platform": [date(2020, 4, 1), date(2020, 4, 2)],  # a night tells of the one before
        "district_spending": [date(2019, 10, 1)],
        "street_people": [date(2019, 10, 1)],
        "cctv": [date(2016, 1, 1)],
        "crime": [date(2015, 1, 1)],
    }


def test_bicycles_delivered_twice_are_landed_once(nights: Any) -> None:
    """One file of the real drop folder lies there under two names."""
    rows = nights.yard.sql(
        "SELECT delivery, status, sha256 FROM ledger.attempt WHERE feed = 'bike_daily' AND run_id = ("
        "SELECT run_id FROM ledger.attempt WHERE feed = 'bike_daily' ORDER BY recorded_at LIMIT 1)"
    )
    twice = [row for row in rows if row["status"] == "duplicate"]
    assert len(twice) == 1
    same = [row for row in rows if row["sha256"] == twice[0]["sha256"]]
    assert {row["status"] for row in same} - {"not_due"} == {"landed", "duplicate", "parsed"}
    assert len({row["delivery"] for row in same}) == 2
    assert len(list(nights.yard.home.glob(f"landing/seoul/bike_daily/*/{twice[0]['sha256']}.zst"))) == 1


def test_the_second_night_ends_with_3_and_names_the_gate(nights: Any) -> None:
    result = nights.second
    assert (result.exit_code, result.version, result.changed, result.crashed) == (3, 2, True, [])
    (closed,) = result.closed.to_dicts()
    assert (closed["layer"], closed["table_name"], closed["day"]) == ("core", "sdot_env", date(2020, 4, 3))
    assert closed["verdict"] == "BLOCK"
    assert RULE in closed["reason"]
    assert COUNT in closed["reason"]
    assert set(result.failed["feed"]) == {"fuel_price", "realtime_population"}, "as on the first night"


def test_the_check_in_dagster_shows_count_and_samples(nights: Any, broken: dict[str, float]) -> None:
    key = dg.AssetCheckKey(
        dg.AssetKey(["seoul", "core", "sdot_env"]), "SDOT_temperature_range__temperature_lies_in_40_to_45_degC"
    )
    with dg.DagsterInstance.from_config(str(nights.yard.home / "dagster")) as store:
        history = store.event_log_storage.get_asset_check_execution_history(key, limit=10)
    events = [record.event.dagster_event for record in reversed(history)]
    found = [
        e.asset_check_evaluation_data for e in events if e.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    assert [evaluation.passed for evaluation in found] == [True, False]  # the same once more is not reported
    for evaluation in found[1:]:
        assert evaluation.severity == dg.AssetCheckSeverity.ERROR
        metadata = {name: value.value for name, value in evaluation.metadata.items()}
        assert (metadata["rows_unexpected"], metadata["rows_evaluated"]) == (843, 855)
        samples = str([record.data for record in evaluation.metadata["samples"].records])
        shown = {serial for serial in broken if serial in samples}
        assert len(shown) == 5
        assert all(str(broken[serial]) in samples for serial in shown)


def test_status_says_what_failed(nights: Any) -> None:
    said = nights.yard.madang("status")
    assert said.code == 3
    assert RULE in said.words
    assert COUNT in said.words
    assert "BLOCK" in said.words


def test_status_names_sample_rows(nights: Any, broken: dict[str, float]) -> None:
    said = nights.yard.madang("status")
    assert any(serial in said.out for serial in broken)


def test_status_in_json(nights: Any, broken: dict[str, float]) -> None:
    said = nights.yard.madang("status", "--json")
    assert said.code == 3
    (row,) = [r for r in json.loads(said.out) if (r["layer"], r["table_name"]) == ("core", "sdot_env")]
    assert (row["verdict"], row["newest_day"], row["last_good"]) == ("BLOCK", "2020-04-03", "2020-04-02")
    assert (row["days_in_a_row"], row["closed_before"]) == (1, ["2020-04-03"])
    assert RULE in row["reason"]
    assert COUNT in row["reason"]
    samples = json.dumps(row["samples"])
    assert any(serial in samples for serial in broken)


def test_the_published_ledger_says_why(nights: Any, broken: dict[str, float]) -> None:
    (verdict,) = nights.yard.sql(
        """SELECT v.*, r.samples, r.unexpected, r.evaluated FROM ledger.verdict v
        JOIN ledger.rule_result r ON r.batch_id = v.batch_id AND r.rule = 'SDOT-temperature-range'
        WHERE v."table_name" = 'sdot_env' AND v.day = DATE '2020-04-03'"""
    )
    assert verdict["verdict"] == "BLOCK"
    assert "SDOT-temperature-range" in verdict["rules_failed"]
    assert RULE in verdict["reason"]
    assert COUNT in verdict["reason"]
    assert (verdict["unexpected"], verdict["evaluated"]) == (843, 855)
    samples = json.loads(verdict["samples"])
    assert len(samples) == 5
    for sample in samples:
        row = json.loads(sample["row"])
        assert row["temperature"] == broken[row["place"]]


def test_what_is_held_back_is_kept_row_by_row(nights: Any, broken: dict[str, float], data: Path) -> None:
    (batch,) = nights.yard.sql("SELECT * FROM ledger.batch WHERE table_name = 'sdot_env' AND day = DATE '2020-04-03'")
    assert (batch["state"], batch["rows_read"], batch["rows_kept"], batch["rows_quarantined"]) == ("held", 855, 12, 843)
    held = nights.yard.sql(
        "SELECT row, line, rules FROM ledger.quarantine WHERE batch_id = ? AND scope = 'row'", batch["batch_id"]
    )
    assert {json.loads(row["row"])["place"] for row in held} == set(broken)
    lines = (data / "seoul/sdot_env/sdot_202004.csv").read_text(encoding="utf-8-sig").splitlines()
    for row in held:
        assert json.loads(row["row"])["place"] in lines[row["line"] - 1]
        assert "SDOT-temperature-range" in row["rules"]
    assert not nights.yard.sql("FROM core.seoul_sdot_env WHERE day = DATE '2020-04-03'")


@pytest.mark.parametrize(
    "metric", ["pm25_mean", "bike_rentals_per_100k", "air_temperature_mean", "precipitation_total"]
)
def test_the_other_feeds_are_published_on_the_second_night(nights: Any, metric: str) -> None:
    row = nights.yard.value(metric, "2020-04-03")
    assert (row["status"], row["reason"]) == ("ok", None)
    assert row["value"] is not None


def test_the_sensors_metrics_of_the_second_night_are_absent_with_the_reason(nights: Any) -> None:
    rows = nights.yard.sql(
        "FROM metric.value WHERE period_start = DATE '2020-04-03' AND period = 'day' AND list_contains(?, metric)",
        list(SENSORS),
    )
    assert len(rows) == len(SENSORS) * 26
    for row in rows:
        assert (row["status"], row["value"], row["n"], row["batch_ids"]) == ("absent", None, 0, [])
        assert row["reason"].startswith("gate of sdot_env closed, BLOCK: SDOT-temperature-range ")
        assert COUNT in row["reason"]


def test_the_last_good_value_stays_and_is_marked_stale(nights: Any) -> None:
    metrics = [m for m in SENSORS if m != "apparent_temperature"]  # out of season in April: never had a value
    rows = nights.yard.sql("FROM metric.latest WHERE list_contains(?, metric)", metrics)
    good = {
        (r["metric"], r["area"]): r
        for r in nights.yard.sql(
            "FROM metric.value WHERE period_start = DATE '2020-04-02' AND list_contains(?, metric)", metrics
        )
    }
    stale = [row for row in rows if good[row["metric"], row["area"]]["value"] is not None]
    assert len(stale) >= 4 * 25
    for row in stale:
        assert (row["status"], row["period_start"]) == ("stale", date(2020, 4, 2))
        assert row["value"] == good[row["metric"], row["area"]]["value"]
        assert row["reason"].startswith("2020-04-03: gate of sdot_env closed, BLOCK: SDOT-temperature-range ")
    fresh = nights.yard.sql("FROM metric.latest WHERE metric = 'pm25_mean'")
    assert {(row["status"], row["period_start"]) for row in fresh} == {("ok", date(2020, 4, 3))}


def test_the_first_night_stays_as_it_was(nights: Any) -> None:
    def of_day(rows: list[tuple[Any, ...]], day: date) -> list[tuple[Any, ...]]:
        return [row for row in rows if row[4] == "day" and row[5] == day and row[3] not in of_platform]

    of_platform = {m.metric for m in nights.yard.city.metrics.values() if m.subject == "platform"}  # the next one tells
    for day in (date(2020, 4, 2), date(2020, 3, 30)):
        before = of_day(nights.values["first"], day)
        valued = [row for row in before if row[6] is not None]
        assert len(valued) > 100 if day.month == 4 else valued
        after = of_day(nights.values["second"], day)
        assert [row for row in before if row not in after] == []


def test_running_the_second_night_again_changes_nothing(nights: Any) -> None:
    assert nights.again.code == 3
    assert "nothing new; published is still version 2" in nights.again.words
    assert nights.states["again"] == nights.states["second"]
    assert nights.values["again"] == nights.values["second"]
    assert [row["version"] for row in nights.yard.sql("FROM ledger.publication ORDER BY version")] == [1, 2]


# Independent of Polars, DuckDB and the product's own code.


def _residents(yard: Any, year: int) -> float:
    with (yard.city.folder / "areas.csv").open(encoding="utf-8", newline="") as file:
        return float(next(row for row in csv.DictReader(file) if row["code"] == "11")[f"population_{year}"])


def test_boardings_by_residents(nights: Any, data: Path) -> None:
    with (data / "seoul/subway/CARD_SUBWAY_MONTH_202003.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["사용일자"] == "20200330"]
    expected = sum(int(float(row["승차총승객수"])) for row in rows) / _residents(nights.yard, 2019)
    assert nights.yard.value("transit_boardings_per_inhabitant", "2020-03-30")["value"] == pytest.approx(
        expected, abs=1e-9, rel=0
    )


def test_rentals_by_100000_residents(nights: Any, data: Path) -> None:
    (path,) = (data / "seoul/bike_daily").glob("*_2019.12.01~2020.05.31.csv")  # XLSX under that name
    sheet = fastexcel.read_excel(path.read_bytes()).load_sheet(0, dtypes="string")
    rows = sheet.to_arrow().to_pylist()
    (rentals,) = [int(row["대여건수"]) for row in rows if row["대여일시"].startswith("2020-04-02")]
    expected = rentals / _residents(nights.yard, 2019) * 100_000
    assert nights.yard.value("bike_rentals_per_100k", "2020-04-02")["value"] == pytest.approx(expected, abs=1e-9, rel=0)


# Without outlines the city's figures come, and the districts say what they lack.


@pytest.fixture(scope="module")
def borderless(yard: Callable[..., Any]) -> Any:
    here = yard(
        "seoul/sdot_env/sdot_202004.csv",
        "seoul/sdot_ref/sensor_longitude_latitude.csv",
        feeds=("sdot_env", "sdot_ref", "boundaries"),
    )
    result = here.night("2020-04-02")
    assert (result.version, result.crashed) == (1, [])
    return here


def test_without_outlines_the_city_has_its_figures(borderless: Any, nights: Any) -> None:
    for metric in ("sensor_pm25_mean", "sensor_pm10_mean", "noise_leq", "sensor_coverage"):
        there, here = nights.yard.value(metric, "2020-04-02"), borderless.value(metric, "2020-04-02")
        assert here["value"] is not None
        assert (here["value"], here["n"], here["status"]) == (there["value"], there["n"], there["status"])


def test_without_outlines_the_districts_say_so(borderless: Any) -> None:
    rows = borderless.sql(
        "FROM metric.value WHERE area_level = 'district' AND period = 'day' AND list_contains(?, metric)", list(SENSORS)
    )
    assert len(rows) == len(SENSORS) * 25
    for row in rows:
        assert (row["status"], row["value"]) == ("absent", None)
        assert "boundaries" in row["reason"]
