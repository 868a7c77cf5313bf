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
