"""Four cities that were written from the documents alone: short, without code, and without a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.check.check import check_pack
from assets.pack.city import load_city
from tests.support.paths import CITIES

FEEDS = {
    "beijing": ["air_embassy", "air_prsa"],
    "hanoi": ["air_embassy"],
    "taipei": ["air_history", "air_hourly", "weather_history", "youbike_sites", "youbike_slots"],
    "ulaanbaatar": ["air_embassy", "weather_noaa"],
}


def _lines(path: Path) -> int:
    """Lines that a person writes: not the one by which an editor finds the schema."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(not line.startswith("# yaml-language-server") for line in lines)


@pytest.mark.parametrize("name", FEEDS)
def test_a_city_is_described_in_a_few_lines(name: str) -> None:
    files = [path for path in (CITIES / name).rglob("*") if path.is_file()]
    lines = {path: _lines(path) for path in files}
    assert max(lines[path] for path in files if path.parent.name == "feeds") <= 25
    assert sum(lines.values()) <= 150
    assert {path.suffix for path in files} == {".yaml", ".csv"}


@pytest.mark.parametrize("name", FEEDS)
def test_the_check_finds_nothing(name: str) -> None:
    assert check_pack(CITIES / name) == []
    assert sorted(load_city(CITIES / name).contracts) == FEEDS[name]
