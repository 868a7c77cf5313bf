"""People present beyond residents by night, of a real week of Seoul: worked out again from the raw file."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import date
from typing import Any

import polars as pl
import pytest

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from tests.support.paths import REAL_DATA, SEOUL
from tests.worlds.packs import seoul
from warehouse.format import open_home
from warehouse.home import Home

FILE = "seoul/living_population_kt/20200302_total.json"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (REAL_DATA / FILE).is_file(), reason="no real files here (set MADANG_REAL_DATA)"),
]
MONDAY, HOURS = date(2020, 3, 2), (2, 3, 4)  # the first hour of the file is that of Monday, 0 h


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    home = open_home(Home(tmp_path_factory.mktemp("night") / "home"), create=True)
    city, drop = seoul(), REAL_DATA / "seoul"
    run = RunContext(home=home, city=city, source="files", drop=drop, run_id="n", today=date(2026, 11, 27))
    feed = city.contracts["living_population"]
    read_new(run, feed, fetch(run, feed, []))
    ingest.ingest(run, feed, [MONDAY])
    tables = {table.name: table for table in derived_tables(city)}
    build(run, tables["night_presence"], [MONDAY])
    values = tables["night_transport"].rows(run, [MONDAY]).select("metric", "area", "value")
    people = tables["night_presence"].rows(run, [MONDAY])
    return pl.concat([values, people.select(metric=pl.lit("people"), area="area", value="people")])


def present() -> dict[str, float]:
    """By district the mean from 2 to 5 h."""
    people = defaultdict[str, float](float)
    for dong in json.loads((REAL_DATA / FILE).read_text("utf-8")):
        people[str(dong["code_8"])[:5]] += sum(dong["t"][hour] for hour in HOURS) / len(HOURS)
    return people


def of_file() -> dict[str, float]:
    """The same less the residents at the end of 2019, 0 where these are more."""
    people = present()
    with (SEOUL / "areas.csv").open(encoding="utf-8", newline="") as file:
        homes = {row["code"]: int(row["population_2019"]) for row in csv.DictReader(file) if row["level"] == "district"}
    return {code: max(0.0, people[code] - living) for code, living in homes.items()}


def test_people_beyond_residents_are_those_of_the_file(values: pl.DataFrame) -> None:
    def value(metric: str, area: str) -> Any:
        (row,) = values.filter(metric=metric, area=area).rows(named=True)
        return row["value"]

    assert {code: value("people", code) for code in present()} == {
        code: pytest.approx(people, abs=1e-3) for code, people in present().items()
    }
    wanted = of_file()
    found = {code: value("night_people_beyond_residents", code) for code in wanted}
    assert found == {code: pytest.approx(more, abs=1e-3) for code, more in wanted.items()}
    assert value("night_people_beyond_residents", "11") == pytest.approx(sum(wanted.values()), abs=1e-2)
    assert sum(more > 0 for more in wanted.values()) in range(5, 25), "some have more people, some fewer"


def test_without_stops_nobody_knows_who_has_none(values: pl.DataFrame) -> None:
    assert values.filter(pl.col("metric").str.contains("gap"), pl.col("value").is_not_null()).is_empty()
