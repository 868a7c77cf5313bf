"""`--all-cities`: each city by itself, one end for all of them."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.command import Command, Said
from tests.worlds.towns import Towns
from warehouse.published.folder import turn

METRICS = ("pm25_mean", "pm25_hourly")


@dataclass
class All:
    """East is well, north has a file that cannot be read, south has no folder, and the pack of west is broken."""

    towns: Towns
    said: Said

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.said.out)

    def __call__(self, *words: str) -> Said:
        return Command(self.towns.root / "home", self.towns.packs)(*words)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> All:
    towns = Towns(tmp_path_factory.mktemp("all"))
    for name in ("east", "north", "south", "west"):
        towns.add(name, metrics=METRICS)
    (towns.root / "drop" / "north" / "air" / "april.csv").write_bytes(b"\x00\x01\x02 no table")
    shutil.rmtree(towns.root / "drop" / "south")
    (towns.packs / "west" / "city.yaml").write_text("")
    said = All(towns, Said(0, "", ""))("backfill", "--all-cities", "--from-dir", str(towns.root / "drop"), "--json")
    return All(towns, said)


def test_one_city_that_fails_costs_no_other(ran: All):
    found = {city["city"]: city for city in ran.facts["cities"]}
    states = {city: one["state"] for city, one in found.items()}
    assert states == {"east": "well", "north": "not all well", "south": "no files", "west": "refused"}
    codes = {city: one["exit_code"] for city, one in found.items()}
    assert codes == {"east": 0, "north": 3, "south": None, "west": 2}
    assert (ran.said.code, ran.facts["exit_code"], ran.facts["format"]) == (3, 3, 1)
    assert found["north"]["why"] == "1 delivery failed"
    assert "pack west" in found["west"]["why"]
    assert "and none for south" in ran.said.err
    assert "east: building 2026-03-02: air" in ran.said.err


def test_a_backfill_without_days_is_about_all_that_was_delivered(ran: All):
    east = next(city["night"] for city in ran.facts["cities"] if city["city"] == "east")
    assert (east["from"], east["to"]) == ("2026-03-02", "2026-03-02")
    assert ran.towns.rows("SELECT count(*) FROM core.east_air UNION ALL SELECT count(*) FROM core.north_air") == [
        (2,),
        (2,),
    ]
    assert ran.facts["version"] == max(
        city["night"]["version"] for city in ran.facts["cities"] if city["night"] is not None
    )


def test_status_has_a_line_for_each_city_and_one_over_all(ran: All):
    said = ran("status", "--cities", "--json")
    assert said.code == 3  # the pack of west cannot be read
    found = json.loads(said.out)
    assert found["format"] == 1
    assert found["over_all"] == "1 of 3 cities are well; not all well: north; never run: south; not read: west"
    lines = {line["city"]: line for line in found["cities"]}
    states = {"east": "well", "north": "not all well", "south": "never run", "west": "not read"}
    assert {city: line["state"] for city, line in lines.items()} == states
    east, north = lines["east"], lines["north"]
    assert (east["passed"], east["held"], east["failed"], north["failed"]) == (7, 0, 0, 1)
    assert (east["oldest_day"], east["newest_day"], east["source"]) == ("2026-03-02", "2026-03-02", "files")
    when = "SELECT max(published_at) FROM metric.value WHERE city = 'east'"
    assert datetime.fromisoformat(east["published_at"]) == ran.towns.rows(when)[0][0].replace(tzinfo=UTC)
    assert datetime.fromisoformat(east["fetched_at"]) < datetime.fromisoformat(east["published_at"])
    told = ran("status")
    assert told.out.index("1 of 3 cities are well") < told.out.index("Feeds and tables")
    alone = ran("status", "--city", "east", "--cities")
    assert (alone.code, alone.out.splitlines()[-1]) == (0, "1 of 1 city is well")
    assert ran("status", "--cities", "--csv").out.splitlines()[0].startswith("city,title,state,fetched_at,passed")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nightly", "--all-cities", "--city", "east"), "exclude each other"),
        (("nightly", "--city", "east", "--city", "north"), "--city is given twice (east, north)"),
        (("nightly",), "which city?"),
        (("backfill", "--all-cities", "--from", "2026-03-02"), "or neither"),
        (("nightly", "--all-cities", "--inject", "timeout"), "--inject is for one city"),
        (("backfill", "--all-cities", "--source", "files"), "--from-dir"),
        (("nightly", "--all-cities", "--from-dir", "/zzz"), "is not a folder"),
        (("backfill", "--city", "south", "--source", "simulated"), "nothing was ever delivered of south"),
    ],
)
def test_what_cannot_be_meant_is_refused(ran: All, words: tuple[str, ...], said: str):
    told = ran(*words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err


def test_a_drop_folder_of_no_city_is_refused(ran: All, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    told = ran("nightly", "--all-cities", "--from-dir", str(tmp_path), "--home", str(tmp_path / "home"))
    assert (told.code, told.out) == (2, "")
    assert "has no folder for any of east, north, south, west" in told.err


def test_a_publication_that_waits_for_its_turn_has_what_came_meanwhile(tmp_path: Path):
    """Of two nights that end at once the second must not take out what the first brought."""
    towns = Towns(tmp_path)
    for number, name in enumerate(("east", "north"), 1):
        towns.add(name, number=number)
    packs = towns.load()
    east, north = packs.cities
    towns.build(east)
    with ThreadPoolExecutor(1) as beside:
        with turn(towns.home):
            publication = beside.submit(towns.publish, packs)
            towns.build(north)
        publication.result()
    assert towns.relations("core") == ["core.east_air", "core.north_air"]


@pytest.mark.weekly
def test_a_night_of_all_ends_with_a_line_for_each(ran: All):
    """A city that had something in this home and whose folder is gone is not left out in silence."""
    shutil.rmtree(ran.towns.root / "drop" / "north")
    told = ran("nightly", "--all-cities", "--from-dir", str(ran.towns.root / "drop"))
    lines = told.out.splitlines()
    assert told.code == 3
    assert lines[-1] == "1 of 3 cities are well; refused: north, west; no files: south"
    assert any("East" in line for line in lines), "the report of each city"
