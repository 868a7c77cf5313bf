"""Who may read what of a home: private folders are closed, whatever the umask, and those of before are mended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from warehouse import lake, landing, maintenance, modes
from warehouse.format import open_home
from warehouse.home import Home

DAY = date(2026, 7, 1)
ROWS = pl.DataFrame({"id": ["a"], "n": [1.0]})


@pytest.fixture(params=[0o022, 0o077, 0o000], ids=["umask 022", "umask 077", "umask 000"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def bits(path: Path) -> int:
    return path.stat().st_mode & 0o777


def filled(home: Home, *, private: bool) -> Path:
    """A landed object and a table with a commit. The folder of the table."""
    landing.land(home, "seoul", "people", DAY, b"1", {})
    table = home.table("seoul", "core", "people")
    if private:
        modes.close_table(table.path)
    staged = lake.stage_file(table, DAY, "b1", ROWS)
    lake.commit(table, ROWS.schema, [staged], {})
    return table.path


@pytest.mark.holds(
    "attack 2",
    "Under any umask, files of private feeds in landing and lake have mode 0600 and their folders 0700.",
)
def test_what_is_private_is_its_owners_alone(tmp_path: Path, umask: int):
    home = Home(tmp_path / "home")
    table = filled(home, private=True)
    for path in (home.landing, *home.landing.rglob("*"), table, *table.rglob("*")):
        assert bits(path) == (0o700 if path.is_dir() else 0o600), path
    for path in (home.root, home.lake, home.lake / "seoul"):
        assert bits(path) == 0o777 & ~umask


def test_what_is_public_is_for_whom_the_umask_says(tmp_path: Path, umask: int):
    table = filled(Home(tmp_path), private=False)
    for path in (table, *table.rglob("*")):
        assert bits(path) == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_what_another_program_opened_is_closed_on_next_use(tmp_path: Path):
    home = open_home(Home(tmp_path), create=True)
    table = filled(home, private=False)
    for folder in (home.landing, home.dagster / "history", home.parse_cache / "seoul"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "other.db").touch()
    for path in tmp_path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    open_home(home)
    for folder in (home.landing, home.dagster, home.parse_cache):
        assert not [path for path in (folder, *folder.rglob("*")) if not modes.is_closed(path)]
    assert bits(table) == 0o755  # whether it is private its contract says
    modes.close_table(table)
    assert not [path for path in (table, *table.rglob("*")) if not modes.is_closed(path)]


def test_maintenance_closes_what_other_programs_left_open(tmp_path: Path):
    home = Home(tmp_path)
    table = filled(home, private=True)
    (table / "_delta_log" / "restored.json").touch(0o644)
    looked = maintenance.private_modes(home, dry_run=True)
    assert looked.note == "1 were open to others"
    assert not modes.is_closed(table / "_delta_log" / "restored.json")
    maintenance.private_modes(home)
    assert modes.is_closed(table / "_delta_log" / "restored.json")
    maintenance.checkpoint(home)
    assert not [path for path in table.rglob("*") if not modes.is_closed(path)]
