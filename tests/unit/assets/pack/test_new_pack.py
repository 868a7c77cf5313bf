"""`madang city new`: the skeleton is a pack, and each new pack is one under its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.pack.city import load_city
from assets.pack.new_pack import SKELETON, create_pack


def test_the_skeleton_is_a_pack(tmp_path: Path):
    city = load_city(create_pack(tmp_path, "busan"))
    assert list(city.contracts) == ["bike_daily"]
    assert list(city.definitions) == ["bike_rentals_per_100k"]


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
