"""Real files of Hanoi, Beijing, Taipei and Ulaanbaatar, read by packs that have no code.

Everything expected is worked out from the files with the csv module and plain Python.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.context import RunContext
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.packs import load_packs
from assets.publication.kept_packs import cities_to_publish
from assets.publication.publish import publish_all
from tests.real.carried import Row, csv_rows, members_of, snapshots
from tests.support.paths import CITIES, REAL_DATA
from warehouse.format import open_home
from warehouse.home import Home

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "hanoi").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
DAYS = {
    "hanoi": ["2015-12-09", "2015-12-10", "2016-03-12", "2016-03-13", "2016-11-30", "2016-12-01"],
    "beijing": ["2013-03-01", "2015-09-14", "2015-10-01", "2017-01-01"],
    "taipei": ["2014-01-01", "2014-10-12", "2024-05-03", "2024-06-30", "2026-07-05"],
    "ulaanbaatar": ["2015-10-02", "2016-03-26", "2016-03-27", "2016-08-20", "2017-01-05", "2018-01-31"],
}
# What is carried into the drop folder; the lines of large files are those of the days.
FILES = {
    "hanoi": ["airnow/*.csv"],
    "beijing": ["prsa/*_Changping_*.csv", "prsa/*_Aotizhongxin_*.csv", "stateair/*.csv"],
    "taipei": ["air_hourly_wide/*.csv", "youbike_sites/*.csv", "youbike_slots/2024-06-30.csv", "air_hourly_api/*"],
    "ulaanbaatar": ["air_stateair/*.csv"],
}
LARGE = ("PRSA", "weather", "train", "2024-06-30")
Rows = dict[Any, tuple[Any, ...]]
R, STANDARD = 8.314462618, 101_325.0  # J/mol/K, Pa
MOLAR = {"SO2": 64.064, "NO2": 46.0055, "CO": 28.0101, "O3": 47.9982}  # g/mol
WORDS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


class FourCities:
    """One home with the four cities, published once."""

    def __init__(self, root: Path) -> None:
        self.home = open_home(Home(root / "home"), create=True)
        packs = load_packs([CITIES / name for name in FILES])
        assert packs.broken == {}
        for city in packs.cities:
            drop = root / "drop" / city.name
            for pattern in FILES[city.name]:
                for path in sorted((REAL_DATA / city.name).glob(pattern)):
                    _carry(path, drop / path.relative_to(REAL_DATA / city.name), DAYS[city.name])
            run = RunContext(
                home=self.home, city=city, source="files", drop=drop, run_id=city.name, today=date(2026, 11, 27)
            )
            for contract in city.contracts.values():
                read_new(run, contract, fetch(run, contract, []))
                ingest.ingest(run, contract, [date.fromisoformat(day) for day in DAYS[city.name]])
        publish_all(self.home, cities_to_publish(self.home, packs), run_id="publish")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.published_file), read_only=True) as con:
            return con.execute(query).fetchall()

    def core(self, table: str, *columns: str) -> Rows:
        """Place and time to the values of these columns."""
        found = self.sql(f"SELECT place, time, {', '.join(columns)} FROM core.{table}")
        rows = {(place, time): tuple(values) for place, time, *values in found}
        assert len(rows) == len(found)
        return rows

    def verdicts(self, city: str, feed: str) -> dict[str, tuple[str, str]]:
        """Day to verdict and reason."""
        found = self.sql(
            f"SELECT day, verdict, reason FROM ledger.verdict WHERE city = '{city}' AND table_name = '{feed}'"
        )
        return {str(day): (verdict, reason) for day, verdict, reason in found}


def _carry(path: Path, target: Path, days: list[str]) -> None:
    """Bytes as they are; of large files only the lines, or members, of a few days, as others cost time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    data = path.read_bytes()
    if path.name.endswith(".tar.zst"):
        # whose name, a time in UTC, may hold hours of the days: the day and the one before it
        data = members_of(
            data, {f"{date.fromisoformat(day) - timedelta(days=by):%Y%m%d}" for day in days for by in (0, 1)}
        )
    elif path.name.startswith(LARGE):
        header, *lines = data.splitlines(keepends=True)
        data = header + b"".join(line for line in lines if _wanted(path.name, line.decode("utf-8").split(","), days))
    target.write_bytes(data)


def _wanted(name: str, fields: list[str], days: list[str]) -> bool:
    if name.startswith("PRSA"):
        return date(*(int(part) for part in fields[1:4])).isoformat() in days
    if name.startswith("weather"):  # also the days around, as the city has another clock than the file
        moved = _clock(fields[3].split()[0], "%m/%d/%Y").date()
        return any(str(moved + timedelta(days=by)) in days for by in (-1, 0, 1))
    if name == "train.csv":
        return _clock(fields[0], "%Y/%m/%d").date().isoformat() in days
    return " 08:" in fields[4]  # bicycles, of one hour


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> FourCities:
    return FourCities(tmp_path_factory.mktemp("four"))


def _number(text: str, missing: str = "NA") -> float | None:
    return None if text in (missing, "", "-") else float(text)


def _clock(text: str, form: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 - as the clock of the file shows it


def _of_parts(row: Row, year: str, month: str, day: str, hour: str) -> datetime:
    """As the clock of the file shows it."""
    day_begins = datetime.fromisoformat(f"{row[year]}-{int(row[month]):02}-{int(row[day]):02}")
    return day_begins + timedelta(hours=int(row[hour]))


def _near(found: Rows, expected: Rows, digits: float = 1e-9) -> None:
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        for value, right in zip(found[key], values, strict=True):
            assert (value is None) == (right is None), key
            assert value is None or math.isclose(value, right, rel_tol=digits, abs_tol=1e-9), (key, value, right)


def _in(days: list[str], time: datetime) -> bool:
    return str(time.date()) in days


# Hanoi: the stamp is the end of the hour ---------------------------------------------------------------------


def _hanoi() -> Iterator[tuple[datetime, str, float | None, float | None]]:
    """Beginning, quality, PM2.5, AQI; what a later file says of an hour stands for it."""
    hours: dict[datetime, tuple[str, float | None, float | None]] = {}
    for row in csv_rows("hanoi/airnow/*.csv"):
        clock = _clock(row["Date (LT)"], "%Y-%m-%d %I:%M %p")
        value = _number((row.get("Value") or row["Raw Conc."]).replace("-999.0", ""))
        aqi = _number(row.get("AQI", "").replace("-999", ""))
        hours[clock - timedelta(hours=1)] = (row["QC Name"], value, aqi)
    for time, (quality, value, aqi) in hours.items():
        yield time, quality, value, aqi


def test_hours_of_hanoi_begin_at_midnight(four: FourCities) -> None:
    days = [day for day in DAYS["hanoi"] if day != "2016-03-13"]
    expected = {
        ("Hanoi", time): (value, aqi)
        for time, quality, value, aqi in _hanoi()
        if _in(days, time) and quality != "Invalid"
    }
    _near(four.core("hanoi_air_embassy", "pm25", "aqi"), expected)
    full = [time.hour for _, time in expected if _in(["2016-11-30"], time)]
    assert sorted(full) == list(range(24))
    utc = four.sql("SELECT DISTINCT time - time_utc FROM core.hanoi_air_embassy")
    assert utc == [(timedelta(hours=7),)]


def test_an_hour_that_is_there_twice_closes_its_day_in_hanoi(four: FourCities) -> None:
    verdicts = four.verdicts("hanoi", "air_embassy")
    assert {day: verdict for day, (verdict, _) in verdicts.items()} == {
        "2015-12-09": "WARN",  # zeros that the operator calls invalid are held back
        "2015-12-10": "PASS",
        "2016-03-12": "PASS",
        "2016-03-13": "BLOCK",
        "2016-11-30": "PASS",
        "2016-12-01": "PASS",
    }
    assert "AIR_EMBASSY-contradicted" in verdicts["2016-03-13"][1]
    assert "AIR_EMBASSY-valid" in verdicts["2015-12-09"][1]


# Beijing: gases as mass, directions as words ------------------------------------------------------------------


def _ppm(mass: str, gas: str, kelvin: float = 273.15) -> float | None:
    """Of ug/m3: mol of the gas in 1e6 mol of air, by the law of ideal gases."""
    value = _number(mass)
    return None if value is None else value / MOLAR[gas] * R * kelvin / STANDARD


def test_gases_of_beijing_become_mole_fractions(four: FourCities) -> None:
    gases = ("SO2", "NO2", "CO", "O3")
    expected, rest = {}, {}
    for site in ("Aotizhongxin", "Changping"):
        for row in csv_rows(f"beijing/prsa/*_{site}_*.csv"):
            time = _of_parts(row, "year", "month", "day", "hour")
            if _in(DAYS["beijing"], time):
                wind = None if row["wd"] == "NA" else 22.5 * WORDS.index(row["wd"])
                weather = (_number(row[name]) for name in ("TEMP", "PRES", "DEWP", "RAIN", "WSPM"))
                expected[site, time] = tuple(_ppm(row[gas], gas) for gas in gases)
                rest[site, time] = (_number(row["PM2.5"]), _number(row["PM10"]), *weather, wind)
    assert len(expected) == 2 * 24 * 4
    _near(four.core("beijing_air_prsa", *(gas.lower() for gas in gases)), expected, digits=1e-4)
    weather = ("temperature", "pressure", "dew_point", "precipitation", "wind_speed", "wind_direction")
    _near(four.core("beijing_air_prsa", "pm25", "pm10", *weather), rest)


def test_the_embassy_of_beijing_has_two_encodings_and_a_stop_of_its_instrument(four: FourCities) -> None:
    expected = {}
    for year, encoding in ((2015, "utf-8"), (2017, "latin-1")):
        for row in csv_rows(f"beijing/stateair/Beijing_{year}_*.csv", encoding):
            time = _clock(row["Date (LST)"], "%m/%d/%Y %H:%M")
            if _in(DAYS["beijing"], time):
                value = float(row["Value"])
                expected["Beijing", time] = (value if value >= -10 else None,)
    assert len(expected) == 72
    assert min(value for (value,) in expected.values() if value is not None) < 0
    _near(four.core("beijing_air_embassy", "pm25"), expected)


# Taipei: hours as columns, snapshots, bicycles ----------------------------------------------------------------


def test_items_and_hours_of_taipei_become_rows(four: FourCities) -> None:
    cells = {
        (_clock(row["date"], "%Y/%m/%d") + timedelta(hours=hour), row["item"]): row[str(hour)]
        for row in csv_rows("taipei/air_hourly_wide/train.csv")
        if _in(DAYS["taipei"], _clock(row["date"], "%Y/%m/%d"))
        for hour in range(24)
    }
    times = sorted({time for time, _ in cells})
    assert len(times) == 48

    def of(time: datetime, item: str, factor: float = 1) -> float | None:
        value = float(cells[time, item].replace("NR", "0"))
        return None if value < 0 and item not in ("AMB_TEMP",) else value * factor

    ppb = {"o3": "O3", "no2": "NO2", "no": "NO", "nox": "NOx", "so2": "SO2"}
    as_they_are = {"pm25": "PM2.5", "pm10": "PM10", "co": "CO", "ch4": "CH4"}
    expected = {
        ("Fengyuan", time): tuple(
            [of(time, i, 0.001) for i in ppb.values()] + [of(time, i) for i in as_they_are.values()]
        )
        for time in times
    }
    _near(four.core("taipei_air_history", *ppb, *as_they_are), expected)
    weather = {"temperature": "AMB_TEMP", "humidity": "RH", "precipitation": "RAINFALL", "wind_speed": "WS_HR"}
    expected = {("Fengyuan", time): tuple(of(time, i) for i in weather.values()) for time in times}
    _near(four.core("taipei_weather_history", *weather), expected)


def test_snapshots_of_taiwan_are_hours_that_have_ended(four: FourCities) -> None:
    expected: Rows = {}
    for _, data in snapshots((REAL_DATA / "taipei/air_hourly_api/tw_aqi_202607.tar.zst").read_bytes()):
        for row in json.loads(data):
            time = _clock(row["publish_time"], "%Y/%m/%d %H:%M:%S") - timedelta(hours=1)
            if _in(DAYS["taipei"], time) and row["county"] == "臺北市":
                ppb = (_number(row[name]) for name in ("o3", "no2", "so2"))
                fractions = (None if value is None else value / 1000 for value in ppb)
                expected[row["site_id"], time] = (_number(row["pm2_5"]), *fractions, _number(row["co"]), row["aqi"])
    assert len(expected) > 7 * 20
    _near(four.core("taipei_air_hourly", "pm25", "o3", "no2", "so2", "co", "aqi"), expected)


def test_bicycles_of_taipei_stand_at_places_of_the_register(four: FourCities) -> None:
    expected = {
        (row["sno"], datetime.fromisoformat(row["infoTime"])): tuple(
            int(row[name]) for name in ("total", "available_rent_bikes", "available_return_bikes")
        )
        for row in csv_rows("taipei/youbike_slots/2024-06-30.csv")
        if " 08:" in row["infoTime"]
    }
    assert four.core("taipei_youbike_slots", "docks_total", "vehicles_available", "docks_free") == expected
    register = {
        (row["sno"], row["sna"], row["sarea"], float(row["latitude"]), float(row["longitude"]), row["act"] == "1")
        for row in csv_rows("taipei/youbike_sites/*.csv")
    }
    assert set(four.sql("SELECT place, name, area, lat, lon, active FROM core.taipei_youbike_sites")) == register


# Ulaanbaatar: two clocks in one row ---------------------------------------------------------------------------


def _ulaanbaatar(offset: int) -> Iterator[tuple[datetime, Row]]:
    """The city's local time and the row, where the clock of the file is `offset` hours before UTC."""
    summers = [("2015-03-27 18:00", "2015-09-25 15:00"), ("2016-03-25 18:00", "2016-09-23 15:00")]  # of the zone
    spans = [(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in summers]
    for row in csv_rows("ulaanbaatar/air_stateair/*.csv"):
        if row["Unit"] != "mg/m³":
            utc = _of_parts(row, "Year", "Month", "Day", "Hour") - timedelta(hours=offset)
            summer = any(begin <= utc < end for begin, end in spans)
            yield utc + timedelta(hours=9 if summer else 8), row


def test_the_air_of_ulaanbaatar_is_in_standard_time(four: FourCities) -> None:
    expected = {}
    for time, row in _ulaanbaatar(8):
        if _in(DAYS["ulaanbaatar"], time):
            value = _number(row["Value"])
            expected["Ulaanbaatar", time] = (None if value is None else value * 1000,)
    _near(four.core("ulaanbaatar_air_embassy", "pm25"), expected)
    assert min(value for (value,) in expected.values() if value is not None) < -10
    assert {time.hour for _, time in expected if _in(["2016-03-26"], time)} == {*range(24)} - {2}


def test_the_weather_of_ulaanbaatar_is_in_utc_and_in_american_units(four: FourCities) -> None:
    def times(text: str, factor: float) -> float | None:
        return None if not text else float(text) * factor

    def celsius(text: str) -> float | None:
        return None if not text else (float(text) - 32) / 1.8

    expected = {}
    for time, row in _ulaanbaatar(0):
        if _in(DAYS["ulaanbaatar"], time) and row["USAF"]:
            expected[row["USAF"], time] = (
                celsius(row["TEMP"]),
                celsius(row["DEWP"]),
                times(row["SPD"], 1609.344 / 3600),
                times(row["VSB"], 1.609344),
                times(row["STP"], 1),
                _number(row["DIR"].replace("990", "")),
            )
    names = ("temperature", "dew_point", "wind_speed", "visibility", "pressure", "wind_direction")
    _near(four.core("ulaanbaatar_weather_noaa", *names), expected)


# All cities ---------------------------------------------------------------------------------------------------


def test_the_air_of_all_cities_stands_in_one_table(four: FourCities) -> None:
    feeds = four.sql("SELECT DISTINCT city, feed, network, interval FROM model.air_quality ORDER BY ALL")
    assert feeds == [
        ("beijing", "air_embassy", "reference", "hour"),
        ("beijing", "air_prsa", "reference", "hour"),
        ("hanoi", "air_embassy", "reference", "hour"),
        ("taipei", "air_history", None, "hour"),
        ("taipei", "air_hourly", "reference", "hour"),
        ("ulaanbaatar", "air_embassy", "reference", "hour"),
    ]
    for city, feed, *_ in feeds:
        rows = f"SELECT place, time, time_utc, day, pm25 FROM core.{city}_{feed}"
        united = (
            f"SELECT place, time, time_utc, day, pm25 FROM model.air_quality WHERE city = '{city}' AND feed = '{feed}'"
        )
        assert four.sql(f"{rows} EXCEPT ALL {united}") == four.sql(f"{united} EXCEPT ALL {rows}") == []


def test_gates_are_open_but_for_true_reasons(four: FourCities) -> None:
    closed = {
        (city, feed, day): reason
        for city, feed in four.sql("SELECT DISTINCT city, feed FROM model.air_quality ORDER BY ALL")
        for day, (verdict, reason) in four.verdicts(city, feed).items()
        if verdict not in ("PASS", "WARN")
    }
    assert list(closed) == [("hanoi", "air_embassy", "2016-03-13")]
