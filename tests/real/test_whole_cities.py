"""All real files of Hanoi, Ulaanbaatar, Beijing and Taipei: ten figures of each, and traps.

Rows are those of all days. Figures are made of the days that the ten are of: a year of years.

What is expected is worked out from the files with DuckDB or plain Python, without any code of Madang.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from assets.pack.packs import load_packs
from pipelines.settings import Settings
from tests.real.carried import csv_rows, snapshots
from tests.support.paths import CITIES, REAL_DATA
from tests.worlds.command import Command
from tests.worlds.unpublished import admit_days, backfill

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not (REAL_DATA / "hanoi").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
RUNS = (  # city, first day, last day, exit code: 3 where a day is closed
    ("hanoi", "2015-12-01", "2016-12-31", 3),
    ("ulaanbaatar", "2016-01-01", "2016-12-31", 0),
    ("beijing", "2015-01-01", "2015-12-31", 3),
    ("taipei", "2014-01-01", "2014-01-31", 0),
    ("taipei", "2024-06-30", "2024-06-30", 0),
    ("taipei", "2024-12-22", "2024-12-22", 0),
    ("taipei", "2026-07-03", "2026-07-31", 3),
)
# Figures of three more years and of one and a half took two minutes, and were not looked at.
ADMITTED = (
    ("ulaanbaatar", ("air_embassy",), "2015-10-01", "2018-01-31"),
    ("beijing", ("air_prsa", "air_embassy"), "2013-03-01", "2017-02-28"),
)
# Of gases: what a mass in ug/m3 at 0 degC and 1013.25 hPa is in ppb (CO: in ppm of ug/m3)
LITRES = 8.314462618 * 273.15 / 101_325 * 1000  # of a mol
PPB = {"NO2": LITRES / 46.0055, "SO2": LITRES / 64.064, "CO": LITRES / 28.0101 / 1000}
SEVEN = ("Aotizhongxin", "Changping", "Dongsi", "Guanyuan", "Gucheng", "Nongzhanguan", "Tiantan")


class Cities:
    """One home with all of it, published once."""

    def __init__(self, root: Path) -> None:
        packs = load_packs([CITIES / city for city in dict.fromkeys(city for city, *_ in RUNS)])
        for city, first, last, code in RUNS[:-1]:
            settings = Settings(home_dir=root / "home", drop_dir=REAL_DATA / city, cities_dir=CITIES)
            found = backfill(settings, packs, city, first, last, publishes=False)
            assert found == code, (city, first)
        for city, feeds, first, last in ADMITTED:
            settings = Settings(home_dir=root / "home", drop_dir=REAL_DATA / city, cities_dir=CITIES)
            admit_days(settings, packs, city, feeds, first, last)
        city, first, last, code = RUNS[-1]
        words = ("--city", city, "--from", first, "--to", last, "--from-dir", REAL_DATA / city)
        said = Command(root / "home")("backfill", *words)
        assert said.code == code, (city, first, said.out, said.err)
        self.file = root / "home" / "published" / "madang.duckdb"

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as con:
            return con.execute(query, parameters).fetchall()

    def value(self, city: str, metric: str, start: str, area: str | None = None) -> float | None:
        where = "area = ?" if area else "area_level = 'city' AND ? IS NULL"
        query = f"SELECT value FROM metric.value WHERE city = ? AND metric = ? AND period_start = ? AND {where}"
        ((value,),) = self.sql(query, city, metric, date.fromisoformat(start), area)
        return value

    def closed(self, city: str, table: str) -> dict[str, str]:
        """Day to reason, of the days that are held back."""
        query = "SELECT day, reason, verdict FROM ledger.verdict WHERE city = ? AND table_name = ?"
        said = self.sql(query, city, table)
        return {str(day): reason for day, reason, verdict in said if verdict not in ("PASS", "WARN")}


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> Cities:
    return Cities(tmp_path_factory.mktemp("whole"))


@cache
def raw() -> duckdb.DuckDBPyConnection:
    """The files of Hanoi, Beijing and Taipei's bicycles as they are, all cells as text."""
    con = duckdb.connect()
    for name, pattern in (
        ("hanoi", "hanoi/airnow/*.csv"),
        ("prsa", "beijing/prsa/*.csv"),
        ("bikes", "taipei/youbike_slots/*.csv"),
        ("sites", "taipei/youbike_sites/*.csv"),
    ):
        con.execute(
            f"CREATE VIEW {name} AS FROM read_csv('{REAL_DATA / pattern}', all_varchar = true, union_by_name = true)"
        )
    return con


def asked(query: str) -> Any:
    """The one number that a query gives."""
    ((value,),) = raw().execute(query).fetchall()
    return value


def near(found: float | None, expected: float) -> None:
    assert found is not None
    assert math.isclose(found, expected, rel_tol=1e-9), (found, expected)


# Hanoi ------------------------------------------------------------------------------------------------------------

# An hour is that before its stamp; 2016-03-13 has an hour twice, and is no day
HANOI = """WITH hours AS (
  SELECT DISTINCT strptime("Date (LT)", '%Y-%m-%d %I:%M %p') - INTERVAL 1 HOUR AS t,
    coalesce("Raw Conc.", "Value")::DOUBLE AS v
  FROM hanoi WHERE "QC Name" IN ('Valid', 'Suspect') AND coalesce("Raw Conc.", "Value")::DOUBLE >= -10),
days AS (SELECT t::DATE AS d, avg(v) AS v FROM hours WHERE t::DATE <> '2016-03-13' GROUP BY 1 HAVING count(*) >= 18) """


def test_ten_figures_of_hanoi(cities: Cities) -> None:
    for day in ("2015-12-10", "2016-02-08", "2016-08-20", "2016-12-30"):
        near(cities.value("hanoi", "pm25_mean", day), asked(f"{HANOI} SELECT v FROM days WHERE d = '{day}'"))
    for month in ("2016-03-01", "2016-06-01"):
        mean = asked(f"{HANOI} SELECT avg(v) FROM days WHERE date_trunc('month', d) = '{month}'")
        near(cities.value("hanoi", "pm25_mean_month", month), mean)
    near(
        cities.value("hanoi", "pm25_annual_mean", "2016-01-01"),
        asked(f"{HANOI} SELECT avg(v) FROM days WHERE year(d) = 2016"),
    )
    above = asked(f"{HANOI} SELECT count(*) FROM days WHERE year(d) = 2016 AND v > 15")
    assert cities.value("hanoi", "pm25_days_above_who_year", "2016-01-01") == above == 331
    above = asked(f"{HANOI} SELECT count(*) FROM days WHERE date_trunc('month', d) = '2016-06-01' AND v > 15")
    assert cities.value("hanoi", "pm25_days_above_who", "2016-06-01") == above
    # of 95.74 ug/m3: 150 at 80, 200 at 150
    day = asked(f"{HANOI} SELECT v FROM days WHERE d = '2016-12-30'")
    assert cities.value("hanoi", "aqi", "2016-12-30") == math.floor(150 + 50 * (day - 80) / 70 + 0.5) == 161


def test_the_hour_of_american_summer_time_closes_its_day_in_hanoi(cities: Cities) -> None:
    closed = cities.closed("hanoi", "air_embassy")
    assert sorted(closed) == ["2016-03-13", "2016-11-23", "2016-11-24"]
    assert "AIR_EMBASSY-contradicted" in closed["2016-03-13"]
    assert cities.value("hanoi", "pm25_mean", "2016-03-13") is None
    twice = (
        raw().execute("""SELECT "Date (LT)" FROM hanoi GROUP BY 1 HAVING count(DISTINCT "Raw Conc.") > 1""").fetchall()
    )
    assert twice == [("2016-03-13 03:00 AM",)]
    assert asked("""SELECT count(*) FROM hanoi WHERE "Date (LT)" = '2016-03-13 02:00 AM'""") == 0


def test_sentinels_and_invalid_hours_of_hanoi_are_no_values(cities: Cities) -> None:
    ((lowest, valid),) = cities.sql("SELECT min(pm25), count(pm25) FROM core.hanoi_air_embassy")
    assert lowest >= -10
    kept = asked(f"{HANOI} SELECT count(*) FROM hours WHERE t::DATE NOT IN ('2016-03-13', '2016-11-23', '2016-11-24')")
    assert valid == kept
    assert asked("""SELECT count(*) FROM hanoi WHERE coalesce("Raw Conc.", "Value")::DOUBLE = -999""") > 300
    # the file of the year ends where that of December begins: no hour is in two files
    assert asked("""SELECT count(*) - count(DISTINCT "Date (LT)") FROM hanoi""") == 1  # the hour of summer time


# Beijing ----------------------------------------------------------------------------------------------------------


def beijing(item: str) -> str:
    """Days of the city: the mean of the stations of which 18 hours are there, where six of the seven have them."""
    return f"""WITH of_stations AS (
      SELECT make_date(year::INT, month::INT, day::INT) AS d, station, avg(try_cast("{item}" AS DOUBLE)) AS v
      FROM prsa GROUP BY ALL HAVING count(try_cast("{item}" AS DOUBLE)) >= 18),
    days AS (SELECT d, avg(v) AS v FROM of_stations GROUP BY d HAVING count(*) >= 6) """


def test_ten_figures_of_beijing(cities: Cities) -> None:
    pm25 = beijing("PM2.5")
    for day in ("2015-01-04", "2015-04-10", "2015-12-25"):
        near(cities.value("beijing", "pm25_mean", day), asked(f"{pm25} SELECT v FROM days WHERE d = '{day}'"))
    for metric, part in (("pm25_mean_month", "month"), ("pm25_annual_mean", "year")):
        near(
            cities.value("beijing", metric, "2015-01-01"),
            asked(f"{pm25} SELECT avg(v) FROM days WHERE date_trunc('{part}', d) = '2015-01-01'"),
        )
    for metric, limit in (("pm25_days_above_who_year", 15), ("pm25_days_above_national_year", 75)):
        above = asked(f"{pm25} SELECT count(*) FROM days WHERE year(d) = 2015 AND v > {limit}")
        assert cities.value("beijing", metric, "2015-01-01") == above, metric
    for metric, item in (("no2_mean", "NO2"), ("co_mean", "CO"), ("so2_mean", "SO2")):
        mean = asked(f"{beijing(item)} SELECT v FROM days WHERE d = '2015-12-05'")
        found = cities.value("beijing", metric, "2015-12-05")
        assert found is not None
        assert math.isclose(found, mean * PPB[item], rel_tol=1e-4), (metric, found, mean * PPB[item])


def test_four_years_of_seven_stations_are_there(cities: Cities) -> None:
    places = cities.sql("SELECT place, count(*), min(day), max(day) FROM core.beijing_air_prsa GROUP BY 1 ORDER BY 1")
    assert places == [(place, 35_064, date(2013, 3, 1), date(2017, 2, 28)) for place in SEVEN]
    assert cities.closed("beijing", "air_prsa") == {}


def test_coordinates_in_taiwan_and_at_zero_are_not_read(cities: Cities) -> None:
    given = raw().execute("SELECT DISTINCT station, lat, long FROM prsa WHERE lat IS NOT NULL ORDER BY ALL").fetchall()
    assert given == [("Aotizhongxin", "23.971319", "120.979889"), ("Guanyuan", "0", "0")]
    columns = cities.sql("SELECT column_name FROM duckdb_columns() WHERE table_name = 'beijing_air_prsa'")
    assert {name for (name,) in columns} & {"lat", "lon", "long"} == set()
    assert cities.sql("SELECT count(*) FROM model.air_quality WHERE city = 'beijing' AND lat IS NOT NULL") == [(0,)]


def test_carbon_monoxide_of_beijing_ends_at_ten_milligrams(cities: Cities) -> None:
    capped = asked("SELECT count(*) FROM prsa WHERE try_cast(CO AS DOUBLE) = 10000")
    assert asked("SELECT max(try_cast(CO AS DOUBLE)) FROM prsa") == 10_000
    ((most, many),) = cities.sql(
        "SELECT max(co), count(*) FILTER (co > 0.99999 * (SELECT max(co) FROM core.beijing_air_prsa)) "
        "FROM core.beijing_air_prsa"
    )
    assert math.isclose(most, 10_000 * PPB["CO"], rel_tol=1e-4)  # 8.0 ppm: the least that it was
    assert many == capped > 10
    query = "SELECT meaning FROM ledger.dictionary WHERE table_name = 'beijing_air_prsa' AND column_name = 'co'"
    ((note,),) = cities.sql(query)
    assert "Ends at 10 mg/m3" in note


def test_the_embassy_of_beijing_is_read_in_both_encodings(cities: Cities) -> None:
    closed = cities.closed("beijing", "air_embassy")
    assert sorted(closed) == ["2015-03-08"]  # US summer time in this file, too
    for year, encoding in ((2015, "utf-8"), (2017, "latin-1")):
        hours: dict[str, float] = {}
        for row in csv_rows(f"beijing/stateair/Beijing_{year}_*.csv", encoding):
            stamp = datetime.strptime(row["Date (LST)"], "%m/%d/%Y %H:%M")  # noqa: DTZ007 - as the file has it
            day = str(stamp.date())
            if float(row["Value"]) >= -10 and day not in closed and day <= "2017-02-28":
                hours[str(stamp)] = float(row["Value"])
        found = cities.sql(
            f"SELECT time, pm25 FROM core.beijing_air_embassy WHERE year(day) = {year} AND pm25 IS NOT NULL"
        )
        assert {str(time): value for time, value in found} == hours


# Ulaanbaatar ------------------------------------------------------------------------------------------------------

UB = ZoneInfo("Asia/Ulaanbaatar")


@cache
def ulaanbaatar() -> tuple[dict[date, list[float]], dict[date, list[float]]]:
    """Hours of PM2.5 (ug/m3) and of the temperature (degC) by the city's own day."""
    air: dict[datetime, float] = {}
    warmth: dict[datetime, float] = {}
    for row in csv_rows("ulaanbaatar/air_stateair/*.csv"):
        if row["Unit"] == "mg/m³":
            continue
        clock = datetime(*(int(row[name]) for name in ("Year", "Month", "Day", "Hour")), tzinfo=UTC)  # type: ignore[misc]
        if row["Value"] and float(row["Value"]) * 1000 >= -15:
            air[clock - timedelta(hours=8)] = float(row["Value"]) * 1000
        if row["USAF"] and row["TEMP"]:
            warmth[clock] = (float(row["TEMP"]) - 32) / 1.8
    return _by_day(air), _by_day(warmth)


def _by_day(hours: dict[datetime, float]) -> dict[date, list[float]]:
    days: dict[date, list[float]] = defaultdict(list)
    for time, value in hours.items():
        days[time.astimezone(UB).date()].append(value)
    return days


def _means(days: dict[date, list[float]]) -> dict[date, float]:
    """Days of which three quarters of the hours are there; a change of clocks makes 23 or 25 of them."""
    lengths = {date(2016, 3, 26): 23, date(2016, 9, 23): 25}
    return {
        day: math.fsum(values) / len(values)
        for day, values in days.items()
        if len(values) >= 0.75 * lengths.get(day, 24)
    }


def test_ten_figures_of_ulaanbaatar(cities: Cities) -> None:
    air, warmth = (_means(days) for days in ulaanbaatar())
    for day in ("2016-01-15", "2016-03-26", "2016-07-10", "2016-12-14"):  # the second one has 23 hours
        near(cities.value("ulaanbaatar", "pm25_mean", day), air[date.fromisoformat(day)])
    # for six days the instrument was below 0: such a mean is held back, alone
    below = sorted(day for day, value in air.items() if value < 0)
    assert [str(day) for day in below] == [
        f"2016-{day}" for day in ("08-22", "08-24", "08-29", "08-30", "09-03", "09-04")
    ]
    assert {cities.value("ulaanbaatar", "pm25_mean", str(day)) for day in below} == {None}
    air = {day: value for day, value in air.items() if value >= 0}
    in_month = [value for day, value in air.items() if (day.year, day.month) == (2016, 12)]
    near(cities.value("ulaanbaatar", "pm25_mean_month", "2016-12-01"), math.fsum(in_month) / len(in_month))
    of_2016 = [value for day, value in air.items() if day.year == 2016]
    near(cities.value("ulaanbaatar", "pm25_annual_mean", "2016-01-01"), math.fsum(of_2016) / len(of_2016))
    for metric, limit in (("pm25_days_above_who_year", 15), ("pm25_days_above_national_year", 50)):
        assert cities.value("ulaanbaatar", metric, "2016-01-01") == sum(value > limit for value in of_2016), metric
    for day in ("2016-01-15", "2016-07-01"):
        near(cities.value("ulaanbaatar", "air_temperature_mean", day), warmth[date.fromisoformat(day)])


def test_damage_by_a_spreadsheet_is_neither_read_nor_mended_by_guessing(cities: Cities) -> None:
    rows = list(csv_rows("ulaanbaatar/air_stateair/*.csv"))
    assert {(row["Parameter"], row["Date Key"]) for row in rows} == {("2/5/2018 12:00", "2.02E+11")}
    units = [row["Unit"] for row in rows]
    assert {unit: units.count(unit) for unit in set(units)} == {"mg/mÂ³": 19_566, "mg/m³": 49}
    # the 49 rows with a whole unit are made up; of hours that are there up to nine times one row counts
    kept = {tuple(row[name] for name in ("Year", "Month", "Day", "Hour")) for row in rows if row["Unit"] == "mg/mÂ³"}
    ((hours, lowest, negative),) = cities.sql(
        "SELECT count(*), min(pm25), count(*) FILTER (pm25 < 0) FROM core.ulaanbaatar_air_embassy"
    )
    assert hours == len(kept) == 19_425
    assert lowest >= -15  # thousandths of what a reader of ug/m3 would have
    assert negative > 300
    assert cities.closed("ulaanbaatar", "air_embassy") == {}


# Taipei -----------------------------------------------------------------------------------------------------------


@cache
def taipei() -> dict[tuple[str, str], dict[datetime, float]]:
    """Site and item to hours, of the stations in the city; what a later snapshot says of an hour stands."""
    found: dict[tuple[str, str], dict[datetime, float]] = defaultdict(dict)
    for _, data in snapshots((REAL_DATA / "taipei/air_hourly_api/tw_aqi_202607.tar.zst").read_bytes()):
        for row in json.loads(data):
            ends = datetime.strptime(row["publish_time"], "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 - as the file has it
            for item in ("pm2_5", "pm10", "no2", "co"):
                if row["county"] == "臺北市" and row[item] not in ("", "-"):
                    found[row["site_id"], item][ends - timedelta(hours=1)] = float(row[item])
    return found


def taipei_mean(item: str, day: date) -> float:
    means = []
    for (_, name), hours in taipei().items():
        of_day = [value for time, value in hours.items() if time.date() == day]
        if name == item and len(of_day) >= 18:
            means.append(math.fsum(of_day) / len(of_day))
    return math.fsum(means) / len(means)


def bikes(column: str, day: str, where: str = "true") -> float:
    """The mean of the stations with 18 hours of their hourly shares of looks that find a 0."""
    return asked(f"""WITH looks AS (
        SELECT sno, infoTime::TIMESTAMP AS t, {column}::INT = 0 AS zero, available_rent_bikes AS b
        FROM bikes WHERE infoTime LIKE '{day}%' AND {where}),
      moving AS (SELECT sno FROM looks GROUP BY 1 HAVING count(DISTINCT b) > 1),
      hours AS (
        SELECT sno, hour(t) AS h, 100 * avg(zero::INT) AS v FROM looks SEMI JOIN moving USING (sno) GROUP BY ALL),
      stations AS (SELECT sno, avg(v) AS v FROM hours GROUP BY 1 HAVING count(*) >= 18)
      SELECT avg(v) FROM stations""")


def test_ten_figures_of_taipei(cities: Cities) -> None:
    for day in ("2024-06-30", "2024-12-22"):
        near(cities.value("taipei", "bike_hours_empty", day), bikes("available_rent_bikes", day))
        near(cities.value("taipei", "bike_hours_full", day), bikes("available_return_bikes", day))
    in_daan = "sno IN (SELECT sno FROM sites WHERE sarea = '大安區')"
    near(
        cities.value("taipei", "bike_hours_empty", "2024-06-30", "63000030"),
        bikes("available_rent_bikes", "2024-06-30", in_daan),
    )
    for metric, item, day in (
        ("pm25_mean", "pm2_5", "2026-07-10"),
        ("pm25_mean", "pm2_5", "2026-07-28"),
        ("pm10_mean", "pm10", "2026-07-12"),
        ("no2_mean", "no2", "2026-07-12"),
        ("co_mean", "co", "2026-07-12"),
    ):
        near(cities.value("taipei", metric, day), taipei_mean(item, date.fromisoformat(day)))


def test_stations_that_stand_still_are_left_out_and_counted(cities: Cities) -> None:
    # of 2024-12-22 one station of 1490 has one look alone
    assert cities.value("taipei", "bike_stations_still", "2024-06-30") == 0
    near(cities.value("taipei", "bike_stations_still", "2024-12-22"), 100 / 1490)
    ((n, expected),) = cities.sql(
        "SELECT n, expected FROM metric.value WHERE city = 'taipei' AND metric = 'bike_hours_empty' "
        "AND area = '63000' AND period_start = '2024-06-30'"
    )
    assert (n, expected) == (1222, 1413)  # of those that the register has; twelve more have a value


def test_docks_that_do_not_add_up_are_no_reason_to_close_a_day(cities: Cities) -> None:
    parted = "total::INT <> available_rent_bikes::INT + available_return_bikes::INT"
    for day, least, most in (("2024-06-30", 0.19, 0.21), ("2024-12-22", 0.23, 0.24)):
        share = asked(f"SELECT avg(({parted})::INT) FROM bikes WHERE infoTime LIKE '{day}%'")
        assert least < share < most
        rows = cities.sql(f"SELECT count(*) FROM core.taipei_youbike_slots WHERE day = '{day}'")
        assert rows == [(asked(f"SELECT count(*) FROM bikes WHERE infoTime LIKE '{day}%'"),)]
    assert cities.closed("taipei", "youbike_slots") == {}
    more = "SELECT count(*) FROM core.taipei_youbike_slots WHERE docks_total < vehicles_available + docks_free"
    assert cities.sql(more) == [(0,)]  # docks that are out of order, and never more than there are


def test_a_campus_is_no_district_of_taipei(cities: Cities) -> None:
    named = {name for (name,) in raw().execute("SELECT DISTINCT sarea FROM sites").fetchall()}
    districts = {
        name for (name,) in cities.sql("SELECT name FROM mart.area WHERE city = 'taipei' AND area_level = 'district'")
    }
    assert named - districts == {"臺大公館校區"}
    assert len(districts) == 12


def test_hours_that_the_service_did_not_have_close_their_days(cities: Cities) -> None:
    closed = cities.closed("taipei", "air_hourly")
    assert sorted(closed) == ["2026-07-18", "2026-07-21", "2026-07-24", "2026-07-25"]
    assert all("rows-as-usual" in reason for reason in closed.values())
    for day in ("2026-07-19", "2026-07-20"):
        assert cities.sql(f"SELECT count(*) FROM core.taipei_air_hourly WHERE day = '{day}'") == [(0,)]


def test_twenty_days_of_a_month_at_a_station_of_another_city(cities: Cities) -> None:
    ((days, rain),) = cities.sql("SELECT count(DISTINCT day), min(precipitation) FROM core.taipei_weather_history")
    assert (days, rain) == (20, 0)  # NR is no rain
    query = "SELECT count(value) FROM metric.value WHERE city = 'taipei' AND year(period_start) = 2014"
    assert cities.sql(query) == [(0,)]  # Fengyuan lies in Taichung


# All --------------------------------------------------------------------------------------------------------------


def test_every_area_says_how_sure_it_is(cities: Cities) -> None:
    counted = cities.sql("SELECT city, count(*), count(verified), count(source) FROM mart.area GROUP BY 1 ORDER BY 1")
    assert counted == [
        (city, n, n, n) for city, n in (("beijing", 17), ("hanoi", 31), ("taipei", 13), ("ulaanbaatar", 10))
    ]


def test_the_parts_of_a_city_make_it_up(cities: Cities) -> None:
    """Figures of areas.csv: residents of the districts, where all are of one census; land to 0.2 %."""
    query = """SELECT a.city, sum(r.residents) FILTER (a.area_level = 'district'),
          sum(r.residents) FILTER (a.area_level = 'city')
        FROM mart.area a JOIN mart.residents r USING (city, area) WHERE a.city <> 'taipei' GROUP BY 1"""
    for city, parts, whole in cities.sql(query):
        assert parts == whole, city
    query = """SELECT city, sum(area_km2) FILTER (area_level = 'district') / sum(area_km2) FILTER (area_level = 'city')
        FROM mart.area GROUP BY 1"""
    for city, ratio in cities.sql(query):
        assert abs(ratio - 1) < (0.01 if city == "hanoi" else 0.002), (city, ratio)
