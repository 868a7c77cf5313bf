"""A month of Seoul in one command, and its figures computed once more from the files without the product."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.real.conftest import PERIODS
from tests.worlds.retraced import differing, some_values

pytestmark = pytest.mark.real
DAYS = [day for period in PERIODS for day in period]
CLOSED = date(2020, 4, 3)
OPEN = [day for day in DAYS if day != CLOSED]
SILENT = [date(2020, 4, 4) + timedelta(days=n) for n in range(19)]  # no sensor delivered noise
Reading = dict[str, Any]
Flagged = dict[tuple[str, date], set[str]]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value != -999 else None


def _rows(data: Path) -> Iterator[dict[str, str]]:
    for month in range(4, 9):
        with (data / f"seoul/sdot_env/sdot_20200{month}.csv").open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def readings(data: Path) -> dict[date, list[Reading]]:
    """What counts of the five files, by day: packets with an impossible temperature are out, as are invalid values."""
    found: dict[date, dict[str, Reading]] = defaultdict(dict)
    for row in _rows(data):
        temperature = _number(row["기온 (℃)"])
        if temperature is not None and not -40 <= temperature <= 45:
            continue
        reading: Reading = {"sensor": row["시리얼"]}
        for name, column, low, high in (
            ("pm25", "초미세먼지 보정 (㎍/㎥)", 0, 1500),
            ("pm10", "미세먼지 보정 (㎍/㎥)", 0, 1500),
            ("noise", "소음 (dB)", 35, 85),
        ):
            value = _number(row[column])
            reading[name] = value if value is not None and low <= value <= high else None
        assert row["시리얼"] not in found[date.fromisoformat(row["측정시간"])]
        found[date.fromisoformat(row["측정시간"])][row["시리얼"]] = reading
    return {day: list(sensors.values()) for day, sensors in found.items()}


@pytest.fixture(scope="module")
def places(data: Path) -> dict[str, str]:
    """KOSTAT's code of the district each registered sensor stands in, by ray casting."""
    path = data / "seoul/boundaries/kostat_2013_json_seoul_municipalities_geo_simple.json"
    districts = {f["properties"]["code"]: f["geometry"] for f in json.loads(path.read_text("utf-8"))["features"]}
    assert {geometry["type"] for geometry in districts.values()} == {"Polygon"}
    found = {}
    for serial, (lat, lon) in _register(data).items():
        for code, geometry in districts.items():
            if _inside(lon, lat, geometry["coordinates"]):
                found[serial] = code
                break
    return found


def _register(data: Path) -> dict[str, tuple[float, float]]:
    with (data / "seoul/sdot_ref/sensor_longitude_latitude.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["시리얼"]: (float(row["위도"]), float(row["경도"])) for row in csv.DictReader(file)}


def _inside(x: float, y: float, rings: list[list[list[float]]]) -> bool:
    inside = False
    for ring in rings:
        for (x1, y1, *_), (x2, y2, *_) in pairwise(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def _mean(rows: list[Reading], name: str) -> float:
    values = [row[name] for row in rows if row[name] is not None]
    return math.fsum(values) / len(values)


@pytest.fixture(scope="module")
def flagged(backfill: Any) -> Flagged:
    """The sensors that the watch calls suspect or bad, by quantity and day: they are out of the means."""
    found = defaultdict[tuple[str, date], set[str]](set)
    for row in backfill.yard.sql("FROM mart.place_health WHERE qc IN (3, 4)"):
        found[row["quantity"], row["day"]].add(row["place"])
    assert found
    return found


def _valid(rows: list[Reading], name: str, flagged: set[str]) -> list[Reading]:
    return [row for row in rows if row[name] is not None and row["sensor"] not in flagged]


def _published(backfill: Any, metric: str, area: str = "11") -> dict[date, dict[str, Any]]:
    rows = backfill.yard.sql("FROM metric.value WHERE metric = ? AND area = ?", metric, area)
    return {row["period_start"]: row for row in rows}


def _districts(backfill: Any) -> list[dict[str, str]]:
    with (backfill.yard.city.folder / "areas.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["level"] == "district"]


# What became of the batches.


def test_one_closed_day_ends_with_3_and_stops_nothing_else(backfill: Any) -> None:
    result = backfill.first
    assert (result.exit_code, result.version, result.crashed, result.error) == (3, 1, [], None)
    assert [(later.exit_code, later.crashed, later.error) for later in backfill.later] == [(0, [], None)] * 2
    assert [(row["layer"], row["table_name"], row["day"]) for row in result.closed.to_dicts()] == [
        ("core", "sdot_env", CLOSED)
    ]
    assert result.failed.is_empty()


def test_every_batch_balances(backfill: Any) -> None:
    assert (
        backfill.yard.sql(
            "SELECT * FROM ledger.batch WHERE rows_read <>"
            " rows_kept + rows_quarantined + rows_replaced + rows_repeated + rows_contradicted"
        )
        == []
    )


def test_every_line_of_the_sensors_was_read(backfill: Any, data: Path) -> None:
    dates = [date.fromisoformat(row["측정시간"]) for row in _rows(data)]
    lines = sum(day in DAYS for day in dates)
    (batches,) = backfill.yard.sql(
        "SELECT sum(rows_read)::BIGINT AS n, count(*) AS days FROM ledger.batch WHERE table_name = 'sdot_env'"
    )
    (attempts,) = backfill.yard.sql(
        "SELECT sum(rows_read)::BIGINT AS n, count(*) AS files FROM ledger.attempt"
        " WHERE feed = 'sdot_env' AND status = 'parsed'"
    )
    assert (batches["n"], batches["days"]) == (lines, len(DAYS))
    assert (attempts["n"], attempts["files"]) == (len(dates), 5)
    assert len(dates) == 128_238


def test_all_other_days_of_the_sensors_are_live(backfill: Any) -> None:
    states = backfill.yard.sql("SELECT day, state FROM ledger.batch WHERE table_name = 'sdot_env' ORDER BY day")
    assert [row["day"] for row in states if row["state"] == "committed"] == OPEN
    assert [
        row["day"] for row in backfill.yard.sql("SELECT DISTINCT day FROM core.seoul_sdot_env ORDER BY day")
    ] == OPEN


def test_no_value_of_the_sensors_is_a_sentinel_or_impossible(backfill: Any) -> None:
    names = (
        "pm25",
        "pm10",
        "pm25_raw",
        "pm10_raw",
        "laeq",
        "humidity",
        "wind_speed",
        "illuminance",
        "uv_index",
    )
    low = " OR ".join(f"{name} < 0" for name in names)
    wrong = f"{low} OR temperature NOT BETWEEN -40 AND 45"
    assert backfill.yard.sql(f"FROM core.seoul_sdot_env WHERE {wrong} LIMIT 5") == []
    numbers = [
        row["column_name"]
        for row in backfill.yard.sql("DESCRIBE core.seoul_sdot_env")
        if row["column_type"] == "DOUBLE"
    ]
    assert len(numbers) == 20
    sentinel = " OR ".join(f"{name} = -999" for name in numbers)
    assert backfill.yard.sql(f"FROM core.seoul_sdot_env WHERE {sentinel} LIMIT 5") == []


def test_the_fall_of_the_globe_thermometers_does_not_block(backfill: Any) -> None:
    days = [date(2020, 6, 28) + timedelta(days=n) for n in range(7)]
    rows = backfill.yard.sql(
        "SELECT day, verdict FROM ledger.verdict WHERE table_name = 'sdot_env' AND list_contains(?, day)", days
    )
    assert sorted(row["day"] for row in rows) == days == PERIODS[2]
    assert {row["verdict"] for row in rows} <= {"PASS", "WARN"}


# What is absent, and why.


def test_noise_is_absent_where_no_sensor_delivers_it(backfill: Any) -> None:
    noise = _published(backfill, "noise_leq")
    for day in [*SILENT, date(2020, 4, 23)]:
        assert (noise[day]["status"], noise[day]["value"]) == ("absent", None)
        assert re.fullmatch(r"[01] of 85\d sensors are valid \(needs 50 %\)", noise[day]["reason"])
        assert noise[day]["n"] <= 1
    absent = [day for day, row in noise.items() if row["value"] is None]
    assert sorted(absent) == [CLOSED, *SILENT, date(2020, 4, 23)]


def test_bicycles_are_absent_in_june_and_there_before_and_after(backfill: Any) -> None:
    for day, row in _published(backfill, "bike_rentals_per_100k").items():
        if day.month == 6:
            assert (row["status"], row["value"]) == ("absent", None)
            assert row["reason"].startswith("no delivery of bike_daily covers this day")
        else:
            assert (row["status"], row["reason"]) == ("ok", None)


def test_what_is_absent_is_never_a_number_and_always_has_a_reason(backfill: Any) -> None:
    assert backfill.yard.sql("FROM metric.value WHERE (status = 'absent') <> (value IS NULL) LIMIT 5") == []
    assert backfill.yard.sql("FROM metric.value WHERE (value IS NULL) <> (reason IS NOT NULL) LIMIT 5") == []
    assert backfill.yard.sql("FROM metric.value WHERE NOT isfinite(value) LIMIT 5") == []


# The same figures from the files alone.


@pytest.mark.parametrize(("metric", "name"), [("sensor_pm25_mean", "pm25"), ("sensor_pm10_mean", "pm10")])
def test_city_means_of_the_corrected_particles(
    backfill: Any, readings: dict[date, list[Reading]], flagged: Flagged, data: Path, metric: str, name: str
) -> None:
    published, register = _published(backfill, metric), set(_register(data))
    assert sorted(published) == DAYS
    for day in OPEN:
        assert published[day]["status"] == "proxy", day
        # n is of those expected: readings of the eleven that the register lacks are in the mean, and not in n
        valid = _valid(readings[day], name, flagged[name, day])
        assert published[day]["n"] == sum(row["sensor"] in register for row in valid), day
        assert published[day]["value"] == pytest.approx(_mean(valid, name), abs=1e-9, rel=0), day
    assert published[CLOSED]["value"] is None


@pytest.mark.parametrize("district", ["Jongno-gu", "Songpa-gu"])
@pytest.mark.parametrize(("metric", "name"), [("sensor_pm25_mean", "pm25"), ("sensor_pm10_mean", "pm10")])
def test_district_means_by_ray_casting(
    backfill: Any,
    readings: dict[date, list[Reading]],
    flagged: Flagged,
    places: dict[str, str],
    district: str,
    metric: str,
    name: str,
) -> None:
    (area,) = [row for row in _districts(backfill) if row["name_en"] == district]
    published = _published(backfill, metric, area["code"])
    compared = 0
    for day in OPEN:
        rows = [row for row in readings[day] if places.get(row["sensor"]) == area["boundary_code"]]
        valid = _valid(rows, name, flagged[name, day])
        assert published[day]["n"] == len(valid), day
        if published[day]["value"] is not None:
            assert published[day]["value"] == pytest.approx(_mean(valid, name), abs=1e-9, rel=0), day
            compared += 1
    assert compared > len(OPEN) - 13


@pytest.mark.parametrize("day", [date(2020, 4, 2), date(2020, 5, 30), date(2020, 7, 2)])
def test_noise_is_the_mean_of_the_energy(
    backfill: Any, readings: dict[date, list[Reading]], data: Path, day: date
) -> None:
    heard, register = [row for row in readings[day] if row["noise"] is not None], set(_register(data))
    levels = [row["noise"] for row in heard]
    expected = 10 * math.log10(math.fsum(10 ** (level / 10) for level in levels) / len(levels))
    row = _published(backfill, "noise_leq")[day]
    assert row["n"] == sum(one["sensor"] in register for one in heard)
    assert row["value"] == pytest.approx(expected, abs=1e-9, rel=0)


def test_sensors_without_a_position_count_for_the_city_and_for_no_district(
    backfill: Any, readings: dict[date, list[Reading]], data: Path, places: dict[str, str]
) -> None:
    register = _register(data)
    unplaced = {row["시리얼"] for row in _rows(data)} - set(register)
    assert (len(register), len(unplaced)) == (851, 11)
    marts = backfill.yard.sql(
        "SELECT period_start AS day, area, area_level, n, expected FROM metric.value WHERE metric = 'sensor_coverage'"
    )
    city = {row["day"]: row for row in marts if row["area_level"] == "city"}
    parts: dict[date, int] = defaultdict(int)
    for row in marts:
        if row["area_level"] == "district":
            parts[row["day"]] += row["n"]
    without = 0
    for day in OPEN:
        reporting = {row["sensor"] for row in readings[day]}
        assert city[day]["n"] == len(reporting - unplaced)  # those that the register lacks make nothing complete
        assert parts[day] == len(reporting & set(places))
        assert city[day]["expected"] == 851  # whatever reported
        without += len(reporting & unplaced)
        assert city[day]["n"] - parts[day] == len(reporting - unplaced - set(places))
    assert without > 0
    expected = {row["area"]: row["expected"] for row in marts if row["area_level"] == "district"}
    kostat = {row["code"]: row["boundary_code"] for row in _districts(backfill)}
    assert expected == {area: list(places.values()).count(code) for area, code in kostat.items()}


def test_coverage_is_registered_sensors_kept_by_those_registered(
    backfill: Any, readings: dict[date, list[Reading]], data: Path
) -> None:
    day = date(2020, 5, 30)
    serials, register = {row["sensor"] for row in readings[day]}, set(_register(data))
    expected = len(serials & register) / len(register) * 100
    assert _published(backfill, "sensor_coverage")[day]["value"] == pytest.approx(expected, abs=1e-9, rel=0)


@pytest.mark.parametrize("day", ["20200402", "20200403", "20200502", "20200601", "20200704"])
def test_air_is_the_mean_of_the_25_urban_stations(backfill: Any, data: Path, day: str) -> None:
    urban = {row["name_ko"] for row in _districts(backfill)}
    with (data / "seoul/air_daily/2020.csv").open(encoding="cp949", newline="") as file:
        rows = [row for row in csv.reader(file) if row[0] == day and row[1] in urban]
    assert len(rows) == 25
    values = [float(row[7]) for row in rows if row[7].strip()]
    row = _published(backfill, "pm25_mean")[date.fromisoformat(day)]
    assert (row["status"], row["n"]) == ("ok", len(values))
    assert row["value"] == pytest.approx(math.fsum(values) / len(values), abs=1e-9, rel=0)


@pytest.mark.parametrize("number", [10, pytest.param(50, marks=pytest.mark.weekly)])
def test_values_come_out_the_same_from_the_raw_files_they_name(backfill: Any, number: int) -> None:
    values = some_values(backfill.yard.settings, number, seed=13)
    assert {value["period"] for value in values} > {"day"}
    assert list(differing(backfill.yard.settings, backfill.yard.city, values)) == []


# Once more.


def test_the_same_backfill_again_changes_nothing(backfill: Any) -> None:
    assert (backfill.again.exit_code, backfill.again.changed, backfill.again.version) == (3, False, 3)
    assert backfill.states["again"] == backfill.states["first"]
    assert backfill.values["again"] == backfill.values["first"]


def test_every_live_file_is_there_once_a_day(backfill: Any) -> None:
    for table, (_, files) in backfill.states["again"].items():
        if table.startswith("seoul/"):
            days = [Path(uri).parent.name for uri in files]
            assert len(days) == len(set(days)), table
