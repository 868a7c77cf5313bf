"""Real files of Brunei, Chicago, Jakarta and of Korea's shared feeds: each trap that PROVENANCE names, and its outcome.

Everything expected is worked out from the files with the csv module and plain Python.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.pack.packs import load_packs
from pipelines.settings import Settings
from tests.support.paths import CITIES, REAL_DATA
from tests.worlds.packs import pack_at
from tests.worlds.unpublished import backfill

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "brunei").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
POLLUTANTS = ("pm10", "so2", "co", "o3", "no2")
KOREAN = {"busan": "부산광역시", "daegu": "대구광역시", "incheon": "인천광역시"}
PROVINCES = {"busan": "11000", "daegu": "12000", "incheon": "14000"}
PERIODS = {
    "brunei": [("2010-01-01", "2025-12-31")],
    "chicago": [("2019-06-25", "2019-06-25")],
    "jakarta": [("2020-01-01", "2020-12-31")],
    **{city: [("2020-02-01", "2020-04-06"), ("2023-01-01", "2023-04-30")] for city in KOREAN},
}
Row = dict[str, str]


class Further:
    """One home with the six cities, published once."""

    def __init__(self, root: Path) -> None:
        drop, packs = root / "drop", root / "cities"
        for name in PERIODS:
            shutil.copytree(CITIES / name, packs / name)
            (drop / name).mkdir(parents=True)
        for folder in ("brunei", "chicago", "jakarta/ispu", "korea"):
            shutil.copytree(REAL_DATA / folder, drop / folder, dirs_exist_ok=True)
        self.packs, self.drop = packs, drop
        self.settings = Settings(home_dir=root / "home", drop_dir=drop, cities_dir=packs)
        read = load_packs(self.settings.packs())
        *early, last = [(name, *days) for name, periods in PERIODS.items() for days in periods]
        for run in early:
            backfill(self.settings, read, *run, publishes=False)
        backfill(self.settings, read, *last, publishes=True)

    def backfill(self, city: str, first: str, last: str) -> None:
        """With the packs as they are now."""
        backfill(self.settings, load_packs(self.settings.packs()), city, first, last, publishes=True)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.home.published_file), read_only=True) as con:
            return con.execute(query).fetchall()

    def values(self, city: str, metric: str, area: str | None = None) -> dict[str, float | None]:
        """First day to value, of the city or one of its areas."""
        of = area or pack_at(CITIES / city).config.area
        found = self.sql(
            f"SELECT period_start, value FROM metric.value WHERE (city, metric, area) = ('{city}', '{metric}', '{of}')"
        )
        assert len(found) == len({day for day, _ in found})
        return {str(day): value for day, value in found}

    def verdicts(self, city: str, feed: str) -> dict[str, tuple[str, str]]:
        """Day to verdict and reason."""
        where = f"(city, table_name) = ('{city}', '{feed}')"
        found = self.sql(f"SELECT day, verdict, reason FROM ledger.verdict WHERE {where}")
        return {str(day): (verdict, reason) for day, verdict, reason in found}


@pytest.fixture(scope="module")
def further(tmp_path_factory: pytest.TempPathFactory) -> Further:
    return Further(tmp_path_factory.mktemp("further"))


def _rows(path: str) -> list[Row]:
    with (REAL_DATA / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# Brunei: months in columns, a total beside them, a header that contradicts its data -----------------------------


def _climate(parameter: str) -> Iterator[tuple[int, Row]]:
    for row in _rows("brunei/climate/brunei_temp.csv"):
        if row["PARAMETER"] == parameter:
            yield int(row["YEAR"]), row


@pytest.mark.parametrize(
    ("metric", "parameter"),
    [("mean", "T2M"), ("max", "T2M_MAX"), ("min", "T2M_MIN")],
)
def test_a_month_of_brunei_is_the_reading_of_the_month(further: Further, metric: str, parameter: str) -> None:
    expected = {
        f"{year}-{number:02}-01": float(row[month])
        for year, row in _climate(parameter)
        for number, month in enumerate(MONTHS, 1)
        if year >= 2010
    }
    found = further.values("brunei", f"modelled_temperature_{metric}_month")
    assert {day: value for day, value in found.items() if value is not None} == expected
    assert len(expected) == 14 * 12


def test_the_total_of_a_year_is_a_year_and_never_a_thirteenth_month(further: Further) -> None:
    for metric, parameter in (("mean", "T2M"), ("max", "T2M_MAX"), ("min", "T2M_MIN")):
        expected = {f"{year}-01-01": float(row["ANN"]) for year, row in _climate(parameter) if year >= 2010}
        assert further.values("brunei", f"modelled_temperature_{metric}_year") == expected
    assert further.sql("SELECT count(*), count(DISTINCT time) FROM core.brunei_climate_month") == [(168, 168)]
    assert further.sql("SELECT count(*) FROM core.brunei_climate_year") == [(14,)]


def test_the_total_of_each_parameter_is_another_thing() -> None:
    for row in _rows("brunei/climate/brunei_temp.csv"):
        months, total = [float(row[month]) for month in MONTHS], float(row["ANN"])
        kind = row["PARAMETER"].rpartition("_")[2]
        right = {"MAX": max(months), "MIN": min(months)}.get(kind, sum(months) / 12)
        assert total == pytest.approx(right, abs=0.02)


def test_months_that_the_file_fills_before_they_came_are_no_rows(further: Further) -> None:
    (name,) = [name for name in _rows("brunei/climate/nino34.csv")[0] if name != "Date"]
    assert "missing value -99.99" in name
    rows = {row["Date"]: row[name].strip() for row in _rows("brunei/climate/nino34.csv")}
    filled = [day for day, value in rows.items() if float(value) == -9999]
    assert filled == [f"2025-{month:02}-01" for month in range(2, 13)]
    assert "-99.990" not in rows.values()
    expected = {day: float(value) for day, value in rows.items() if day >= "2010" and day not in filled}
    found = dict(further.sql("SELECT strftime(day, '%Y-%m-%d'), anomaly FROM core.brunei_nino34"))
    assert found == expected
    assert not set(filled) & set(further.verdicts("brunei", "nino34"))


def test_a_metric_of_days_is_not_made_of_months(further: Further) -> None:
    metrics = further.packs / "brunei" / "metrics.yaml"
    before = metrics.read_text("utf-8")
    metrics.write_text(f"{before}  modelled_temperature_mean: {{}}\n", "utf-8")
    try:
        further.backfill("brunei", "2023-12-01", "2023-12-31")
    finally:
        metrics.write_text(before, "utf-8")
    found = further.sql(
        "SELECT period, value, reason_code, reason FROM metric.value WHERE metric = 'modelled_temperature_mean'"
    )
    assert {(period, value, code) for period, value, code, _ in found} == {("day", None, "no_feed")}
    assert all("climate_month cannot give it: a row is of a month, and not of a day" in reason for *_, reason in found)


# Jakarta: indices under the names of pollutants --------------------------------------------------------------------


def _stations() -> dict[str, dict[str, Row]]:
    """Day to station to row."""
    found = dict[str, dict[str, Row]]()
    for row in _rows("jakarta/ispu/indeks-standar-pencemaran-udara-bulan-januari-tahun-2020.csv"):
        found.setdefault(_day(row), {})[row["stasiun"][:4]] = row
    return found


def _year() -> dict[str, Row]:
    return {_day(row): row for row in _rows("jakarta/ispu/indeks-standar-pencemaran-udara-tahun-2020.csv")}


def _day(row: Row) -> str:
    month, day, year = row["tanggal"].split("/")
    return f"20{year}-{month}-{day}"


def test_the_index_of_jakarta_is_that_of_its_highest_station(further: Further) -> None:
    expected = {day: max(float(row["max"]) for row in rows.values()) for day, rows in _stations().items()}
    found = further.values("jakarta", "aqi_reported")
    assert {day: value for day, value in found.items() if value is not None} == expected
    assert len(expected) == 31
    of_air = "metric = 'aqi' OR regexp_matches(metric, '^(pm10|pm25|o3|no2|so2|co)_')"
    assert further.sql(f"SELECT count(*) FROM metric.value WHERE city = 'jakarta' AND ({of_air})") == [(0,)]


def test_a_station_under_a_longer_name_is_one_of_five(further: Further) -> None:
    names = {row["stasiun"] for rows in _stations().values() for row in rows.values()}
    assert "DKI5 (Kebon Jeruk) Jakarta Barat" in names
    assert not any("Jakarta" in name for name in names if not name.startswith("DKI5"))
    found = further.sql("SELECT place, count(*) FROM core.jakarta_ispu_station GROUP BY ALL ORDER BY ALL")
    assert found == [(f"DKI{number}", 31) for number in range(1, 6)]


def test_indices_are_no_concentrations_and_both_headers_are_read(further: Further) -> None:
    columns = {name for name, *_ in further.sql("DESCRIBE core.jakarta_ispu_station")}
    assert {"pm10_index", "o3_index", "aqi", "category"} <= columns
    assert not {"pm10", "o3", "co"} & columns
    assert "categori" in next(iter(_stations()["2020-01-01"].values()))
    assert "kategori" in _year()["2020-01-01"]
    found = further.sql("SELECT strftime(day, '%Y-%m-%d'), aqi, category FROM core.jakarta_ispu_city ORDER BY ALL")
    expected = [(day, float(row["max"]), row["kategori"]) for day, row in sorted(_year().items()) if row["max"] != "4"]
    assert found == expected


def test_days_whose_index_is_below_its_pollutants_are_closed(further: Further) -> None:
    closed = {day for day, (verdict, _) in further.verdicts("jakarta", "ispu_city").items() if verdict == "BLOCK"}
    below = {
        day
        for day, row in _year().items()
        if any(row[name] and int(row[name]) > int(row["max"]) for name in POLLUTANTS)
    }
    assert closed == below == {"2020-04-01", "2020-04-03"}


def test_the_city_of_jakarta_is_one_station_and_repeats_itself() -> None:
    def numbers(row: Row) -> tuple[str, ...]:
        return tuple(row[name] for name in POLLUTANTS)

    year, stations = _year(), _stations()
    first = {numbers(rows["DKI1"]) for rows in stations.values()}
    assert sum(numbers(year[day]) in first for day in stations) == 23
    assert sum(numbers(year[day]) == numbers(stations[day]["DKI1"]) for day in stations) == 21
    assert (
        sum(max(int(row["max"]) for row in rows.values()) > int(year[day]["max"]) for day, rows in stations.items())
        == 24
    )
    times = Counter(numbers(row) for row in year.values())
    assert sum(count for count in times.values() if count > 1) == 166
    begin = date(2020, 4, 17)
    for back in range(3, 21):  # of January 4 to 9 two are exchanged, and come so again
        copied = year[str(begin + timedelta(days=back))]
        assert numbers(copied) in {numbers(year[f"2020-01-{day:02}"]) for day in range(1, 22)}


# Chicago: a register and limits, and no reading ---------------------------------------------------------------------


def test_nodes_of_chicago_have_an_end_where_the_file_says_one(further: Further) -> None:
    rows = _rows("chicago/array_of_things/AoT_Chicago.complete_nodes.csv")
    expected = {
        (
            row["node_id"],
            float(row["lat"]),
            float(row["lon"]),
            row["start_timestamp"][:10].replace("/", "-"),
            row["end_timestamp"][:10].replace("/", "-") or None,
        )
        for row in rows
    }
    found = further.sql(
        "SELECT place, lat, lon, strftime(valid_from, '%Y-%m-%d'), strftime(valid_to, '%Y-%m-%d') "
        "FROM core.chicago_nodes"
    )
    assert set(found) == expected
    assert len(found) == len(expected) == 126
    assert sum(end is not None for *_, end in found) == 4


def test_limits_of_the_sensors_of_chicago_and_a_unit_that_was_copied_down(further: Further) -> None:
    rows = _rows("chicago/array_of_things/AoT_Chicago.complete_sensors.csv")
    key = ("subsystem", "sensor", "parameter", "ontology")
    expected = {
        tuple(row[name] for name in key): (
            float(row["hrf_minval"]) if row["hrf_minval"] else None,
            float(row["hrf_maxval"]) if row["hrf_maxval"] else None,
        )
        for row in rows
    }
    found = further.sql(f"SELECT {', '.join(key)}, least, most FROM core.chicago_parameters")
    assert {tuple(row[:4]): tuple(row[4:]) for row in found} == expected
    assert len(found) == 193
    counts = further.sql(
        "SELECT parameter, said_unit FROM core.chicago_parameters "
        "WHERE sensor = 'pms7003' AND parameter LIKE '%particle'"
    )
    assert len(counts) == 6
    assert {unit for _, unit in counts} == {"μg/m^3"}


def test_there_is_no_reading_of_chicago_and_no_value(further: Further) -> None:
    assert further.sql("SELECT count(*) FROM core.chicago_readings") == [(0,)]
    assert further.sql("SELECT count(*) FROM metric.value WHERE city = 'chicago' AND value IS NOT NULL") == [(0,)]


# Korea: national files of which each city takes its part ------------------------------------------------------------


def _electricity(city: str) -> list[Row]:
    rows = _rows("korea/electricity_kepco/electricity_usage.csv")
    gunwi = [row for row in rows if row["시군구"] == "군위군"] if city == "daegu" else []
    return [row for row in rows if row["시도"] == KOREAN[city]] + gunwi


def _residents(city: str) -> dict[str, float]:
    """By area, as far as they are known."""
    with (CITIES / city / "areas.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    years = sorted(name for name in rows[0] if name.startswith("population_"))
    return {row["code"]: float(row[years[-1]]) for row in rows if row[years[-1]]}


@pytest.mark.parametrize("city", KOREAN)
def test_electricity_of_a_month_counts_each_tariff_once_and_no_total(further: Further, city: str) -> None:
    rows, residents = _electricity(city), _residents(city)
    parts = [row for row in rows if row["계약종별"] != "합 계"]
    whole = [row for row in rows if row["계약종별"] == "합 계"]
    found = further.values(city, "electricity_per_inhabitant_month")
    homes = further.values(city, "electricity_residential_per_inhabitant_month")
    code = pack_at(CITIES / city).config.area
    for number in range(1, 5):
        day, column = f"2023-{number:02}-01", f"{number}월"
        total = sum(int(row[column]) for row in parts)
        assert total == sum(int(row[column]) for row in whole)  # seven tariffs, and their sum as an eighth
        assert found[day] == pytest.approx(total / residents[code], rel=1e-9)
        of_homes = sum(int(row[column]) for row in parts if row["계약종별"] == "주택용")
        assert homes[day] == pytest.approx(of_homes / residents[code], rel=1e-9)
    groups = {name for (name,) in further.sql(f"SELECT DISTINCT customer_group FROM core.{city}_electricity")}
    assert groups == {"주택용", "일반용", "교육용", "산업용", "농사용", "가로등", "심 야"}


def test_a_district_takes_only_the_rows_of_its_own_province(further: Further) -> None:
    rows = _electricity("busan")
    junggu = sum(int(row["1월"]) for row in rows if row["시군구"] == "중구" and row["계약종별"] != "합 계")
    value = further.values("busan", "electricity_per_inhabitant_month", "26110")["2023-01-01"]
    assert value == pytest.approx(junggu / _residents("busan")["26110"], rel=1e-9)
    # residents of Daegu's districts are known for 2015 alone: the energy of 2023 is divided by none of them
    assert set(further.values("daegu", "electricity_per_inhabitant_month", "27720").values()) == {None}
    why = further.sql(
        "SELECT DISTINCT reason_code FROM metric.value WHERE city = 'daegu' AND area = '27720' "
        "AND metric = 'electricity_per_inhabitant_month'"
    )
    assert why == [("no_residents",)]
    (gunwi,) = further.sql(
        "SELECT sum(energy) FROM core.daegu_electricity WHERE area = '군위군' AND day = '2023-01-01'"
    )
    assert gunwi == (32_491_218,)


def test_three_cities_of_one_provider_stand_side_by_side(further: Further) -> None:
    found = further.sql(
        "SELECT city, round(value, 1) FROM benchmark.value WHERE metric = 'electricity_per_inhabitant_month' "
        "AND period_start = '2023-01-01' ORDER BY value"
    )
    assert found == [("busan", 571.6), ("daegu", 637.9), ("incheon", 805.8)]
    pairs = further.sql(
        "SELECT DISTINCT comparable FROM benchmark.pair WHERE metric = 'electricity_per_inhabitant_month' "
        "AND city IN ('busan', 'daegu', 'incheon') AND other IN ('busan', 'daegu', 'incheon')"
    )
    assert pairs == [(True,)]
    kinds = further.sql("SELECT DISTINCT source_kind FROM benchmark.value WHERE city = 'brunei' AND value IS NOT NULL")
    assert kinds == [("modelled",)]


@pytest.mark.parametrize("city", KOREAN)
def test_the_weather_of_a_city_is_one_row_of_sixteen(further: Further, city: str) -> None:
    rows = {
        row["date"]: row
        for row in _rows("korea/weather_daily/Weather_6f2b319c.csv")
        if row["code"] == PROVINCES[city] and row["date"] >= "2020-02-01"
    }
    assert len(rows) == 66
    temperature = further.values(city, "air_temperature_mean")
    rain = further.values(city, "precipitation_total")
    assert {day: temperature[day] for day in rows} == {day: float(row["avg_temp"]) for day, row in rows.items()}
    assert {day: rain[day] for day in rows} == {day: float(row["precipitation"]) for day, row in rows.items()}
    march = [float(row["avg_temp"]) for day, row in rows.items() if day.startswith("2020-03")]
    month = further.values(city, "air_temperature_mean_month")["2020-03-01"]
    assert month == pytest.approx(sum(march) / 31, rel=1e-9)


def test_a_release_without_its_dry_days_closes_them_until_a_later_one_comes(further: Further, tmp_path: Path) -> None:
    bad = REAL_DATA / "korea/weather_daily/Weather_fba310f5.csv"
    lost = {
        row["date"]
        for row in _rows("korea/weather_daily/Weather_fba310f5.csv")
        if row["code"] == "11000" and row["date"] >= "2020-03-20" and row["precipitation"] == ""
    }
    assert len(lost) == 7
    other = Further.__new__(Further)
    other.packs, other.drop = further.packs, tmp_path / "drop"
    other.settings = Settings(home_dir=tmp_path / "home", drop_dir=other.drop, cities_dir=further.packs)
    folder = other.drop / "korea" / "weather_daily"
    folder.mkdir(parents=True)
    (other.drop / "busan").mkdir()
    shutil.copyfile(bad, folder / "Weather_of_march.csv")
    other.backfill("busan", "2020-03-20", "2020-03-29")
    closed = {day for day, (verdict, _) in other.verdicts("busan", "weather_daily").items() if verdict == "BLOCK"}
    assert closed == lost
    shutil.copyfile(REAL_DATA / "korea/weather_daily/Weather_6f2b319c.csv", folder / "Weather_of_april.csv")
    other.backfill("busan", "2020-03-20", "2020-03-29")
    assert {verdict for verdict, _ in other.verdicts("busan", "weather_daily").values()} <= {"PASS", "WARN"}
    assert set(other.values("busan", "precipitation_total").values()) >= {0.0}


@pytest.mark.parametrize(("city", "count", "gone"), [("busan", 318, 96), ("daegu", 241, 88), ("incheon", 290, 117)])
def test_codes_that_were_abolished_have_their_last_day(further: Further, city: str, count: int, gone: int) -> None:
    backwards = "count(*) FILTER (abolished_on < made_on)"
    found = further.sql(f"SELECT count(*), count(abolished_on), {backwards} FROM core.{city}_admin_codes")
    assert found == [(count, gone, 0)]
