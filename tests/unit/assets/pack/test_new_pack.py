"""`madang city new`: the skeleton is a pack, and each new pack is one under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.check.check import check_pack
from assets.pack.city import load_city
from assets.pack.new_pack import SKELETON, create_pack


def test_the_skeleton_is_a_pack(tmp_path: Path):
    city = load_city(create_pack(tmp_path, "busan"))
    assert list(city.contracts) == ["bike_daily"]
    assert list(city.definitions) == ["bike_rentals_per_100k"]


@pytest.mark.parametrize(
    ("languages", "first", "written"),
    [((), ("en",), None), (("ko", "en"), ("ko", "en"), "en"), (("en", "ko"), ("en", "ko"), None)],
)
def test_a_new_pack_has_its_languages(
    tmp_path: Path, languages: tuple[str, ...], first: tuple[str, ...], written: str | None
):
    city = load_city(create_pack(tmp_path, "busan", languages))
    assert (city.config.languages, city.config.written_in) == (first, written)
    assert city.contracts["bike_daily"].title.shown == "Public bicycle rentals by day"
    assert check_pack(city.folder) == []


def test_a_language_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="'korean' is no language"):
        create_pack(tmp_path, "busan", ["korean"])
    assert list(tmp_path.iterdir()) == []


def test_the_feed_of_the_skeleton_is_short(tmp_path: Path):
    folder = create_pack(tmp_path, "busan")
    for feed in (folder / "feeds").iterdir():
        assert len(feed.read_text("utf-8").splitlines()) <= 20
        assert load_city(folder).contracts[feed.stem].models


def test_a_new_pack_has_the_name_of_its_city_everywhere(tmp_path: Path):
    folder = create_pack(tmp_path, "port_louis")
    city = load_city(folder)
    assert (city.name, city.config.shown, city.areas["name"].to_list()) == (
        "port_louis",
        "Port Louis",
        ["Port Louis"],
    )
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]
    assert not any("new_city" in text or "New City" in text for text in texts)
    assert len(texts) == sum(path.is_file() for path in SKELETON.rglob("*"))


@pytest.mark.parametrize("name", ["", "Seoul", "9lives", "a-b", "../x", "ledger", "madang"])
def test_a_name_that_cannot_be_used_is_refused(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match=r"cannot be a city's name|used by Madang"):
        create_pack(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_pack_that_is_there_is_not_touched(tmp_path: Path):
    create_pack(tmp_path, "harbour")
    with pytest.raises(FileExistsError, match="exists already"):
        create_pack(tmp_path, "harbour")
