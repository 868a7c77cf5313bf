"""Air and weather of real files of Seoul, and their figures computed once more from the files without the product."""

from __future__ import annotations

import csv
import math
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from assets.mart import START
from assets.marts.ozone_season_year import ozone_season_year
from tests.real.conftest import Yard

pytestmark = pytest.mark.real
JANUARY = [date(2018, 1, 1) + timedelta(days=n) for n in range(31)]
JULY = [date(2018, 7, 1) + timedelta(days=n) for n in range(31)]
Hour = dict[str, float]


@pytest.fixture(scope="module")
def months(yard: Callable[..., Yard]) -> Yard:
    """January and July of 2018."""
    made = yard(
        "seoul/air_daily/2018.csv",
        "seoul/air_hourly_avg/*.csv",
        "seoul/bike_uci/*.csv",
        "korea/weather_daily/Weather_6f2b319c.csv",
        feeds=("air_daily", "air_hourly_avg", "weather_daily", "weather_hourly"),
    )
    for days in (JANUARY, JULY):
        result = made.backfill(days[0].isoformat(), days[-1].isoformat())
        assert (result.error, result.crashed) == (None, [])
    return made


@pytest.fixture(scope="module")
def weather(data: Path) -> dict[date, list[Hour]]:
    """The hours of the file of bicycles, by day, in their order."""
    found: dict[date, list[Hour]] = defaultdict(list)
    with (data / "seoul/bike_uci/SeoulBikeData.csv").open(encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            day, month, year = map(int, row["Date"].split("/"))
            found[date(year, month, day)].append({name: float(row[name]) for name in _NAMES})
    return found


_NAMES = ("Hour", "Temperature", "Humidity", "Wind speed", "Rainfall")


@pytest.fixture(scope="module")
def provinces(data: Path) -> dict[date, dict[str, str]]:
    """Rows of Seoul."""
    with (data / "korea/weather_daily/Weather_6f2b319c.csv").open(encoding="utf-8", newline="") as file:
        return {date.fromisoformat(row["date"]): row for row in csv.DictReader(file) if row["code"] == "10000"}


@pytest.fixture(scope="module")
def stations(data: Path) -> dict[date, dict[str, dict[str, float]]]:
    """Values of the 25 urban stations, by day and station; a station whose PM10 is 0 is being maintained."""
    found: dict[date, dict[str, dict[str, float]]] = defaultdict(dict)
    with (data / "seoul/air_daily/2018.csv").open(encoding="cp949", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        for cells in rows:
            row = dict(zip(names, cells, strict=True))
            day, name = row[names[0]], row["측정소명"]
            if name.endswith("구"):  # districts; other stations are named after roads and hills
                values = {
                    column: float(text) for column, text in row.items() if _is_number(text) and column != names[0]
                }
                found[date(int(day[:4]), int(day[4:6]), int(day[6:]))][name] = values
    return found


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _felt(temperature: float, humidity: float) -> float:
    """KMA 2022, with the wet bulb of Stull."""
    wet = (
        temperature * math.atan(0.151977 * math.sqrt(humidity + 8.313659))
        + math.atan(temperature + humidity)
        - math.atan(humidity - 1.67633)
        + 0.00391838 * humidity**1.5 * math.atan(0.023101 * humidity)
        - 4.686035
    )
    return -0.2442 + 0.55399 * wet + 0.45535 * temperature - 0.0022 * wet**2 + 0.00278 * wet * temperature + 3.0


def _chill(temperature: float, wind: float) -> float:
    speed = (wind * 3.6) ** 0.16
    if temperature > 10 or wind * 3.6 < 4.8:
        return temperature
    return 13.12 + 0.6215 * temperature - 11.37 * speed + 0.3965 * speed * temperature


def _published(here: Yard, metric: str, area: str = "11") -> dict[date, Any]:
    rows = here.sql(
        "SELECT period_start, value FROM metric.value WHERE metric = ? AND area = ? AND value IS NOT NULL", metric, area
    )
    return {row["period_start"]: row["value"] for row in rows}


def test_heat_of_july_is_that_of_its_hours(months: Yard, weather: dict[date, list[Hour]]):
    felt = {day: [_felt(hour["Temperature"], hour["Humidity"]) for hour in weather[day]] for day in JULY}
    hottest = {day: max(hours) for day, hours in felt.items()}
    above = {day: sum(max(0.0, one - 33) for one in hours) for day, hours in felt.items()}
    assert _of(months, "apparent_temperature_max1h", JULY) == pytest.approx(hottest)
    assert _of(months, "heat_degree_hours", JULY) == pytest.approx(above)
    of_month = {
        "heat_degree_hours_month": sum(above.values()),
        "heat_days_33": sum(one >= 33 for one in hottest.values()),
        "heat_days_35": sum(one >= 35 for one in hottest.values()),
    }
    assert of_month["heat_days_33"] > 5
    for metric, value in of_month.items():
        assert _published(months, metric)[JULY[0]] == pytest.approx(value)
    wettest = {day: max(hour["Rainfall"] for hour in weather[day]) for day in JULY}
    assert _of(months, "precipitation_max1h", JULY) == pytest.approx(wettest)


def _of(here: Yard, metric: str, days: list[date]) -> dict[date, Any]:
    return {day: value for day, value in _published(here, metric).items() if day in days}


def test_cold_of_january_is_that_of_its_hours(months: Yard, weather: dict[date, list[Hour]]):
    below = {day: sum(max(0.0, -12 - hour["Temperature"]) for hour in weather[day]) for day in JANUARY}
    chill = {day: min(_chill(hour["Temperature"], hour["Wind speed"]) for hour in weather[day]) for day in JANUARY}
    assert sum(below.values()) > 100
    assert _of(months, "cold_degree_hours", JANUARY) == pytest.approx(below)
    assert _of(months, "wind_chill_min", JANUARY) == pytest.approx(chill)
    assert _published(months, "cold_degree_hours_month")[JANUARY[0]] == pytest.approx(sum(below.values()))
    assert _published(months, "wind_chill_min_month")[JANUARY[0]] == pytest.approx(min(chill.values()))


def test_days_of_the_weather_service_are_counted_as_the_file_has_them(
    months: Yard, provinces: dict[date, dict[str, str]]
):
    def of(column: str, days: list[date]) -> list[float]:
        return [float(provinces[day][column]) for day in days]

    counted = {
        ("heating_degree_days", JANUARY[0]): sum(18 - t for t in of("avg_temp", JANUARY) if t <= 15),
        ("cooling_degree_days", JULY[0]): sum(t - 21 for t in of("avg_temp", JULY) if t >= 24),
        ("tropical_nights", JULY[0]): sum(t >= 25 for t in of("min_temp", JULY)),
        ("frost_days", JANUARY[0]): sum(t < 0 for t in of("min_temp", JANUARY)),
        ("ice_days", JANUARY[0]): sum(t < 0 for t in of("max_temp", JANUARY)),
        ("precipitation_total_month", JULY[0]): sum(of("precipitation", JULY)),
        ("wet_days", JULY[0]): sum(rain >= 1 for rain in of("precipitation", JULY)),
    }
    assert counted["tropical_nights", JULY[0]] > 5
    assert counted["ice_days", JANUARY[0]] > 5
    for (metric, first), value in counted.items():
        assert _published(months, metric)[first] == pytest.approx(value), metric


def test_gases_are_means_of_the_urban_stations(months: Yard, stations: dict[date, dict[str, dict[str, float]]]):
    column = next(name for name in stations[JANUARY[0]]["종로구"] if "이산화질소" in name)
    means = {day: fmean(of[column] for of in stations[day].values() if column in of) * 1000 for day in JANUARY}
    assert _of(months, "no2_mean", JANUARY) == pytest.approx(means)
    # 25 ug/m3 at 25 degrees and 1013.25 hPa: 24.465 litres hold 46.0055 g
    limit = 25 * 24.4654 / 46.0055
    above = sum(value > limit for value in means.values())
    assert above > 0
    assert _published(months, "no2_days_above_who")[JANUARY[0]] == above


def test_people_live_in_districts_above_the_guideline(
    months: Yard, stations: dict[date, dict[str, dict[str, float]]], areas: dict[str, int]
):
    column = next(name for name in stations[JANUARY[0]]["종로구"] if "초미세먼지" in name)
    of_day = dict[date, float]()
    for day in JANUARY:
        pm25 = {name: of[column] for name, of in stations[day].items() if column in of}
        people = sum(areas[name] for name in pm25)
        of_day[day] = sum(areas[name] for name, value in pm25.items() if value > 15) / people
    assert _of(months, "pm25_person_days_above", JANUARY) == pytest.approx(of_day)
    assert _published(months, "pm25_person_days_above_month")[JANUARY[0]] == pytest.approx(sum(of_day.values()))
    worst = {day: max(of[column] for of in stations[day].values() if column in of) for day in JANUARY}
    assert _of(months, "pm25_worst_station", JANUARY) == pytest.approx(worst)


@pytest.fixture(scope="module")
def areas(months: Yard) -> dict[str, int]:
    """Who was registered at the end of 2017: the last number that January of 2018 has."""
    with (months.packs / "seoul" / "areas.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["name_ko"]: int(row["population_2017"]) for row in csv.DictReader(file) if row["level"] == "district"
        }


def test_eight_hours_of_ozone_are_those_of_the_citys_series(months: Yard, data: Path):
    ozone = dict[tuple[date, int], float]()
    with (data / "seoul/air_hourly_avg/seoul-air.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            day, hour = row["일시"].split(" ")
            ozone[date.fromisoformat(day), int(hour[:2])] = float(row["오존"]) * 1000  # hours 1 to 24 end an interval
    expected = {}
    for day in JULY[1:]:
        line = [ozone[day - timedelta(days=1), hour] for hour in range(18, 25)]
        line += [ozone[day, hour] for hour in range(1, 25)]
        expected[day] = max(fmean(line[end - 7 : end + 1]) for end in range(7, 31))
    assert _of(months, "city_series_o3_max8h", JULY[1:]) == pytest.approx(expected)


def test_the_peak_season_of_beijing_is_that_of_its_hours(data: Path):
    """The mart on the rows of two files, and plain sums of the same: of 2014 and, over the New Year, of 2015."""
    hours = defaultdict[str, dict[datetime, float]](dict)
    for site in ("Dongsi", "Tiantan"):
        with (data / f"beijing/prsa/PRSA_Data_{site}_20130301-20170228.csv").open(encoding="ascii", newline="") as file:
            for row in csv.DictReader(file):
                if row["year"] in ("2013", "2014", "2015") and row["O3"] != "NA":
                    at = datetime(*(int(row[name]) for name in ("year", "month", "day", "hour")))  # noqa: DTZ001
                    hours[site][at] = float(row["O3"])
    rows = [(site, at, value) for site, of in hours.items() for at, value in of.items()]
    frame = pl.DataFrame(rows, schema=["place", "time", "o3"], orient="row")
    starts = [date(2014, 1, 1), date(2015, 1, 1)]
    read = pl.concat(
        frame.filter(pl.col("time").dt.year().is_in([start.year, start.year - 1])).with_columns(
            pl.lit(start).alias(START), kind=pl.lit(None, pl.String)
        )
        for start in starts
    )
    city: Any = SimpleNamespace(config=SimpleNamespace(area="110000"))
    feed: Any = SimpleNamespace(network="reference", rows=read.lazy())
    made = {row["day"]: row for row in ozone_season_year({"air_quality": (feed,)}, city).to_dicts()}
    for start in starts:
        peak, last = _peak_season(hours, start.year)
        assert made[start]["o3_peak_season"] == pytest.approx(peak)
        assert made[start]["season_ends"] == last


def _peak_season(hours: dict[str, dict[datetime, float]], year: int) -> tuple[float, date]:
    of_days = defaultdict[date, list[float]](list)
    day = date(year - 1, 1, 1)
    while day.year <= year:
        for of in hours.values():
            windows = []
            for hour in range(24):
                end = datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001
                there = [
                    of[at] for back in range(8) if (at := end - timedelta(hours=back)) in of and at.year >= year - 1
                ]
                if len(there) >= 6:
                    windows.append(fmean(there))
            if len(windows) >= 18:
                of_days[day].append(max(windows))
        day += timedelta(days=1)
    months = defaultdict[tuple[int, int], list[float]](list)
    for day, values in of_days.items():
        months[day.year, day.month].append(fmean(values))
    means = {number: fmean(values) for number, values in months.items() if len(values) >= 0.75 * monthrange(*number)[1]}
    seasons = []
    for last in range(1, 13):
        window = [divmod(year * 12 + last - 1 - back, 12) for back in range(6)]
        values = [means.get((y, m + 1)) for y, m in window]
        if None not in values:
            seasons.append((sum(filter(None, values)) / 6, date(year, last, 1)))
    return max(seasons)
