"""Values of days months back are kept from release to release: a file is as one that is made of nothing, and what has
to be gone is gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.tiers import sealed_rows
from assets.tiers.allowed import AllowList
from assets.tiers.build import Builder
from assets.tiers.recipients import Recipient
from assets.tiers.release_note import Mark
from assets.tiers.sealed_rows import KEPT, SealedRows, open_since, whose_tables
from tests.worlds.shared_city import FIRST, PRIVATE, PUBLIC, SHARING, DecidedCells, SharedCity, shared_city
from warehouse.home import Home

TIERS = ("open", "partner/telecom", "partner/card")
SEALED = date(2026, 2, 25)
LAST = FIRST + timedelta(days=1)


@pytest.fixture
def differs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What differs between files of tiers and files that are made of nothing kept: of each that is made from now on."""
    found, build = list[str](), Builder.build

    def both(self: Builder, file: Path, recipient: Recipient, mark: Mark) -> int | None:
        changed = build(self, file, recipient, mark)
        fresh = tmp_path / f"{recipient.tier.replace('/', '.')}-{mark.version}"
        fresh.mkdir()
        with Builder(self.internal, fresh) as other:
            if build(other, fresh / "whole.duckdb", recipient, mark) != changed:
                found.append("how many newest values changed")
        one, whole = contents(file), contents(fresh / "whole.duckdb")
        found.extend(f"{recipient.tier} {mark.version}: {name}" for name in one if one[name] != whole.get(name))
        assert len(one) == len(whole) > 20
        return changed

    monkeypatch.setattr(Builder, "build", both)
    return found


def contents(file: Path) -> dict[str, Any]:
    """By table and view of a file its rows, columns and comments."""
    with duckdb.connect(str(file), read_only=True) as con:
        names = con.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        found: dict[str, Any] = {
            f"{schema}.{name}": con.execute(f'FROM "{schema}"."{name}" ORDER BY ALL').fetchall()
            for schema, name in names
        }
        found["columns"] = con.execute(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()"
            " ORDER BY ALL"
        ).fetchall()
        found["comments"] = con.execute("SELECT table_name, comment FROM duckdb_tables() ORDER BY ALL").fetchall()
    return found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """Of each file of sealed values that is made, what it began as a copy of."""
    found, begun = list[Path | None](), dict[Path, Path | None]()
    making, keep = SealedRows.making, SealedRows.keep

    def noted(self: SealedRows, start: Path | None) -> Path:
        file = making(self, start)
        begun[file] = start
        return file

    def of_values(self: SealedRows, file: Path, *of: Any) -> Path:
        if self.scratch.name == "disclosure":
            found.append(begun[file])
        return keep(self, file, *of)

    monkeypatch.setattr(SealedRows, "making", noted)
    monkeypatch.setattr(SealedRows, "keep", of_values)
    return found


@pytest.fixture
def tables_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """For which tiers files of whole tables are made."""
    found, keep = list[str](), SealedRows.keep_tables
    names = {whose_tables(tier): tier for tier in TIERS}

    def noted(self: SealedRows, file: Path, said: object, whose: str) -> Path:
        if self.scratch.name == "disclosure":
            found.append(names[whose])
        return keep(self, file, said, whose)

    monkeypatch.setattr(SealedRows, "keep_tables", noted)
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    """Published and not released: tests copy it."""
    city = shared_city(tmp_path_factory.mktemp("sealed"), days=2)
    city.nights(SEALED, SEALED + timedelta(days=1))
    city.publish()
    return city


@pytest.fixture
def world(published: SharedCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedCity:
    """Two days are sealed, and those of March open."""
    monkeypatch.setattr(sealed_rows, "OPEN_DAYS", 0)
    shutil.copytree(published.home.root, tmp_path / "home", symlinks=True)
    shutil.copytree(published.city.folder, tmp_path / "cities" / "seoul")
    home = Home(tmp_path / "home")
    return SharedCity(home, replace(published.city, folder=tmp_path / "cities" / "seoul"), DecidedCells(home))


def kept(world: SharedCity) -> set[Path]:
    """The files of sealed values."""
    return set(world.home.root.glob(f"disclosure/{KEPT}")) - {
        file for tier in TIERS for file in kept_tables(world, tier)
    }


def kept_tables(world: SharedCity, tier: str) -> list[Path]:
    """The files of whole tables of a tier."""
    return list(world.home.root.glob(f"disclosure/kept-*-{whose_tables(tier)}-*"))


def test_whatever_changes_the_files_are_as_those_that_are_made_of_nothing(
    world: SharedCity, differs: list[str], made: list[Path | None]
):
    def night(*days: date, correction: int = 0) -> None:
        world.nights(*days, correction=correction)
        world.publish()

    def hide(status: str) -> None:
        world.judging.hide = {(area, SEALED): status for area in world.areas}

    def more() -> None:
        partners = SHARING["partners"]
        world.sharing(SHARING | {"partners": partners | {"card": partners["card"] | {"gets": [PRIVATE]}}})

    # what happens, and how many files of sealed values are made; all but the first as copies of others
    steps: list[tuple[Callable[[], None], int]] = [
        (lambda: None, 2),  # the open file and that of the telecom have the same
        (lambda: night(LAST, correction=1), 0),
        (lambda: night(SEALED, correction=1), 2),
        (lambda: hide("A"), 1),  # for those who see the metric
        (lambda: hide("F"), 1),
        (lambda: night(date(2026, 4, 3)), 2),
        (more, 0),
    ]
    for number, (happens, wanted) in enumerate(steps):
        happens()
        made.clear()
        assert not world.release(run_id=f"run-{number}").troubles
        assert (number, differs, len(made)) == (number, [], wanted)
        assert made.count(None) == (1 if number in (0, 2) else 0)
    assert len(kept(world)) == 1


def test_tables_of_days_of_earlier_months_are_written_once(
    world: SharedCity, differs: list[str], tables_made: list[str]
):
    """A file begins with the tables of the release before, and is as one that is made of nothing."""
    world.release()
    assert sorted(tables_made) == sorted(TIERS)
    tables_made.clear()
    world.nights(LAST, correction=1)
    world.publish()
    world.release(run_id="run-2")
    assert (tables_made, differs) == ([], [])
    for tier in TIERS:
        (file,) = kept_tables(world, tier)
        assert world.rows("SELECT max(period_start) FROM metric.value", file=file) == [(SEALED + timedelta(days=1),)]
        assert world.rows("SELECT count(*) > 100 FROM ledger.dictionary", file=file) == [(True,)]
        assert world.rows("FROM ledger.release UNION ALL FROM ledger.release", file=file) == []
    world.judging.hide = {("11110", SEALED): "A"}
    world.release(run_id="run-3")
    assert (sorted(tables_made), differs) == (
        ["open", "partner/telecom"],
        [],
    )  # the card company does not see the metric


def test_rows_by_day_that_a_tier_may_have_no_more_are_in_no_file_that_it_begins_as(
    world: SharedCity, monkeypatch: pytest.MonkeyPatch
):
    """A mart that was public, and no longer is, goes from what is kept, too."""
    marts = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'mart' AND estimated_size > 0"
    world.release()
    (before,) = kept_tables(world, "open")
    had = {name for (name,) in world.rows(marts, file=before)}
    monkeypatch.setattr(AllowList, "_marts", lambda _: iter(()))
    world.nights(LAST, correction=1)
    world.publish()
    world.release(run_id="run-2")
    (after,) = kept_tables(world, "open")
    assert after != before
    assert world.rows(marts, file=after) == []
    assert had


def test_what_is_hidden_or_taken_away_is_in_no_kept_file(world: SharedCity):
    """Of a value that was shown no byte is left, and a file of nobody goes."""
    world.release()
    before = kept(world)
    world.judging.hide = {("11110", SEALED): "A"}
    world.release(run_id="run-2")
    hidden = (
        f"SELECT value FROM metric.value WHERE metric = '{PRIVATE}' AND area = '11110' AND period_start = '{SEALED}'"
    )
    shown = [world.rows(hidden, file=file) for file in kept(world)]
    assert sorted(shown) == [[], [(None,)]]
    assert len(kept(world) - before) == 1
    for tier in ("open", "partner/telecom"):
        (file,) = kept_tables(world, tier)
        assert world.rows(hidden, file=file) == [(None,)]
    world.judging.exposed = 3  # nothing can be released
    world.release(run_id="run-3")
    assert list(world.home.root.glob(f"disclosure/{KEPT}")) == []


def test_a_release_that_makes_nothing_keeps_what_there_is(world: SharedCity):
    world.release()
    before = set(world.home.root.glob(f"disclosure/{KEPT}"))
    world.release(run_id="run-2")
    assert set(world.home.root.glob(f"disclosure/{KEPT}")) == before
    assert len(before) == 2 + len(TIERS)


def test_values_of_a_partner_whose_contract_is_over_are_kept_no_more(world: SharedCity):
    world.release()
    world.sharing({"open": {"metrics": []}, "partners": {}})
    world.release(run_id="run-2")
    assert [world.rows("SELECT DISTINCT metric FROM metric.value", file=file) for file in kept(world)] == [[(PUBLIC,)]]
    world.sharing(None)
    world.release(run_id="run-3")
    assert kept(world) == set()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE metric.value SET value = 1e6",
        "DELETE FROM metric.value WHERE area = '11110'",
        "CREATE TABLE metric.secret AS SELECT 7 AS persons",
        "DROP TABLE metric.value",
    ],
)
def test_a_kept_file_that_is_not_as_it_was_written_is_made_again(
    world: SharedCity, differs: list[str], made: list[Path | None], change: str
):
    world.release()
    for file in world.home.root.glob(f"disclosure/{KEPT}"):
        with duckdb.connect(str(file)) as con:
            con.execute(change)
    made.clear()
    world.nights(LAST, correction=1)
    world.publish()
    world.release(run_id="run-2")
    assert (differs, made.count(None), len(made)) == ([], 1, 2)


def test_the_first_open_day_is_the_first_of_a_month():
    assert open_since(date(2026, 11, 20)) == date(2026, 11, 1)
    assert open_since(date(2026, 11, 14)) == date(2026, 10, 1)
    assert open_since(date(2026, 1, 5)) == date(2025, 12, 1)
    assert open_since(None) == date.min
