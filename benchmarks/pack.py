"""The city of the benchmark: Seoul's pack with the feeds of the street sensors alone, and registers made up for them.

    write(Path("packs/bench"), Path("drop"), sensors=50_000)
    python -m benchmarks pack --folder packs/bench --sensors 50000 --drop drop
    MADANG_CITIES=packs madang nightly --city bench --day 2026-07-01 --source files --from-dir drop --home home

Feeds, areas, targets and rules are Seoul's own, read when the pack is written; nothing of them is repeated here.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from assets.derive.parts import feeds_of_metrics
from assets.metrics.entries import platform_metrics
from assets.pack.city import load_city
from benchmarks.deliveries import serial
from quality.contract.yaml_file import read_yaml
from simulator.world.places import cells, outlines, points_inside
from simulator.world.world import World

ROOT = Path(__file__).resolve().parent.parent
SEOUL = ROOT / "cities" / "seoul"
NAME = "bench"
FEEDS = ("sdot_env", "sdot_ref", "boundaries")
SUBJECTS = {"street_sensors", "noise_level"}  # of metrics that are made of them
GATEWAY = "gateway/*/*.csv.gz"
VOLUME_RULE = "SDOT-rows-as-usual"
ANY_NUMBER = {"least": 0, "most": None, "reason": "a large day follows small ones"}


def write(folder: Path, drop: Path, sensors: int, *, volume_rule: bool = True) -> None:
    """Write the pack into `folder` (its name is the city's) and the deliveries of its two registers into `drop`.

    Without `volume_rule` a day may have any number of rows, whatever the days before it had: a large day after four
    hundred small ones would otherwise be held back.
    """
    _city(folder)
    for name in FEEDS:
        _dump(folder / "feeds" / f"{name}.yaml", _feed(name, volume_rule=volume_rule))
    _registers(folder, drop, sensors)


def _city(folder: Path) -> None:
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    facts = read_yaml(SEOUL / "city.yaml") | {"name": folder.name, "title": "Benchmark"}
    _dump(folder / "city.yaml", facts)
    shutil.copyfile(SEOUL / "areas.csv", folder / "areas.csv")
    chosen = read_yaml(SEOUL / "metrics.yaml")
    groups = feeds_of_metrics(load_city(SEOUL))  # of each one is enough: a metric that others may feed is left out
    yields = {
        name
        for name, metric in platform_metrics().items()
        if metric.subject in SUBJECTS and groups.get(name) and all(set(group) <= set(FEEDS) for group in groups[name])
    }
    chosen["metrics"] = {name: choice for name, choice in chosen["metrics"].items() if name in yields}
    _dump(folder / "metrics.yaml", chosen)


def _feed(name: str, *, volume_rule: bool) -> dict[str, Any]:
    """Seoul's feed without its services."""
    feed = read_yaml(SEOUL / "feeds" / f"{name}.yaml")
    del feed["services"]
    if name == "sdot_env":
        feed["files"] |= {"paths": [GATEWAY], "layout": {"encodings": ["utf-8"]}}
        if not volume_rule:
            feed["rows_as_usual"] = ANY_NUMBER
    return feed


def _registers(folder: Path, drop: Path, sensors: int) -> None:
    """Sensors go round the districts, so that a few of them are in all; each stands inside its outline."""
    world = World(load_city(folder))
    shapes = cells(world)
    chance = np.random.default_rng(sensors)
    places = np.stack([points_inside(chance, shape, -(-sensors // len(shapes))) for shape in shapes], axis=1)
    points = np.round(places.reshape(-1, 2)[:sensors], 6)
    register = pl.DataFrame({"시리얼": [serial(n) for n in range(sensors)], "위도": points[:, 1], "경도": points[:, 0]})
    path = drop / "sdot_ref" / "sensor_longitude_latitude.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    register.write_csv(path)
    features = [
        {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": json.loads(geometry)}
        for code, name, geometry in outlines(world).iter_rows()
    ]
    path = drop / "boundaries" / "bench_municipalities_geo_simple.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")


def _dump(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
