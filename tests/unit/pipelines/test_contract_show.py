"""`madang contract show`: one contract on the output, all in a folder, and one sentence for what cannot be."""

from pathlib import Path

import pytest
import yaml

from assets.pack.new_pack import NewCity, create_pack
from tests.worlds.command import Command


@pytest.fixture
def madang(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.mark.parametrize("name", ["air_daily", "core.seoul_air_daily", "seoul_air_daily"])
def test_a_feed_is_shown_under_each_of_its_names(madang: Command, name: str) -> None:
    said = madang("contract", "show", name, "--city", "seoul")
    document = yaml.safe_load(said.out)
    assert said.code == 0
    assert document["name"] == "air_daily"
    assert document["servers"][0]["database"] == str(madang.home / "published" / "madang.duckdb")
    assert document["schema"][0]["physicalName"] == "seoul_air_daily"


def test_a_private_feed_has_no_server_and_that_is_said(madang: Command) -> None:
    said = madang("contract", "show", "living_population", "--city", "seoul")
    assert said.code == 0
    assert "servers" not in yaml.safe_load(said.out)
    assert "living_population is private" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["air_dayly"], "there is no feed or table 'air_dayly'; write air_daily"),
        ([], "name one feed or table, or write all of them with --all --to DIR"),
        (["air_daily", "--all", "--to", "x"], "name one feed or table, or write all of them with --all --to DIR"),
        (["--all"], "--all and --to belong together: `madang contract show --all --to DIR`"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(madang: Command, words: list[str], sentence: str) -> None:
    said = madang("contract", "show", *words, "--city", "seoul")
    assert (said.code, said.err.strip()) == (2, f"madang: {sentence}")


def test_nothing_of_others_is_overwritten(tmp_path: Path) -> None:
    create_pack(tmp_path / "cities", NewCity("town", example=True))
    madang = Command(tmp_path / "home", tmp_path / "cities")
    into = madang("contract", "show", "--all", "--to", str(tmp_path / "cities" / "town" / "feeds"))
    assert (into.code, "lies in the pack town" in into.err) == (2, True)
    folder = tmp_path / "documents"
    for _ in range(2):  # its own are written again
        assert madang("contract", "show", "--all", "--to", str(folder)).code == 0
    before = {path: path.read_bytes() for path in folder.iterdir()}
    mine = min(before)
    mine.write_text("mine", encoding="utf-8")
    said = madang("contract", "show", "--all", "--to", str(folder))
    assert (said.code, "nothing is overwritten" in said.err) == (2, True)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before | {mine: b"mine"}
