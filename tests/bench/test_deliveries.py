"""The deliveries of the benchmark are what the truth beside them says: read again here with the standard library."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from benchmarks.deliveries import HEADER, KINDS, MEASURES, generate, serial
from benchmarks.truth import truth

DAY = date(2026, 7, 1)
HOURS = (0, 12, 23)
SENSORS = 60


def lines(drop: Path) -> list[list[str]]:
    found = []
    for path in sorted(drop.glob(f"gateway/{DAY}/*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert tuple(rows[0]) == HEADER
        found += rows[1:]
    return found


def kinds(row: list[str]) -> list[str]:
    """What is wrong with one row, looked at by itself."""
    if len(row) < len(HEADER):
        return ["short"]
    value = dict(zip(HEADER, row, strict=True))
    found = {
        "serial": not re.fullmatch(r"V02Q\d{7}", value["SERIAL_NO"]),
        "time": not value["SENSING_TIME"].startswith(str(DAY)),
        "temperature": not -40 <= float(value["AVG_TEMP"]) <= 45,
        "noise": value["AVG_NOISE"] == "-999",
        "illuminance": value["AVG_INTE_ILLU"] == "N/A",
        "pm_missing": value["AVG_FPM"] == "",
        "humidity": float(value["AVG_HUMI"]) > 100,
    }
    return [kind for kind, there in found.items() if there]


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drop")
    generate(folder, SENSORS, DAY, only_hours=HOURS)
    return folder


def test_truth_counts_what_lies_there(drop: Path) -> None:
    told, rows = truth(drop, DAY), lines(drop)
    wrong = [kinds(row) for row in rows]
    assert max(map(len, wrong)) == 1, "no row has two faults"
    assert Counter(kind for found in wrong for kind in found) == Counter(
        {kind: getattr(told, kind) for kind in KINDS if kind != "resent"}
    )
    assert told.rows == len(rows) == SENSORS * 30 * len(HOURS) + told.resent
    assert told.bytes == sum(path.stat().st_size for path in drop.glob("gateway/*/*"))
    assert min(getattr(told, kind) for kind in KINDS) > 0


def test_half_a_percent_is_dirty_in_every_file(drop: Path) -> None:
    told = truth(drop, DAY)
    assert sum(getattr(told, kind) for kind in KINDS) == round(0.005 * SENSORS * 30 * len(HOURS))
    for path in drop.glob("gateway/*/*"):
        rows = gzip.decompress(path.read_bytes()).decode().splitlines()[1:]
        assert any(kinds(row.split(",")) for row in rows)


def test_every_reading_comes_once_but_for_what_is_sent_again(drop: Path) -> None:
    whole = [row for row in lines(drop) if not {"short", "time"} & set(kinds(row))]
    by_key: dict[tuple[str, str], list[list[str]]] = {}
    for row in whole:
        by_key.setdefault((row[0], row[1]), []).append(row)
    twice = [rows for rows in by_key.values() if len(rows) > 1]
    told = truth(drop, DAY)
    assert len(twice) == told.resent
    for first, again in twice:
        assert again[2] > first[2], "registered later, and later in the file"
        assert again[3:] != first[3:]
    assert {key[0] for key in by_key if key[0].startswith("V02Q")} == {serial(n) for n in range(SENSORS)}
    assert told.kept == len(by_key) - told.serial - told.temperature


def test_truth_knows_the_means_of_what_should_be_kept(drop: Path) -> None:
    pm25, temperature = HEADER.index("AVG_FPM"), HEADER.index("AVG_TEMP")
    kept: dict[tuple[str, str], list[str]] = {}
    for row in lines(drop):  # of a packet that was sent twice the later one is read last, and stays
        if not {"short", "time", "serial", "temperature"} & set(kinds(row)):
            kept[row[0], row[1]] = row

    def mean(column: int) -> float:
        by_sensor: dict[str, list[float]] = {}
        for row in kept.values():
            if row[column]:
                by_sensor.setdefault(row[0], []).append(float(row[column]))
        return sum(sum(values) / len(values) for values in by_sensor.values()) / len(by_sensor)

    told = truth(drop, DAY)
    assert told.sensor_pm25 == pytest.approx(mean(pm25), rel=1e-12)
    assert told.sensor_temp == pytest.approx(mean(temperature), rel=1e-12)


def test_clean_values_break_no_rule(drop: Path) -> None:
    ranges = {
        "AVG_WIND_DIRE": (1, 360),
        "AVG_WIND_SPEED": (0.1, 100),
        "AVG_INTE_ILLU": (0, 120_000),
        "AVG_ULTRA_RAYS": (0, 16),
        "AVG_NOISE": (35, 85),
        "AVG_HUMI": (1, 100),
    }
    for row in lines(drop):
        if kinds(row):
            continue
        value = dict(zip(HEADER, row, strict=True))
        numbers = {name: float(value[name]) for name in MEASURES}
        assert all(low <= numbers[name] <= high for name, (low, high) in ranges.items())
        assert numbers["AVG_PM10"] >= numbers["AVG_PM25"] >= 0
        assert numbers["AVG_PM"] >= numbers["AVG_FPM"] >= 0
        assert all(0 < numbers[name] <= 16 for name in MEASURES if "VIBR" in name)
        sensed = datetime.strptime(value["SENSING_TIME"], "%Y-%m-%d_%H:%M:%S")  # noqa: DTZ007 - local time
        registered = datetime.strptime(value["REG_DTTM"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        assert 0 < (registered - sensed).total_seconds() < 100


def test_same_seed_same_bytes_whatever_the_number_of_threads(tmp_path: Path) -> None:
    made = {
        name: generate(tmp_path / name, 5, DAY, seed=seed, only_hours=[3, 4], workers=workers)
        for name, seed, workers in (("a", 1, 1), ("b", 1, 2), ("c", 2, 2))
    }
    files = {name: [p.read_bytes() for p in sorted((tmp_path / name).glob("gateway/*/*"))] for name in made}
    assert files["a"] == files["b"]
    assert made["a"] == made["b"]
    assert files["a"] != files["c"]


def test_one_unreadable_row_in_a_small_file_would_close_the_gate_so_there_is_none(tmp_path: Path) -> None:
    told = generate(tmp_path, 20, DAY, readings_per_hour=2)
    assert told.files == 24
    assert told.unreadable == 0
    assert sum(getattr(told, kind) for kind in KINDS) > 0


def test_a_gateway_serves_five_thousand_sensors(tmp_path: Path) -> None:
    told = generate(tmp_path, 5_001, DAY, readings_per_hour=1, only_hours=[7])
    names = sorted(path.name for path in tmp_path.glob("gateway/*/*"))
    assert names == ["07-g00.csv.gz", "07-g01.csv.gz"]
    assert told.rows == 5_001 + told.resent
    assert json.loads((tmp_path / "truth" / f"{DAY}.json").read_text())["sensors"] == 5_001
