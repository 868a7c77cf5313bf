"""Sales of apartments in Guro-gu and residents of 2017 from the real files, worked out again with plain Python."""

from __future__ import annotations

import csv
import statistics
from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb
import fastexcel
import pytest

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.packs import load_packs
from assets.publication.kept_packs import cities_to_publish
from assets.publication.publish import publish_all
from tests.support.paths import REAL_DATA
from tests.worlds.packs import small_seoul
from warehouse.format import open_home
from warehouse.home import Home

FOLDER = REAL_DATA / "seoul"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (FOLDER / "apartment_sales").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
GURO, SEOUL = "11530", "11"
MONTHS = [date(2021, month, 1) for month in (1, 2, 3)]
QUARTERS = [date(2017, 1, 1)]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file after the first quarter of 2021 of the sales, and that of 2017 of the residents."""
    root = tmp_path_factory.mktemp("housing")
    home = open_home(Home(root / "home"), create=True)
    packs = load_packs([small_seoul(root, "apartment_sales", "residents") / "seoul"])
    assert packs.broken == {}
    [city] = packs.cities
    run = RunContext(home=home, city=city, source="files", drop=FOLDER, run_id="housing", today=date(2021, 4, 30))
    for name, days in {"apartment_sales": MONTHS, "residents": QUARTERS}.items():
        read_new(run, city.contracts[name], fetch(run, city.contracts[name], []))
        ingest.ingest(run, city.contracts[name], days)
    for table in derived_tables(city):
        build(run, table, [*MONTHS, *QUARTERS])
    publish_all(home, cities_to_publish(home, packs), run_id="publish")
    return home.published_file


def sql(published: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(published), read_only=True) as con:
        return con.execute(query).fetchall()


def lines() -> list[dict[str, str]]:
    """The lines of the file below its notes."""
    [path] = (FOLDER / "apartment_sales").glob("*.csv")
    rows = list(csv.reader(path.read_text(encoding="cp949").splitlines()))
    header = next(at for at, row in enumerate(rows) if row[:1] == ["시군구"])
    return [dict(zip(rows[header], row, strict=True)) for row in rows[header + 1 :]]


def per_m2(line: dict[str, str]) -> float:
    return int(line["거래금액(만원)"].replace(",", "")) * 10_000 / float(line["전용면적(㎡)"])


def by_month() -> dict[date, list[dict[str, str]]]:
    found = defaultdict(list)
    for line in lines():
        found[date(int(line["계약년월"][:4]), int(line["계약년월"][4:]), 1)].append(line)
    return found


def test_contracts_cancellations_and_medians_of_each_month(published: Path):
    months = by_month()
    assert {month: len(of) for month, of in months.items()} == dict(zip(MONTHS, (337, 211, 263), strict=True))
    values = {
        (metric, start): value
        for metric, start, value in sql(
            published,
            f"SELECT metric, period_start, value FROM metric.value WHERE area = '{GURO}' AND value IS NOT NULL",
        )
    }
    for month, of_month in months.items():
        standing = [line for line in of_month if not line["해제사유발생일"]]
        assert values["dwelling_sales_count", month] == len(standing)
        share = 100 * (len(of_month) - len(standing)) / len(of_month)
        assert values["dwelling_sales_cancelled_share", month] == pytest.approx(share, rel=1e-4)
        median = statistics.median(map(per_m2, standing))
        assert values["price_per_m2_median", month] == pytest.approx(median, rel=1e-4)
    every = [line for of_month in months.values() for line in of_month if not line["해제사유발생일"]]
    assert values["price_per_m2_median_quarter", MONTHS[0]] == pytest.approx(
        statistics.median(map(per_m2, every)), rel=1e-4
    )


def test_two_lines_that_are_the_same_are_told_and_what_was_signed_again_is_not_among_them(published: Path):
    same = defaultdict(int)
    for line in lines():
        if not line["해제사유발생일"]:
            same[tuple(line.values())] += 1
    assert sum(count - 1 for count in same.values()) == 2
    [(told, preliminary)] = sql(
        published,
        "SELECT sum(possible_duplicates), list(preliminary ORDER BY day) FROM mart.dwelling_sales_month "
        f"WHERE area = '{GURO}'",
    )
    assert told == 2
    assert preliminary == [False, False, True]  # asked on 26 April: of March reports are still to come


def test_contracts_of_one_district_are_not_those_of_the_city(published: Path):
    rows = sql(
        published,
        "SELECT status, reason_code FROM metric.value WHERE metric = 'dwelling_sales_count' "
        f"AND area = '{SEOUL}' AND period_start >= '2021-01-01'",
    )
    assert rows == [("absent", "too_few_readings")] * 3


def test_no_single_sale_is_published(published: Path):
    tables = [name for (name,) in sql(published, "SELECT table_name FROM information_schema.tables")]
    assert not [name for name in tables if "apartment" in name]
    shown = sql(
        published,
        "SELECT column_name FROM information_schema.columns WHERE column_name IN ('address', 'floor', 'legal_dong')",
    )
    assert [name for name in tables if name == "dwelling_sales_month"]
    assert not shown
    names = {line["단지명"] for line in lines() if len(line["단지명"]) > 2}
    said = sql(
        published,
        "SELECT CAST(value AS VARCHAR) FROM ledger.quarantine UNION ALL SELECT observed FROM ledger.rule_result",
    )
    assert said
    assert not [text for (text,) in said if text is not None and any(name in text for name in names)]


def test_residents_of_the_quarter_are_those_of_the_workbook(published: Path):
    [path] = (FOLDER / "district_stats").glob("*population_in_Seoul.xls")
    rows = fastexcel.read_excel(path).load_sheet(0, header_row=None).to_polars().rows()
    wanted = {(row[1], "citizens"): int(row[6]) for row in rows[4:] if row[1]}
    wanted |= {(row[1], "foreigners"): int(row[9]) for row in rows[4:] if row[1]}
    found = sql(
        published,
        "SELECT area, people_group, CAST(sum(residents) AS BIGINT) FROM core.seoul_residents"
        " WHERE people_group <> 'elderly' GROUP BY ALL",
    )
    assert {(area, group): number for area, group, number in found} == wanted
    assert len(wanted) == 50
