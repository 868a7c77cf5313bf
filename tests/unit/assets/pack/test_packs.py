"""Packs stand alone: what is wrong in one, or that there is one, changes nothing in another."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assets.pack import packs as packs_module
from assets.pack.packs import load_pack, load_packs
from quality.contract.mistakes import ContractError
from tests.worlds.towns import AIR, FEEDS, Towns

BROKEN: dict[str, Callable[[Path], Any]] = {
    "no city.yaml": lambda pack: (pack / "city.yaml").unlink(),
    "empty folder": lambda pack: (shutil.rmtree(pack), pack.mkdir()),
    "a folder that is no pack": lambda pack: (shutil.rmtree(pack), pack.mkdir(), (pack / "notes.txt").write_text("x")),
    "city.yaml is no YAML": lambda pack: (pack / "city.yaml").write_text("{["),
    "city.yaml is a folder": lambda pack: ((pack / "city.yaml").unlink(), (pack / "city.yaml").mkdir()),
    "city.yaml is empty": lambda pack: (pack / "city.yaml").write_text(""),
    "city.yaml is bytes": lambda pack: (pack / "city.yaml").write_bytes(b"\xff\xfe\x00"),
    "another name": lambda pack: said(pack / "city.yaml", "name: west", "name: wset"),
    "the name of another city": lambda pack: said(pack / "city.yaml", "name: west", "name: east"),
    "no such zone": lambda pack: said(pack / "city.yaml", "Asia/Tokyo", "Asia/Tokio"),
    "no such hour": lambda pack: said(pack / "city.yaml", "04:00", "25:00"),
    "no areas": lambda pack: (pack / "areas.csv").unlink(),
    "broken areas": lambda pack: (pack / "areas.csv").write_bytes(b'"\x00,\xff\n"1'),
    "no area of the city": lambda pack: said(pack / "areas.csv", "1,city", "2,city"),
    "metrics.yaml is a list": lambda pack: (pack / "metrics.yaml").write_text("- a\n"),
    "no such metric": lambda pack: (pack / "metrics.yaml").write_text("metrics: {pm25_maen: {}}\n"),
}
LEFT_OUT: dict[str, Callable[[Path], Any]] = {
    "no YAML": lambda feeds: (feeds / "air.yaml").write_text("{["),
    "empty": lambda feeds: (feeds / "air.yaml").write_text(""),
    "bytes": lambda feeds: (feeds / "air.yaml").write_bytes(b"\xff\xfe\x00"),
    "no such model": lambda feeds: said(feeds / "air.yaml", "air_quality", "air_qualty"),
    "no such unit": lambda feeds: said(feeds / "air.yaml", "ug/m3", "ug/hour"),
    "two files": lambda feeds: (feeds / "air.odcs.yaml").write_text("kind: DataContract\n"),
}

PUBLISHED = ("empty folder", "broken areas", "no such unit")  # the others differ only in what is read


def said(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, (path, old)
    path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    """What is published of east where there is no other town."""
    towns = Towns(tmp_path_factory.mktemp("alone"))
    towns.add("east", ("air", "sensors"), number=3)
    towns.night()
    return towns.content("east")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """East, and west beside it, after a night."""
    towns = Towns(tmp_path_factory.mktemp("both"))
    towns.add("east", ("air", "sensors"), number=3)
    towns.add("west", ("air", "sensors"), number=7)
    towns.night()
    return towns


@pytest.fixture
def towns(both: Towns, tmp_path: Path) -> Towns:
    """Both towns, for one test."""
    shutil.copytree(both.root, tmp_path / "towns", symlinks=True)
    return Towns(tmp_path / "towns")


def test_what_is_published_of_a_town_does_not_depend_on_others(alone: dict, both: Towns):
    assert list(alone) == [
        "core.east_air",
        "core.east_sensors",
        "mart.area",
        "mart.calendar",
        "mart.city",
        "mart.column",
        "mart.feed",
        "mart.network_day",
        "mart.place_day",
        "mart.place_health",
        "mart.residents",
        "mart.text",
        "model.air_quality",
        "model.reading_qc",
        "model.weather",
    ]
    assert both.content("east") == alone


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_pack_is_named_and_costs_only_itself(towns: Towns, alone: dict, how: str):
    before = towns.content("west") if how in PUBLISHED else {}
    BROKEN[how](towns.packs / "west")
    packs = towns.load()
    assert [city.name for city in packs.cities] == ["east"]
    (sentence,) = packs.mistakes
    assert "west" in sentence
    assert sentence.endswith("; the other cities go on")
    assert "\n" not in sentence
    if how not in PUBLISHED:
        return
    for _ in range(2):  # nor is the kept pack lost by it
        towns.publish(packs)
        assert towns.content("east") == alone
        assert towns.content("west") == before


@pytest.mark.parametrize("how", LEFT_OUT)
def test_a_broken_feed_is_named_and_costs_only_itself(towns: Towns, alone: dict, how: str):
    before = towns.content("west") if how in PUBLISHED else {}
    LEFT_OUT[how](towns.packs / "west" / "feeds")
    packs = towns.load()
    east, west = packs.cities
    assert (set(east.contracts), set(west.contracts)) == ({"air", "sensors"}, {"sensors"})
    (sentence,) = packs.mistakes
    assert sentence.startswith("west: the feed air is left out, and what is made from it is not made: ")
    assert str(towns.packs / "west" / "feeds" / "air") in sentence
    if how not in PUBLISHED:
        return
    for _ in range(2):
        towns.build(west)
        towns.publish(packs)
        assert towns.content("east") == alone
        assert towns.content("west") == before
    (towns.packs / "west" / "feeds" / "air.odcs.yaml").unlink(missing_ok=True)
    (towns.packs / "west" / "feeds" / "air.yaml").write_text(AIR)
    assert towns.night().mistakes == []
    assert towns.content("west") == before


def test_a_feed_that_was_never_good_is_not_published(tmp_path: Path):
    towns = Towns(tmp_path)
    towns.add("west", ("air", "sensors"), texts=FEEDS | {"air": "title: Air\n"})
    assert len(towns.night().mistakes) == 1
    assert towns.relations("core") == ["core.west_sensors"]
    assert not (towns.home.packs / "west" / "feeds" / "air.yaml").exists()


def test_a_pack_that_is_removed_leaves_the_file_and_the_others(towns: Towns, alone: dict):
    shutil.rmtree(towns.packs / "west")
    towns.publish()
    assert towns.content("west") == {}
    assert towns.content("east") == alone


def test_a_pack_that_is_added_changes_nothing_of_the_others(towns: Towns, alone: dict):
    towns.add("south")
    towns.add("nobody", ())  # without feeds
    assert towns.night().mistakes == []
    assert towns.content("east") == alone
    assert towns.content("nobody") == {}  # nothing was ever asked for
    assert "core.south_air" in towns.content("south")


def test_two_names_that_are_one_table_are_refused(tmp_path: Path):
    """seoul + air_daily, and seoul_air + daily."""
    towns = Towns(tmp_path)
    towns.add("east", ("sensors",))
    towns.add("east_sea", ("air",))
    pack = towns.packs / "east"
    shutil.copy(pack / "feeds" / "sensors.yaml", pack / "feeds" / "sea_air.yaml")
    packs = towns.load()
    assert [city.name for city in packs.cities] == ["east"]
    assert "core.east_sea_air would be a table of east, too" in packs.mistakes[0]
    assert load_packs(towns.folders, {"east_sea"}).mistakes == packs.mistakes  # also where it is asked for alone
    (pack / "city.yaml").unlink()  # a pack that cannot be read has no tables
    assert load_packs(towns.folders, {"east_sea"}).broken == {}


def test_a_city_alone_has_its_pack_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With fourteen packs a command for one of them is no slower."""
    towns = Towns(tmp_path)
    for name in ("east", "north", "west"):
        towns.add(name)
    read: list[str] = []
    monkeypatch.setattr(packs_module, "load_pack", lambda folder: (read.append(folder.name), load_pack(folder))[1])
    assert [city.name for city in load_packs(towns.folders, {"north", "nobody"}).cities] == ["north"]
    assert read == ["north"]


def test_one_more_pack_changes_no_published_value_of_the_others(tmp_path: Path):
    """Not even the runs, times and batches that stand beside them; and nothing is made again for it."""
    towns, query = Towns(tmp_path), "FROM metric.value WHERE city IN ('east', 'north', 'west') ORDER BY ALL"
    for number, name in enumerate(("east", "north", "west"), 1):
        towns.add(name, number=number, metrics=("pm25_mean", "pm25_hourly"))
    towns.night()
    before, judged = towns.answers(query, "SELECT count(*) FROM ledger.verdict")
    assert len({row[0] for row in before}) == 3
    towns.add("south", number=9, metrics=("pm25_mean", "pm10_mean"))
    towns.night()
    assert towns.rows(query) == before
    of_south = towns.rows("SELECT count(*) FROM ledger.verdict WHERE city = 'south'")
    assert of_south != [(0,)]
    assert towns.rows("SELECT count(*) FROM ledger.verdict WHERE city IN ('east', 'north', 'west')") == [
        (count,) for (count,) in judged
    ]


@pytest.mark.parametrize("name", ["ledger", "madang", "a__b", "a_", "A", "1a"])
def test_names_that_cannot_be_a_table_are_refused(tmp_path: Path, name: str):
    pack = Towns(tmp_path).add(name)
    with pytest.raises(ContractError, match=r"city\.yaml"):
        load_pack(pack)


@pytest.mark.parametrize("name", ["air-hourly", "Air", "공기", "transit_line_day"])
def test_a_feed_whose_name_cannot_be_a_table_is_left_out(tmp_path: Path, name: str):
    pack = Towns(tmp_path).add("east")
    (pack / "feeds" / "air.yaml").rename(pack / "feeds" / f"{name}.yaml")
    assert list(load_pack(pack).left_out) == [name]
