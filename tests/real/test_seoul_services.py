"""Electricity, cameras, crimes and announced gatherings of Seoul, computed once more from the files by plain Python."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from itertools import product
from typing import Any

import duckdb
import pytest
import yaml

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.packs import load_packs
from assets.publication.kept_packs import cities_to_publish
from assets.publication.publish import publish_all
from tests.real.carried import csv_rows, snapshots
from tests.support.paths import REAL_DATA, SEOUL
from tests.worlds.packs import small_seoul
from warehouse.format import open_home
from warehouse.home import Home

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / "korea").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
MONTHS = [date(2023, month, 1) for month in range(1, 5)]
GATHERINGS = [date(2025, 8, 29) + timedelta(days=n) for n in range(5)]
DAYS = {"electricity": MONTHS, "cctv": [date(2016, 1, 1)], "crime": [date(2015, 1, 1)], "protest_notices": GATHERINGS}
KINDS = {"살인": "homicide", "강도": "robbery", "강간": "sexual_violence", "절도": "theft", "폭력": "violence"}
METRICS = {
    "electricity_per_inhabitant_month",
    "electricity_residential_per_inhabitant_month",
    "electricity_sold",
    "electricity_sold_residential",
    "electricity_residential_share",
    "cctv_per_1000",
    "protest_count",
    "protest_person_hours",
    "protest_heads_unknown",
    *(f"crime_{figure}_{kind}" for figure, kind in product(("rate", "cleared", "clearance"), KINDS.values())),
}
Value = dict[tuple[str, str, date], float]  # metric, area, first day of the period


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Value:
    """What is published of the four feeds."""
    root = tmp_path_factory.mktemp("services")
    packs = small_seoul(root, *DAYS)
    chosen = packs / "seoul" / "metrics.yaml"
    said: dict[str, Any] = yaml.safe_load(chosen.read_text("utf-8"))
    said["metrics"] = {name: what for name, what in said["metrics"].items() if name in METRICS}
    chosen.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
    loaded = load_packs([packs / "seoul"])
    assert loaded.broken == {}
    [city] = loaded.cities
    home = open_home(Home(root / "home"), create=True)
    run = RunContext(
        home=home, city=city, source="files", drop=REAL_DATA / "seoul", run_id="r", today=date(2026, 11, 29)
    )
    for name, days in DAYS.items():
        contract = city.contracts[name]
        read_new(run, contract, fetch(run, contract, []))
        outcomes = ingest.ingest(run, contract, days).outcomes
        assert [outcome.verdict.open for outcome in outcomes] == [True] * len(days), name
    for table in derived_tables(city):
        build(run, table, sorted({day for days in DAYS.values() for day in days}))
    publish_all(home, cities_to_publish(home, loaded), run_id="publish")
    with duckdb.connect(str(home.published_file), read_only=True) as con:
        rows = con.execute("SELECT metric, area, period_start, value FROM metric.value WHERE value IS NOT NULL")
        return {(metric, area, day): value for metric, area, day, value in rows.fetchall()}


@pytest.fixture(scope="module")
def people() -> dict[tuple[str, int], int]:
    """Residents by code of the area and year, from the pack's own table; a day has those of the year-end before it."""
    with (SEOUL / "areas.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        (row["code"], year): int(row[f"population_{year}"])
        for row in rows
        for year in range(2015, 2024)
        if row.get(f"population_{year}")
    }


@pytest.fixture(scope="module")
def codes() -> dict[str, str]:
    with (SEOUL / "areas.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["name_ko"]: row["code"] for row in csv.DictReader(file) if row["level"] == "district"}


@pytest.fixture(scope="module")
def sold() -> list[tuple[str, str, int, int]]:
    """District, contract, month and kWh of Seoul, with the rows of totals."""
    rows = [row for row in csv_rows("korea/electricity_kepco/*.csv") if row["시도"] == "서울특별시"]
    return [(row["시군구"], row["계약종별"], month, int(row[f"{month}월"])) for row in rows for month in range(1, 5)]


def test_electricity_is_the_sum_of_its_parts_and_never_of_a_total(values, sold, people, codes):
    for month in MONTHS:
        parts = sum(kwh for _, contract, at, kwh in sold if at == month.month and contract != "합 계")
        totals = sum(kwh for _, contract, at, kwh in sold if at == month.month and contract == "합 계")
        assert parts == totals
        assert values["electricity_sold", "11", month] == pytest.approx(parts, rel=1e-9)
        for district, code in codes.items():
            own = sum(k for name, what, at, k in sold if (name, at) == (district, month.month) and what != "합 계")
            homes = sum(k for name, what, at, k in sold if (name, at, what) == (district, month.month, "주택용"))
            assert values["electricity_per_inhabitant_month", code, month] == pytest.approx(
                own / people[code, 2022], rel=1e-9
            )
            assert values["electricity_residential_share", code, month] == pytest.approx(100 * homes / own, rel=1e-9)


def test_cameras_are_those_that_the_total_says(values, people, codes):
    with (REAL_DATA / "seoul/district_stats/01. CCTV_in_Seoul.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(int(row["소계"]) < sum(int(row[name]) for name in row if "20" in name) for row in rows)
    for row in rows:
        code = codes[row["기관명"]]
        found = values["cctv_per_1000", code, date(2016, 1, 1)]
        assert found == pytest.approx(1000 * int(row["소계"]) / people[code, 2015], rel=1e-9)


def test_crimes_are_of_the_whole_city_alone(values, people):
    with (REAL_DATA / "seoul/district_stats/02. crime_in_Seoul.csv").open(encoding="cp949", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 31
    for word, kind in KINDS.items():
        recorded, cleared = (
            sum(int(row[f"{word} {what}"].replace(",", "")) for row in rows) for what in ("발생", "검거")
        )
        year = date(2015, 1, 1)
        assert values[f"crime_rate_{kind}", "11", year] == pytest.approx(
            recorded / people["11", 2015] * 100_000, rel=1e-9
        )
        assert values[f"crime_clearance_{kind}", "11", year] == pytest.approx(100 * cleared / recorded, rel=1e-9)
        assert {area for metric, area, _ in values if metric == f"crime_rate_{kind}"} == {"11"}


def test_a_gathering_of_several_notices_is_one(values):
    events = dict[tuple[str, ...], tuple[str, str]]()
    packed = (REAL_DATA / "seoul/protest_notices/protest_all.tar.zst").read_bytes()
    for _, content in sorted(snapshots(packed), key=lambda one: one[0].name):
        for row in csv.DictReader(content.decode("utf-8-sig").splitlines()):
            key = (row["년"], row["월"], row["일"], row["start_time"], row["장소"])
            events[key] = row["end_time"], row["인원"]
    by_day = defaultdict[date, list[tuple[float, str]]](list)
    for (year, month, day, begins, _), (ends, heads) in events.items():
        first, last = (int(text.split(":")[0]) + int(text.split(":")[1]) / 60 for text in (begins, ends))
        by_day[date(int(year), int(month), int(day))].append((last - first, heads))
    for day in GATHERINGS:
        assert values["protest_count", "11", day] == len(by_day[day])
        assert values["protest_heads_unknown", "11", day] == sum(not heads for _, heads in by_day[day])
        announced = [hours * int(heads) for hours, heads in by_day[day] if heads]
        assert values["protest_person_hours", "11", day] == pytest.approx(sum(announced), rel=1e-9)
