"""`madang feed new`: what it writes, what it asks, and how it ends."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from assets.pack.new_pack import NewCity, create_pack
from assets.propose.new_file import write_new
from assets.trial.town import bare_city, feed_contract
from pipelines.cli.commands import run
from quality.contract.yaml_file import read_yaml
from tests.worlds.command import Command, Said

AIR = "station,time,pm2.5 (ug/m3),pm10 (ug/m3)\n" + "".join(
    f"{place},1999-03-01 {hour:02}:00,{10 + hour},{20 + hour}\n" for hour in range(24) for place in "NS"
)
PLACES = "station,name,lat,lon\nN,North,21.03,105.85\nS,South,21.01,105.84\nE,East,21.02,105.86\n"


@pytest.fixture
def cities(tmp_path: Path) -> Path:
    create_pack(tmp_path / "cities", NewCity("town"))
    return tmp_path / "cities"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "a drop"
    folder.mkdir()
    (folder / "air_199903.csv").write_text(AIR, encoding="utf-8")
    return folder


def _new(cities: Path, *arguments: object) -> Said:
    return Command(cities.parent / "home", cities)("feed", "new", *map(str, arguments))


def test_a_feed_is_written_and_tried(cities: Path, drop: Path) -> None:
    said = _new(cities, drop / "air_199903.csv", "--city", "town", "--yes")
    assert said.code == 0, said.err
    file = cities / "town" / "feeds" / "air.yaml"
    found = read_yaml(file)
    assert found["implements"] in ("air_quality", ["air_quality"])
    assert found["files"]["paths"] == ["air_*.csv"]
    assert "\nnetwork: reference # ? " in file.read_text("utf-8")
    assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=../../.schemas/feed.json\n")
    assert (cities / ".schemas" / "feed.json").is_file()
    assert "first_day is 1999-03-01 now" in said.out
    assert "first_day: 1999-03-01 #" in (cities / "town" / "city.yaml").read_text("utf-8")
    assert said.out.splitlines()[-1] == f"next: madang feed try air '{drop}/air_199903.csv' --city town"
    assert feed_contract(file, bare_city(cities / "town")).column("pm25")

    before = file.read_bytes()
    again = _new(cities, drop / "air_199903.csv", "--city", "town", "--yes", "--name", "air")
    assert (again.code, file.read_bytes()) == (2, before)
    assert "nothing is overwritten" in again.err
    assert _new(cities, drop / "air_199903.csv", "--city", "town", "--yes").code == 0
    assert (cities / "town" / "feeds" / "air_2.yaml").is_file()


def test_without_a_city_it_is_printed(cities: Path, drop: Path, tmp_path: Path) -> None:
    said = _new(cities, drop)
    (tmp_path / "air.yaml").write_text(said.out, encoding="utf-8")
    assert said.code == 0
    assert read_yaml(tmp_path / "air.yaml")["files"]["paths"] == ["air_*.csv"]
    assert "next: madang feed try" in said.err.splitlines()[-1]


def test_a_folder_of_two_tables_is_two_feeds(cities: Path, drop: Path) -> None:
    (drop / "stations.csv").write_text(PLACES, encoding="utf-8")
    said = _new(cities, drop, "--city", "town", "--yes")
    assert said.code == 0, said.err
    assert {"air.yaml", "stations.yaml"} <= {path.name for path in (cities / "town" / "feeds").iterdir()}


def _at_a_terminal(monkeypatch: pytest.MonkeyPatch, answers: str) -> None:
    stdin = io.StringIO(answers)
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)


def test_it_asks_on_a_terminal(cities: Path, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _at_a_terminal(monkeypatch, "low_cost\n7000\n2\nGröße\nclean_air\n")
    said = _new(cities, drop, "--city", "town")
    assert said.code == 0, said.err
    found = read_yaml(cities / "town" / "feeds" / "clean_air.yaml")
    assert (found["network"], found["interval"]) == ("low_cost", "hour_ending")


def test_the_end_of_the_input_writes_nothing(cities: Path, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(path for path in cities.rglob("*"))
    _at_a_terminal(monkeypatch, "")
    assert _new(cities, drop, "--city", "town").code == 130
    assert sorted(path for path in cities.rglob("*")) == before


WRONG = {
    "no such city": (("air.csv", "--city", "atlantis"), AIR, 2),
    "no such file": (("other.csv",), AIR, 2),
    "no name": (("air.csv", "--name", "Größe 1"), AIR, 2),
    "no such model": (("air.csv", "--model", "air_qualty"), AIR, 2),
    "empty": (("air.csv",), "", 1),
    "an error page": (("air.csv",), "<!DOCTYPE html><html><title>Login</title></html>", 1),
    "names alone": (("air.csv",), "station,time,pm10\n", 1),
    "a letter": (("air.csv",), "Dear Sir,\nthe data follow\n", 1),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(wrong: str, cities: Path, tmp_path: Path) -> None:
    (name, *options), content, code = WRONG[wrong]
    (tmp_path / "air.csv").write_text(content, encoding="utf-8")
    said = _new(cities, tmp_path / name, *options)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("madang: ")
    assert len(said.err.splitlines()) == 1


def test_what_is_no_plain_file_is_not_waited_for(cities: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for file in (tmp_path / "pipe.csv", Path("/dev/zero")):
        said = _new(cities, file, "--city", "town", "--yes")
        assert (said.code, "it is neither a file nor a folder" in said.err) == (1, True)


def test_more_columns_than_anybody_describes_are_one_sentence(cities: Path, tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(2_001)]
    (tmp_path / "wide.csv").write_text(",".join(names) + f"\n{'1,' * 2_000}1" * 3 + "\n", encoding="utf-8")
    (tmp_path / "wide.json").write_text(json.dumps([dict.fromkeys(names, 1)] * 2), encoding="utf-8")
    for name in ("wide.csv", "wide.json"):
        said = _new(cities, tmp_path / name)
        assert (said.code, "more than the 2,000 that are looked at" in said.err) == (1, True)


@pytest.mark.parametrize("name", ["~.csv", "a\\b.csv", "C:air.csv", "a\nb.csv"])
def test_a_name_that_no_pattern_may_have_is_matched(cities: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / name).write_text(AIR, encoding="utf-8")
    said = _new(cities, tmp_path / "odd" / name, "--city", "town", "--name", "odd")
    assert said.code == 0, said.err
    assert len(feed_contract(cities / "town" / "feeds" / "odd.yaml", bare_city(cities / "town")).columns) > 3


def test_a_name_may_have_80_signs(cities: Path, drop: Path) -> None:
    said = _new(cities, drop, "--city", "town", "--name", "x" * 300)
    assert (said.code, "a feed's name may have 80" in said.err) == (2, True)


def test_disks_without_hard_links_take_a_feed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    write_new(tmp_path / "a.yaml", "first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a.yaml", "second")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first"]


def test_what_is_saved_is_utf_8_and_nobody_need_be_at_the_keyboard(
    cities: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "air.csv").write_text(AIR.replace("station", "측정소"), encoding="utf-8")
    saved = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it where it was closed
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(saved, "ascii", "backslashreplace"))
    monkeypatch.setenv("MADANG_CITIES", str(cities))
    assert run(["feed", "new", str(tmp_path / "air.csv")]) == 0
    sys.stdout.flush()
    assert "place: 측정소" in saved.getvalue().decode("utf-8")
