"""docs/regeneration.md is worked through again: the real files with plain Python, the simulated city with its query."""

from __future__ import annotations

import csv
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import fastexcel
import pytest

from assets.formulas.decline import has_declined
from pipelines.settings import REPOSITORY
from tests.support.paths import REAL_DATA, SEOUL
from tests.worlds.simulated_night import simulated_night

PAGE = (REPOSITORY / "docs" / "regeneration.md").read_text(encoding="utf-8")
real = pytest.mark.skipif(not (REAL_DATA / "seoul" / "district_stats").is_dir(), reason="no real files here")


def table_after(heading: str) -> list[list[str]]:
    """The cells of the first table below a text, without its line of dashes."""
    lines = PAGE[PAGE.index(heading) :].split("\n")
    first = next(at for at, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("*") for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]


def districts() -> dict[str, dict[int, int]]:
    """By English name without -gu, the residents at the end of each year that areas.csv has."""
    with (SEOUL / "areas.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "district"]
    return {
        row["name_en"].removesuffix("-gu"): {
            int(name.removeprefix("population_")): int(text)
            for name, text in row.items()
            if name.startswith("population_") and text
        }
        for row in rows
    }


def run_of_falls(numbers: dict[int, int], years: range) -> int:
    falls = "".join("-" if numbers[year] < numbers[year - 1] else "+" for year in years)
    return max(map(len, falls.split("+")))


# --- the real files ---------------------------------------------------------------------------------------------------


def test_the_years_of_nowon():
    header, residents, changes = table_after("**Residents at the end of 2020.**")
    known = districts()["Nowon"]
    assert residents[1:] == [f"{known[int(year)]:,}" for year in header[1:]]
    assert changes[2:] == ["−" if known[int(y)] < known[int(x)] else "+" for x, y in pairwise(header[1:])]


def test_the_runs_of_all_districts_until_2020_and_what_is_made_of_them():
    _, *rows = table_after("So it is in the districts")
    said = {name.strip(): (row[0], row[2]) for row in rows for name in row[1].split(",")}
    known = districts()
    assert len(said) == 25
    runs = {name: run_of_falls(numbers, range(2016, 2021)) for name, numbers in known.items()}
    assert {name: run for name, (run, _) in said.items()} == {
        name: "1 or 2" if run < 3 else str(run) for name, run in runs.items()
    }
    until = {name: {year: n for year, n in numbers.items() if year <= 2020} for name, numbers in known.items()}
    words = {True: "met", False: "not met", None: "indeterminate"}
    decided = {name: words[has_declined(numbers, 2020, years=30, percent=20)] for name, numbers in until.items()}
    assert {name: word for name, (_, word) in said.items()} == decided
    least = min(n[2020] / max(n[year] for year in range(2015, 2021)) for name, n in known.items() if runs[name] < 3)
    assert 0.95 <= least < 0.96


def test_at_the_end_of_2023_nothing_is_decided():
    assert "All 25 are **indeterminate**" in PAGE
    assert {has_declined(numbers, 2023, years=30, percent=20) for numbers in districts().values()} == {None}


@real
def test_the_quarter_of_the_file():
    """The column of all is that of Koreans and that of foreigners; the first row is the sum of the districts."""
    path = next((REAL_DATA / "seoul" / "district_stats").glob("*population_in_Seoul.xls"))
    rows = fastexcel.read_excel(path).load_sheet(0, header_row=None).to_polars().rows()
    (head, seoul, *parts), counted = rows[2:], {"합계": 3, "한국인": 6, "등록외국인": 9}
    assert [head[column] for column in counted.values()] == ["계"] * 3
    sums = {group: sum(int(row[at]) for row in parts if row[at]) for group, at in counted.items()}
    assert sums == {group: int(seoul[at]) for group, at in counted.items()}
    assert sums["합계"] == sums["한국인"] + sums["등록외국인"]
    assert {row[0] for row in parts if row[1]} == {"2017.1/4"}
    for number in sums.values():
        assert f"{number:,}" in PAGE
    assert f"{(1 - sums['한국인'] / sums['합계']) * 100:.1f} %" in PAGE


@real
def test_since_when_the_areas_are_what_they_are():
    path = next((REAL_DATA / "korea" / "admin_codes").glob("*.xlsx"))
    rows = fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars().rows()
    seoul = [row for row in rows if row[1] == "서울특별시" and not row[5]]
    begun = {row[2]: row[4] for row in seoul if row[2] and not row[3]}
    assert {name for name, day in begun.items() if day > "19880423"} == {"광진구", "강북구", "금천구"}
    assert {begun[name] for name in ("광진구", "강북구", "금천구")} == {"19950301"}
    parts = [row[4] for row in seoul if row[3]]
    said = re.search(r"Of (\d+) codes of neighbourhoods (\d+) are from before 1993, and (\d+) from before 2016", PAGE)
    assert said is not None
    assert [int(text) for text in said.groups()] == [
        len(parts),
        sum(day < "19930101" for day in parts),
        sum(day < "20160101" for day in parts),
    ]


# --- the simulated city -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated_night(tmp_path_factory).home_dir / "published" / "madang.duckdb"


def test_the_query_gives_what_the_page_works_through(published: Path):
    [query] = re.findall(r"^```sql\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    with duckdb.connect(str(published), read_only=True) as con:
        found = [dict(zip([c[0] for c in con.description], row, strict=True)) for row in con.execute(query).fetchall()]
    _, *rows = table_after("ORDER BY area;")
    assert len(found) == 2
    for column, row in enumerate(found, start=1):
        cells = iter([cells[column] for cells in rows])
        assert next(cells) == f"{row['residents']:,}"
        assert next(cells).startswith(f"{row['residents_highest']:,}")
        _falls(next(cells), 10 * row["residents"], 8 * row["residents_highest"])
        assert next(cells) == str(row["residents_falls_running"])
        assert next(cells) == _met(row["residents_criterion"])
        assert next(cells) == f"{row['businesses']:,}"
        assert next(cells) == f"{row['businesses_highest']:,}"
        _falls(next(cells), 100 * row["businesses"], 95 * row["businesses_highest"])
        assert next(cells) == str(row["businesses_falls_running"])
        assert next(cells) == _met(row["businesses_criterion"])
        assert next(cells) == f"{row['buildings_over_20y']} of {row['buildings']}"
        assert next(cells) == _met(row["buildings_criterion"])
        assert next(cells) == f"{row['criteria_met']} of 3: {row['result']}"


def _falls(said: str, now: int, limit: int) -> None:
    assert said == f"{now:,} ≤ {limit:,}: {'yes' if now <= limit else 'no'}"


def _met(criterion: bool) -> str:
    return "met" if criterion else "not met"


def test_all_districts_are_judged_as_plain_python_judges_their_histories(published: Path):
    """From the tables of the histories as they were delivered, with no code of ours."""
    with duckdb.connect(str(published), read_only=True) as con:
        histories = {
            what: con.execute(
                f"SELECT area, year(time), CAST({what} AS BIGINT) FROM core.seoul_{what}_history"
            ).fetchall()
            for what in ("residents", "businesses")
        }
        said = con.execute(
            "SELECT area, residents_criterion, businesses_criterion FROM mart.regeneration_area_year "
            "WHERE city = 'seoul' AND area_level = 'district' AND day = ?",
            [date(2025, 1, 1)],
        ).fetchall()
    judged = dict[str, dict[str, bool]]()
    for what, (back, keeps) in {"residents": (30, 80), "businesses": (10, 95)}.items():
        for area in {row[0] for row in histories[what]}:
            series = [
                number for code, year, number in sorted(histories[what]) if code == area and 2025 - back <= year <= 2025
            ]
            assert len(series) == back + 1
            running = any(
                a > b > c > d
                for a, b, c, d in zip(*(series[-6 + at : len(series) - 3 + at] for at in range(4)), strict=True)
            )
            judged.setdefault(area, {})[what] = 100 * series[-1] <= keeps * max(series) or running
    assert len(said) == 25
    assert {area: {"residents": one, "businesses": other} for area, one, other in said} == judged
    assert {met for of_area in judged.values() for met in of_area.values()} == {True, False}


def test_values_of_the_metrics_are_those_of_the_mart(published: Path):
    with duckdb.connect(str(published), read_only=True) as con:
        values = con.execute(
            "SELECT v.area, v.metric, v.value, m.residents_criterion, m.businesses_criterion, m.buildings_criterion, "
            "m.criteria_met FROM metric.value v JOIN mart.regeneration_area_year m ON m.area = v.area "
            "AND m.day = v.period_start AND m.city = v.city "
            "WHERE v.metric LIKE 'decline_%' AND v.area_level = 'district'"
        ).fetchall()
    columns = {"decline_population": 3, "decline_businesses": 4, "decline_buildings": 5, "decline_legal_test": 6}
    assert len(values) == 25 * len(columns)
    assert all(row[2] == float(row[columns[row[1]]]) for row in values)
