"""Every feed of every pack is made from its contract and read again, from files or services as a night would."""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from assets.connectors.files import DeliveredFile, collect
from assets.ingest.cast import numbers
from assets.ingest.parse import parse
from assets.pack.city import City, load_city
from assets.readers.read import read_rows
from quality.contract.due import due, fixed_day
from quality.contract.model import Contract
from simulator.deliver.folder import write_drop_folder
from simulator.deliver.world_rows import world_rows
from simulator.world.world import World
from tests.support.paths import CITIES, PACKS_OF_TESTS
from tests.worlds.deliveries import files_in, pulled_by_contract
from tests.worlds.packs import pack_at

NOW = datetime.fromisoformat("2026-03-10T23:30")

OF_SEOUL = (
    "air_daily",
    "boundaries",
    "hotspots",
    "living_population",
    "search_trend",
    "traffic_speed",
    "weather_daily",
)
OF_HARBOUR = [path.name.split(".")[0] for path in sorted((PACKS_OF_TESTS / "harbour" / "feeds").glob("*.yaml"))]
SERVED = [("seoul", feed) for feed in OF_SEOUL] + [("harbour", feed) for feed in OF_HARBOUR]

USUAL = {"brunei", "hanoi", "ulaanbaatar"}  # a table with years beside its months, one file for two clocks
FROM_FILES = [
    pytest.param(path.parent.name, marks=[] if path.parent.name in USUAL else [pytest.mark.weekly])
    for path in sorted(CITIES.glob("*/city.yaml"))
    if path.parent.name != "seoul"
]


@cache
def city(name: str) -> City:
    return pack_at((PACKS_OF_TESTS if name == "harbour" else CITIES) / name)


@pytest.mark.parametrize("name", FROM_FILES)
def test_the_drop_folder_of_a_pack_is_read_without_a_trouble(name: str, tmp_path: Path) -> None:
    night = NOW.date()
    assert write_drop_folder(World(city(name)), night, night, tmp_path) == []
    for contract in city(name).contracts.values():
        if contract.connector is None or contract.connector.services:
            continue
        files = files_in(contract)
        found = list(collect(tmp_path / name / files.root, files.paths))
        assert found
        days = set()
        for one in found:
            assert isinstance(one, DeliveredFile)
            raw = read_rows(one.name, one.content, files.layout, numbers(contract))
            read = parse(contract, one.name, "0" * 64, raw, lambda raw=raw: raw)
            assert (read.cells.height, read.undated.height) == (0, 0), read.undated
            assert read.rows.select(contract.key).is_duplicated().sum() == 0
            days |= set(read.rows["day"])
        assert (contract.reference_since or fixed_day(contract) or due(contract, night)) in days


@pytest.mark.parametrize(("name", "feed"), SERVED)
def test_a_service_of_a_pack_can_be_made_from_its_contract(name: str, feed: str) -> None:
    contract = city(name).contracts[feed]
    read = pulled_by_contract(city(name), contract, NOW, most=3).read
    assert (read.cells.height, read.undated.height) == (0, 0), read.cells
    assert read.rows.height
    assert set(read.rows["day"]) == {_day(contract)}


def _day(contract: Contract) -> object:
    service = contract.connector.services[-1] if contract.connector is not None else None
    if contract.reference_since is not None:
        return contract.reference_since
    now = service is not None and service.snapshot and contract.every == "day"
    return NOW.date() if now else due(contract, NOW.date())


def test_places_are_those_that_the_conditions_of_a_pack_name(tmp_path: Path) -> None:
    shutil.copytree(CITIES / "taipei", tmp_path / "taipei")
    chosen = tmp_path / "taipei" / "metrics.yaml"
    where = """  pm25_mean: {where: "place IN ('11', '12', '13', '14', '15', '16', '64')", """
    chosen.write_text(chosen.read_text("utf-8").replace("  pm25_mean: {", where), "utf-8")
    taipei = load_city(tmp_path / "taipei")
    rows = world_rows(taipei.contracts["air_hourly"], World(taipei), NOW.date())
    assert {"11", "12", "13", "14", "15", "16", "64"} < set(rows["place"])


def test_two_feeds_of_one_file_with_different_clocks_both_have_their_whole_day(tmp_path: Path) -> None:
    ulaanbaatar, night = city("ulaanbaatar"), NOW.date()
    assert write_drop_folder(World(ulaanbaatar), night, night, tmp_path) == []
    for contract in ulaanbaatar.contracts.values():
        files = files_in(contract)
        (one,) = collect(tmp_path / "ulaanbaatar" / files.root, files.paths)
        assert isinstance(one, DeliveredFile)
        raw = read_rows(one.name, one.content, files.layout, numbers(contract))
        rows = parse(contract, one.name, "0" * 64, raw, lambda raw=raw: raw).rows.filter(day=night)
        assert set(rows.group_by("place").len()["len"]) == {24}
