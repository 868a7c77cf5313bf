"""A night over generated deliveries, from the command line: what is published is what the truth demands."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.pack.city import load_city
from benchmarks import agree, floor, hours_by_sensor, pack
from benchmarks.deliveries import generate
from benchmarks.truth import truth
from tests.worlds.command import Command
from tests.worlds.packs import seoul

DAY = date(2026, 7, 1)
SENSORS = 60


@dataclass(frozen=True)
class Made:
    packs: Path
    drop: Path
    home: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("bench")
    made = Made(root / "packs", root / "drop", root / "home")
    generate(made.drop, SENSORS, DAY)
    pack.write(made.packs / pack.NAME, made.drop, SENSORS)
    night = Command(made.home, made.packs)(
        "nightly",
        "--city",
        pack.NAME,
        "--day",
        str(DAY),
        "--source",
        "files",
        "--from-dir",
        made.drop,
    )
    assert night.code == 0, night.out + night.err
    return made


def test_what_is_published_agrees_with_the_truth(made: Made) -> None:
    assert agree.madang(truth(made.drop, DAY), made.home) == {}


def test_a_figure_that_differs_is_named(made: Made) -> None:
    told = truth(made.drop, DAY)
    told.humidity += 1
    told.sensor_pm25 *= 1.000001
    assert set(agree.madang(told, made.home)) == {"humidity voided", "cells in quarantine", "corrected PM2.5"}


def test_every_gate_is_wide_open_and_every_district_has_its_sensors(made: Made) -> None:
    with duckdb.connect(made.home / "published" / "madang.duckdb", read_only=True) as con:
        verdicts = con.execute("SELECT DISTINCT verdict FROM ledger.verdict").fetchall()
        districts = con.execute(
            "SELECT count(*), sum(n), min(n) FROM metric.value "
            "WHERE metric = 'sensor_coverage' AND area_level = 'district'"
        ).fetchone()
    assert verdicts == [("PASS",)]
    assert districts == (25, SENSORS, 2)


def test_the_city_check_accepts_the_pack(made: Made) -> None:
    checked = Command(made.home, made.packs)("city", "check", pack.NAME)
    assert checked.code == 0, checked.err


def test_rules_are_those_of_seoul(made: Made) -> None:
    bench = load_city(made.packs / pack.NAME)
    for name in pack.FEEDS:
        assert bench.contracts[name].rules == seoul().contracts[name].rules
        assert bench.contracts[name].schema == seoul().contracts[name].schema
    assert {metric.subject for metric in bench.metrics.values()} == {"street_sensors", "noise_level"}
    assert {c.name: c.connector.services for c in bench.contracts.values() if c.connector} == dict.fromkeys(
        pack.FEEDS, ()
    )


def test_without_the_volume_rule_all_others_stay(made: Made, tmp_path: Path) -> None:
    pack.write(tmp_path / pack.NAME, tmp_path / "drop", 3, volume_rule=False)
    with_rule, without = (load_city(packs / pack.NAME).contracts["sdot_env"].rules for packs in (made.packs, tmp_path))
    (other,) = (rule for rule in without if rule not in with_rule)
    assert [rule.code for rule in without] == [rule.code for rule in with_rule]
    assert (other.code, other.kwargs["min_value"], "max_value" in other.kwargs) == (pack.VOLUME_RULE, 0, False)


def test_the_hours_by_sensor_can_be_made_of_what_is_published(made: Made, tmp_path: Path) -> None:
    assert hours_by_sensor.run(made.home, DAY, tmp_path / "out") == {"hours": SENSORS * 24}
    told = truth(made.drop, DAY)
    assert agree.hours(told, tmp_path / "out") == {}
    told.sensor_temp += 0.001
    assert set(agree.hours(told, tmp_path / "out")) == {"temperature of hours"}


def test_the_floor_without_hours_has_the_rows_alone(made: Made, tmp_path: Path) -> None:
    told = truth(made.drop, DAY)
    found = floor.run(made.drop, DAY, tmp_path / "out", with_hours=False)
    assert found == {"rows": told.rows - told.unreadable}
    assert agree.floor(told, tmp_path / "out") == {}
    assert not list((tmp_path / "out").glob("*.duckdb"))


@pytest.mark.parametrize("engine", floor.ENGINES)
def test_the_floor_writes_every_row_it_can_read(made: Made, tmp_path: Path, engine: str) -> None:
    found = floor.run(made.drop, DAY, tmp_path / "out", engine)
    told = truth(made.drop, DAY)
    assert found["rows"] == told.rows - told.unreadable
    assert agree.floor(told, tmp_path / "out") == {}
    with duckdb.connect(tmp_path / "out" / "floor.duckdb", read_only=True) as con:
        hours = con.execute("SELECT count(*) FROM sensor_hour WHERE SERIAL_NO LIKE 'V02Q%'").fetchone()
    assert hours == (SENSORS * 24,)


def test_both_engines_make_the_same_of_it(made: Made, tmp_path: Path) -> None:
    with duckdb.connect() as con:
        for engine in floor.ENGINES:
            floor.run(made.drop, DAY, tmp_path / engine, engine)
            con.execute(f"ATTACH '{tmp_path / engine / 'floor.duckdb'}' AS {engine}_floor (READ_ONLY)")
        measures = ", ".join(f"round({name}, 9)" for name in floor.MEASURES)
        rows = f"SELECT SERIAL_NO, hour, {measures} FROM {{}}_floor.sensor_hour"
        different = con.execute(f"({rows.format('polars')}) EXCEPT ({rows.format('duckdb')})").fetchall()
        counts = [con.execute(f"SELECT count(*) FROM {e}_floor.sensor_hour").fetchone() for e in floor.ENGINES]
    assert different == []
    assert counts[0] == counts[1]


def test_the_floor_says_so_when_a_row_is_gone(made: Made, tmp_path: Path) -> None:
    floor.run(made.drop, DAY, tmp_path / "out")
    next((tmp_path / "out").glob("*.parquet")).unlink()
    assert set(agree.floor(truth(made.drop, DAY), tmp_path / "out")) == {"rows"}
    shutil.rmtree(tmp_path / "out")
