"""Who may read what Madang writes: deliveries may be private, the lake is for the analysts of the machine too."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from warehouse import lake, landing
from warehouse.files import ANYBODY, replacing
from warehouse.home import Home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_landed_is_its_owners_alone(tmp_path: Path):
    landed = landing.land(Home(tmp_path), "seoul", "card_sales", date(2026, 7, 22), b"a,b\n1,2\n", {"etag": "x"})
    assert [mode(path) for path in (landed.path, landed.path.with_suffix(".json"))] == [0o600, 0o600]


def test_a_file_for_others_follows_the_umask(tmp_path: Path):
    with replacing(tmp_path / "open", mode=ANYBODY) as file:
        file.write(b"x")
    assert mode(tmp_path / "open") == 0o644


def test_files_of_the_lake_can_be_read_by_those_who_query_them(tmp_path: Path):
    table = Home(tmp_path).table("seoul", "core", "air_daily")
    staged = lake.stage_file(table, date(2020, 4, 1), "batch", pl.DataFrame({"pm10": [1.0]}))
    assert mode(table.path / staged.path) == 0o644
