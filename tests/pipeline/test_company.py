"""Nights, a backfill, publications and maintenance on one home at once: the ledger is that of a single run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.pipeline.killed_run import DAYS, FEED
from tests.pipeline.test_kill import State
from tests.worlds.files import AIR_HEADER, Yard, air_rows, csv_text
from tests.worlds.packs import small_seoul
from warehouse.home import Home
from warehouse.ledger import ledger

PROGRAM = Path(__file__).with_name("company_run.py")
IDS = {"batch": ["batch_id"], "verdict": ["batch_id"], "rule_result": ["batch_id", "rule"]}
Together = Callable[[Path, list[str]], list[str]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drop folder with three days: a good one, one with a row that is held back, and one that its gate holds back."""
    found = tmp_path_factory.mktemp("company")
    small_seoul(found, FEED)
    rows = air_rows(DAYS, pm25=14)
    rows[3][3] = 5
    rows.append([f"{DAYS[2]:%Y%m%d}", "", *rows[0][2:]])
    rows.append(["someday", *rows[0][1:]])
    file = Yard(found).put("air_daily/1.csv", csv_text(AIR_HEADER, rows), "cp949")
    os.utime(file, (0, 0))
    return found


@pytest.fixture(scope="module")
def together(root: Path) -> Iterator[Together]:
    """Runs processes of these kinds on a home at once; gives what went wrong in them."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    def run(home: Path, kinds: list[str]) -> list[str]:
        order = {
            "home": str(home),
            "packs": str(root / "cities"),
            "drop": str(root / "drop" / "seoul"),
            "days": [str(day) for day in DAYS],
            "kinds": kinds,
            "wrong": str(home.with_suffix(".wrong")),
        }
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield run
    process.communicate(timeout=600)


@pytest.fixture(scope="module")
def alone(root: Path, together: Together) -> State:
    home = root / "alone"
    assert together(home, ["night"]) == []
    return State.of(Home(home), root / "cities")


def of_tables(state: State, table: str) -> list[str]:
    """What the ledger has of tables of the lake: how often they were published is another matter."""
    return [row for row in state.book[table] if "'publication " not in row]


def looked_at(home: Path, root: Path, alone: State) -> None:
    """Live rows, published values and the ledger are those of a single run, each id there once."""
    found = State.of(Home(home), root / "cities")
    assert found.tables == alone.tables
    assert found.published == alone.published
    for table in ("batch", "verdict", "rule_result", "quarantine"):
        more, fewer = Counter(of_tables(found, table)), Counter(of_tables(alone, table))
        assert (table, more - fewer, fewer - more) == (table, Counter(), Counter())
    for table, key in IDS.items():
        rows = ledger.read(Home(home), table).filter(pl.col("layer") != "published").collect()
        assert not rows.select(key).is_duplicated().any()
    landed = ledger.read(Home(home), "attempt").filter(pl.col("status") == "landed").collect()
    assert not landed.select("sha256").is_duplicated().any()


@pytest.mark.holds(
    "attack 3", "Two nights and a backfill on one home at once: each id is in the ledger once, as of a single run."
)
@pytest.mark.holds(
    "attack 4",
    "Publications and maintenance beside nights: none is refused, and nobody is accused of going past the gate.",
)
def test_nights_a_backfill_publications_and_maintain_at_once(root: Path, together: Together, alone: State):
    home = root / "company"
    wrong = together(home, ["night", "night", "backfill", "publication", "maintain"])
    assert wrong == []
    assert together(home, ["publication"]) == []
    looked_at(home, root, alone)


@pytest.mark.weekly
@pytest.mark.parametrize("number", range(20))
def test_three_of_each_kind_at_once(root: Path, together: Together, alone: State, number: int):
    home = root / f"round{number}"
    assert together(home, ["night", "backfill", "publication", "maintain"] * 3) == []
    assert together(home, ["publication"]) == []
    looked_at(home, root, alone)


@pytest.mark.holds(
    "attack 16", "A clock that was set back two days: what is recorded later counts as later, in all tables."
)
def test_a_clock_set_back_changes_no_order(tmp_path: Path):
    home = Home(tmp_path)
    for table in ("attempt", "verdict", "publication", "removal", "release"):
        before = ledger.time_to_record(home)
        ledger.append(home, table, [{"recorded_at": before + timedelta(days=2)}])
        assert ledger.time_to_record(home) > before + timedelta(days=2)
        assert ledger.time_to_record(Home(tmp_path)) > before + timedelta(days=2)
