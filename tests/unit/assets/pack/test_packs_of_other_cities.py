"""Cities beside Seoul: short, without code, with a page of what they hide, and without a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.check.check import check_pack
from tests.support.paths import CITIES
from tests.worlds.packs import pack_at

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


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CITIES.glob("*/city.yaml")))
def test_a_city_is_described_in_a_few_lines(name: str) -> None:
    files = [path for path in (CITIES / name).rglob("*") if path.is_file() and "sample" not in path.parts]
    assert {path.suffix for path in files} <= {".yaml", ".csv", ".md"}
    if name != "seoul":
        assert sum(_lines(path) for path in files if path.suffix == ".yaml") <= 150


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_described_in_a_few_lines_and_a_city_says_what_it_hides(name: str) -> None:
    assert max(_lines(path) for path in (CITIES / name / "feeds").iterdir()) <= 25
    said = (CITIES / name / "README.md").read_text(encoding="utf-8")
    assert len(said.splitlines()) <= 60
    assert {"## What can be computed", "## What cannot, and why", "## Areas"} <= set(said.splitlines())


@pytest.mark.parametrize("name", FEEDS)
def test_the_check_finds_nothing(name: str) -> None:
    assert check_pack(CITIES / name) == []
    assert sorted(pack_at(CITIES / name).contracts) == FEEDS[name]
