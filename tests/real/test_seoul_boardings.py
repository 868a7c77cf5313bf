"""Months of the buses and days of the subway of Seoul: figures worked out again from the raw files.

What is expected comes from the files with plain Python: fields are counted from the end of the line, as names of lines
have commas. Of the buses every eighth line is taken, and all that have a comma too many: a month has 940,000 rows.
"""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from tests.support.paths import REAL_DATA, SEOUL
from tests.worlds.packs import seoul
from warehouse.format import open_home
from warehouse.home import Home

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "seoul/bus").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
MARCH = date(2022, 3, 1)
OF_SUBWAY = [date(2023, 2, 1) + timedelta(days=n) for n in range(7)]
RESIDENTS_2021, RESIDENTS_2022 = 9_668_465, 9_428_372  # at the end of 2020, as 2021 is not known, and of 2022
FIELDS = 53
SUBWAY = "seoul/subway/CARD_SUBWAY_MONTH_202302.csv"
UNREADABLE = 2  # rows whose stop has a comma in its name


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """What the table of boardings makes of the two feeds, as it is before publication."""
    home = open_home(Home(tmp_path_factory.mktemp("boardings") / "home"), create=True)
    city, today = seoul(), date(2026, 11, 27)
    drop = tmp_path_factory.mktemp("drop") / "seoul"
    (drop / "bus").mkdir(parents=True)
    with zipfile.ZipFile(drop / "bus/2022_03.txt.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2022_03.txt", "".join(_bus_lines()))
    (drop / "subway").mkdir()
    shutil.copy(REAL_DATA / SUBWAY, drop / "subway")
    run = RunContext(home=home, city=city, source="files", drop=drop, run_id="real", today=today)
    for name, days in {"bus": [MARCH], "subway_daily": OF_SUBWAY}.items():
        read_new(run, city.contracts[name], fetch(run, city.contracts[name], []))
        ingest.ingest(run, city.contracts[name], days)
    (table,) = (one for one in derived_tables(city) if one.name == "boardings")
    return table.rows(run, [MARCH, *OF_SUBWAY])


@pytest.fixture(scope="module")
def published(values: pl.DataFrame) -> Callable[..., Any]:
    def value(metric: str, area: str = "11", day: date = MARCH) -> Any:
        found = values.filter(metric=metric, area=area, day=day).rows(named=True)
        return found[0] if found else None

    return value


def _bus_lines() -> Iterator[str]:
    """The header, with its stray quote, and an eighth of the rows."""
    with zipfile.ZipFile(REAL_DATA / "seoul/bus/2022_03.txt.zip") as archive:
        text = io.TextIOWrapper(archive.open(archive.namelist()[0]), encoding="utf-8-sig")
        for number, line in enumerate(text):
            if number % 8 == 0 or line.count(",") != FIELDS - 1:
                yield line


def _bus_rows() -> Iterator[tuple[list[str], list[int]]]:
    """What stands before the 48 counts of a row, and these."""
    for line in _bus_lines():
        fields = line.rstrip("\r\n").split(",")
        if fields[0].isdigit():
            yield fields[:-48], [int(field) for field in fields[-48:]]


@cache
def bus() -> dict[str, Any]:
    """Boardings by hour of the city and by the first two digits of the stop; those of lines N; rows left out."""
    by_hour, of_places, night_lines, unreadable = Counter[int](), defaultdict[str, Counter[int]](Counter), 0, 0
    for head, counts in _bus_rows():
        if not (head[-2] == "~" or (len(head[-2]) == 5 and head[-2].isdigit())):
            unreadable += 1
            continue
        for hour in range(24):
            by_hour[hour] += counts[2 * hour]
            of_places[head[-2][:2]][hour] += counts[2 * hour]
        night_lines += sum(counts[::2]) if head[1].startswith("N") else 0
    return {"hours": by_hour, "places": of_places, "night_lines": night_lines, "unreadable": unreadable}


def test_the_boardings_of_a_month_are_those_of_all_rows_but_two(published: Any) -> None:
    assert bus()["unreadable"] == UNREADABLE
    total = sum(bus()["hours"].values())
    assert total > 10_000_000
    assert published("bus_boardings")["value"] == total
    assert published("bus_boardings_per_inhabitant")["value"] == pytest.approx(total / RESIDENTS_2021)


def test_shares_of_hours_are_sums_over_sums(published: Any) -> None:
    hours = bus()["hours"]
    total = sum(hours.values())
    wanted = {
        "bus_boardings_morning_share": hours[7] + hours[8],
        "bus_boardings_evening_share": hours[17] + hours[18],
        "bus_boardings_night_share": sum(hours[hour] for hour in range(5)),
        "night_line_boardings_share": bus()["night_lines"],
        "bus_peak_hour_share": max(hours.values()),
    }
    assert {name: published(name)["value"] for name in wanted} == {
        name: pytest.approx(100 * part / total) for name, part in wanted.items()
    }
    assert published("bus_peak_hour")["value"] == max(hours, key=lambda hour: hours[hour])


def test_stops_count_for_the_district_whose_number_they_begin_with(published: Any) -> None:
    gangnam = bus()["places"]["23"]
    assert published("bus_boardings", "11680")["value"] == sum(gangnam.values())
    night = sum(gangnam[hour] for hour in range(5))
    assert published("bus_boardings_night_share", "11680")["value"] == pytest.approx(
        100 * night / sum(gangnam.values())
    )
    beyond = sum(sum(of.values()) for stop, of in bus()["places"].items() if stop == "~" or int(stop) > 25)
    districts = sum(published("bus_boardings", code)["value"] for code in _districts())
    assert districts + beyond == published("bus_boardings")["value"]


def _districts() -> list[str]:
    with (SEOUL / "areas.csv").open(encoding="utf-8", newline="") as file:
        return [row["code"] for row in csv.DictReader(file) if row["level"] == "district"]


def test_the_subway_of_each_day_is_the_sum_of_its_rows(published: Any) -> None:
    totals = Counter[date]()
    text = (REAL_DATA / SUBWAY).read_bytes().decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text)):
        if row and row[0].isdigit():
            totals[date.fromisoformat(row[0])] += int(float(row[3]))
    for day in OF_SUBWAY:
        total = totals[day]
        assert total > 0
        assert published("transit_boardings", day=day)["value"] == total
        assert published("transit_boardings_per_inhabitant", day=day)["value"] == pytest.approx(total / RESIDENTS_2022)


def test_without_the_subway_of_the_month_there_is_no_sum_of_all_modes(published: Any) -> None:
    for metric in ("all_boardings_per_inhabitant", "transit_mode_share_bus", "metro_boardings"):
        found = published(metric)
        assert found is None or (found["value"], found["status"]) == (None, "absent")
