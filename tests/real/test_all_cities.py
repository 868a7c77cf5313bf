"""All cities in one home, from their real files, in one command; and one more pack that changes nothing of the others.

It takes a quarter of an hour on two cores: all files of all cities, over all days that they have.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.settings import Settings
from tests.support.paths import REAL_DATA
from tests.worlds.command import Command, Said

pytestmark = [
    pytest.mark.real,
    pytest.mark.weekly,
    pytest.mark.skipif(not (REAL_DATA / "hanoi").is_dir(), reason="no real files here (set MADANG_REAL_DATA)"),
]
ADDED = "hanoi"
PATIENCE_S = 3_600
TABLES = "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE schema_name = 'core' ORDER BY ALL"


class Home:
    """The packs of the repository but one, and a home."""

    def __init__(self, root: Path) -> None:
        self.root, self.packs = root, root / "cities"
        shutil.copytree(Settings().cities_dir, self.packs, ignore=shutil.ignore_patterns(ADDED))

    @property
    def cities(self) -> list[str]:
        """Those of which there are files."""
        return sorted(path.name for path in self.packs.iterdir() if (REAL_DATA / path.name).is_dir())

    def backfill(self) -> tuple[Said, dict[str, Any]]:
        words = ("backfill", "--all-cities", "--from-dir", str(REAL_DATA), "--json")
        with Command(self.root / "home", self.packs).start(*words) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        return Said(process.returncode, out, err), json.loads(out)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.root / "home" / "published" / "madang.duckdb"), read_only=True) as con:
            return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, Any], list[tuple[Any, ...]]]:
    made = Home(tmp_path_factory.mktemp("all"))
    said, facts = made.backfill()
    assert said.code in (0, 3), said.err
    return made, facts, made.sql("FROM metric.value ORDER BY ALL")


def test_each_city_with_files_is_published(home: tuple[Home, dict[str, Any], list[tuple[Any, ...]]]):
    made, facts, values = home
    states = {one["city"]: one["state"] for one in facts["cities"]}
    assert {city for city, state in states.items() if state in ("well", "not all well")} == set(made.cities)
    assert set(states.values()) <= {"well", "not all well", "no files"}
    for one in facts["cities"]:
        night = one["night"] or {}
        assert (night.get("crashed", []), night.get("error"), night.get("troubles", [])) == ([], None, []), one["city"]
    tables = [name for (name,) in made.sql(TABLES)]
    for city in made.cities:
        own = [name for name in tables if name.startswith(f"core.{city}_")]
        assert sum(made.sql(f"SELECT count(*) FROM {name}")[0][0] for name in own) > 0, city
    with_values = {row[0] for row in made.sql("SELECT DISTINCT city FROM metric.value WHERE value IS NOT NULL")}
    assert len(with_values) >= 5
    assert {row[0] for row in values} <= set(made.cities)


OF_VALUE = "city, area, metric, period, period_start, value, unit, n, completeness, status, quality, reason, notation"
PLACED = """SELECT rank, rank() OVER (PARTITION BY class_id, period_start
    ORDER BY value * CASE direction WHEN 'lower' THEN 1 ELSE -1 END) AS place
    FROM benchmark.value JOIN metric.definition USING (city, metric) WHERE rank IS NOT NULL"""


def test_cities_stand_side_by_side_with_their_own_values(home: tuple[Home, dict[str, Any], list[tuple[Any, ...]]]):
    """No number that no city has; every two cities of a metric, each comparable or with its reason; ranks by value."""
    made, *_ = home
    for query in (
        f"SELECT {OF_VALUE} FROM benchmark.value EXCEPT ALL SELECT {OF_VALUE} FROM metric.value",
        "SELECT metric FROM benchmark.value GROUP BY metric HAVING count(DISTINCT city) * (count(DISTINCT city) - 1)"
        " <> (SELECT count(*) FROM benchmark.pair p WHERE p.metric = benchmark.value.metric)",
        "FROM benchmark.pair WHERE comparable = (text IS NOT NULL) OR comparable = (class_id IS NULL)",
        f"FROM ({PLACED}) WHERE rank <> place",
        "SELECT class_id FROM benchmark.class WHERE comparability IN ('X0', 'X3') AND len(cities) > 1",
    ):
        assert made.sql(query) == [], query


def test_one_more_city_changes_no_published_value_of_the_others(
    home: tuple[Home, dict[str, Any], list[tuple[Any, ...]]],
):
    """Nor what was judged of them; with runs, times and batches beside each value."""
    made, _, before = home
    judged = "SELECT city, count(*) FROM ledger.verdict WHERE city <> '' GROUP BY city ORDER BY city"
    verdicts = made.sql(judged)
    shutil.copytree(Settings().cities_dir / ADDED, made.packs / ADDED)
    said, facts = made.backfill()
    assert said.code in (0, 3), said.err
    assert made.sql(f"FROM metric.value WHERE city <> '{ADDED}' ORDER BY ALL") == before
    assert [row for row in made.sql(judged) if row[0] != ADDED] == verdicts
    assert made.sql(f"SELECT count(*) FROM metric.value WHERE city = '{ADDED}' AND value IS NOT NULL")[0][0] > 100
    assert ADDED in {one["city"] for one in facts["cities"] if one["state"] in ("well", "not all well")}
    # beside Beijing's in 2016: 68.2 to Hanoi's 67.4 in January, 42.5 to 76.8 in February; Ulaanbaatar's winter is worse
    ranked = "SELECT period_start::VARCHAR, rank FROM benchmark.value WHERE city = 'hanoi'"
    found = made.sql(f"{ranked} AND metric = 'pm25_mean_month' AND rank IS NOT NULL ORDER BY ALL")
    assert found[:2] == [("2016-01-01", 1), ("2016-02-01", 2)]
