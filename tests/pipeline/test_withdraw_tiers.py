"""A withdrawal reaches what was shared: no tier holds a number of it, and the next release makes the files again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from assets.pack.city import City
from assets.removal.enforce import ask_withdrawal
from assets.removal.plan import withdrawal
from assets.tiers.judged import WITH_STATUS, JudgedCells, Tables
from assets.tiers.outcome_of_tiers import Releases
from assets.tiers.release import release_all
from tests.worlds.files import DAYS, Yard
from tests.worlds.given_town import GIVEN, METRIC, OPEN, copied, found_below, give, given_city, night, rentals
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published.place import tier_folder, tier_folders

PARTNER = {"title": "P", "gets": [METRIC], "purpose": "plans", "until": "2030-01-01", "licence": "contract 7"}
SHARING = {"open": {"metrics": [METRIC]}, "partners": {"other": PARTNER}}


@dataclass
class FreeCells:
    """All cells of the company are free."""

    home: Home

    def tables(self, city: City) -> Tables:
        return {name: ((GIVEN, ""),) if name.startswith(METRIC) else () for name in city.metrics}

    def judge(self, city: City, seen: pl.DataFrame) -> JudgedCells:
        with duckdb.connect(str(self.home.published_file), read_only=True) as con:
            keys = con.execute(
                "SELECT area, period, period_start, value FROM metric.value WHERE starts_with(metric, ?) AND value > 0",
                [METRIC],
            ).fetchall()
        rows = [(GIVEN, "", *key, value, 9.0, "F", False) for *key, value in keys]
        return JudgedCells(city.name, pl.DataFrame(rows, schema=WITH_STATUS, orient="row"))


def release(yard: Yard) -> Releases:
    done = release_all(yard.home, [yard.city], FreeCells(yard.home), run_id="x", today=date(2026, 6, 1), site=False)
    assert done.troubles == []
    return done


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Two nights, each with a release. Tests copy it."""
    root = tmp_path_factory.mktemp("given")
    yard = Yard(root, given_city(root))
    (yard.city.folder / "sharing.yaml").write_text(yaml.safe_dump(SHARING), "utf-8")
    yard.deliver(OPEN)
    give(yard, DAYS[:1], DAYS[1:3])
    night(yard, DAYS[:3])
    release(yard)
    give(yard, DAYS[3:])
    night(yard)
    release(yard)
    return yard


@pytest.fixture
def yard(two_releases: Yard, tmp_path: Path) -> Yard:
    return copied(two_releases, tmp_path)


def withdraw(yard: Yard) -> None:
    plan = withdrawal(yard.home, yard.city, yard.city.contracts[GIVEN], DAYS[1], DAYS[1])
    ask_withdrawal(yard.home, plan, by="somebody", run_id="asked")
    night(yard, [])


def test_what_is_withdrawn_is_in_no_tier_and_the_next_release_makes_them_again(yard: Yard):
    before = found_below(yard.home.root, rentals(DAYS[1]))
    for tier in ("open", "partner/other"):
        versions = {f"published/{tier}/versions/00000{number}.duckdb" for number in (1, 2)}
        assert {*versions, f"published/{tier}/madang.duckdb"} <= set(before)
    shown = [path for path in before if path.startswith("disclosure/shown/")]
    assert len(shown) == 2  # the index has the values
    withdraw(yard)
    assert found_below(yard.home.root, rentals(DAYS[1])) == []
    told = ledger.read(yard.home, "release").filter(pl.col("action") == "withdraw").collect()
    assert dict(told.select("tier", "withdrawn").iter_rows()) == {
        tier: [f"{tier}/1", f"{tier}/2"] for tier in ("open", "partner/other")
    }
    assert set(told["detail"]) == {f"rows of {GIVEN} of {yard.city.name} were withdrawn"}
    assert set(told["who"]) == {"somebody"}
    again = release(yard)
    assert [(tier.tier, tier.version, tier.changed) for tier in again.tiers] == [
        ("open", 3, True),
        ("partner/other", 3, True),
    ]
    assert found_below(yard.home.root, rentals(DAYS[1])) == []
    for tier in tier_folders(yard.home):
        with duckdb.connect(str(tier.published_file), read_only=True) as con:
            values = con.execute(
                "SELECT period_start, value FROM metric.value WHERE metric = ? AND value IS NOT NULL", [METRIC]
            )
            assert dict(values.fetchall()) == {day: rentals(day) for day in (DAYS[0], *DAYS[2:])}


def test_a_release_that_ends_while_it_is_withdrawn_and_what_a_killed_one_left_go_too(yard: Yard):
    late = tier_folder(yard.home, "open").published_file
    os.utime(late, (4e9, 4e9))  # as if it had been put in place later than the withdrawal was asked for
    (yard.home.root / "disclosure" / "base-0.duckdb").write_bytes(late.read_bytes())
    withdraw(yard)
    assert found_below(yard.home.root, rentals(DAYS[1])) == []


def test_a_release_of_what_is_published_after_it_stays_when_it_is_finished_again(yard: Yard):
    withdraw(yard)
    release(yard)
    night(yard, [])
    assert tier_folder(yard.home, "open").published_file.exists()
