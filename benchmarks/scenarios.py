"""What is measured of a night: against the floor, by size, by history, and without data. Served files: served.py.

A scenario is a function of a Yard that gives a table and figures: {"rows": [...], "figures": {...}, "agrees": bool}.
`agrees` says that what was published is what the truth about the deliveries demands; a result that does not agree is
shown, but its figures count for no target.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import Cost
from benchmarks.yard import CITY, FIRST, Yard

Result = dict[str, Any]
ENGINES = ("polars", "duckdb")
HISTORY_NIGHTS = 400
HISTORY_SENSORS = 1_000  # of the nights that are compared; those between them are small


def night(given: Yard) -> Result:
    """The floor with both engines, and a night of Madang through Dagster, published: same files, in turn."""
    costs: dict[str, list[Cost]] = {}
    wrong: dict[str, Any] = {}
    for number in range(given.runs):
        home, drop = given.fresh("night"), given.fresh("night-drop")
        for day in map(given.day, range(given.days)):
            given.deliver(given.sensors, day, drop)
            ways = {f"floor ({engine})": partial(_floor, given, day, engine, wrong) for engine in ENGINES}
            ways["Madang"] = partial(_night, given, day, home, drop, wrong)
            for name, taken in measure.in_turn(ways, 1).items():
                costs.setdefault(name if given.days == 1 else f"{name}, {day}", []).extend(taken)
        if number + 1 < given.runs:
            shutil.rmtree(home)
    middle = {name: measure.median(taken) for name, taken in costs.items()}
    floors = {name: cost for name, cost in middle.items() if name.startswith("floor")}
    fastest = min(floors, key=lambda name: floors[name].wall_s)
    best = floors[fastest]
    rows = [
        {
            "way": name,
            **cost.figures(),
            "wall / floor": cost.wall_s / best.wall_s,
            "CPU / floor": cost.cpu_s / best.cpu_s,
        }
        for name, cost in middle.items()
    ]
    whole = middle[next(name for name in middle if name.startswith("Madang"))]
    delivered = given.truth(given.sensors)
    figures = {
        "rows": delivered["rows"],
        "files": delivered["files"],
        "bytes": delivered["bytes"],
        "floor": fastest,
        "wall_ratio": whole.wall_s / best.wall_s,
        "cpu_ratio": whole.cpu_s / best.cpu_s,
        "peak_mib": whole.peak_mib,
        "rows_per_s": delivered["rows"] / whole.wall_s,
    }
    notes = [f"{figures['rows']:,} rows in {figures['files']} files, {figures['bytes'] / 2**20:,.0f} MiB as delivered"]
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "notes": notes}


def size(given: Yard) -> Result:
    """A night of a tenth, three tenths and all of the sensors."""
    sizes = [max(1, given.sensors * part // 10) for part in ((3, 10) if given.small else (1, 3, 10))]
    wrong: dict[str, Any] = {}

    def once(sensors: int) -> Cost:
        home, drop = given.fresh("size"), given.fresh("size-drop")
        given.deliver(sensors, FIRST, drop)
        cost = yard.night(CITY, FIRST, home, packs=given.packs(sensors), drop=drop)
        _check(wrong, f"{sensors} sensors", "madang", given.deliveries(sensors), FIRST, "--home", home)
        shutil.rmtree(home)
        return cost

    middle = {
        n: measure.median(c) for n, c in measure.in_turn({s: partial(once, s) for s in sizes}, given.runs).items()
    }
    least, most = middle[sizes[0]], middle[sizes[-1]]
    truths = {sensors: given.truth(sensors)["rows"] for sensors in sizes}
    rows = [
        {
            "sensors": sensors,
            "data rows": truths[sensors],
            **cost.figures(),
            "wall / least": cost.wall_s / least.wall_s,
            "CPU / least": cost.cpu_s / least.cpu_s,
            "peak / least": cost.peak_mib / least.peak_mib,
        }
        for sensors, cost in middle.items()
    ]
    figures = {
        "rows": truths[sizes[-1]],
        "times_rows": truths[sizes[-1]] / truths[sizes[0]],
        "wall_ratio": most.wall_s / least.wall_s,
        "cpu_ratio": most.cpu_s / least.cpu_s,
        "peak_ratio": most.peak_mib / least.peak_mib,
    }
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong}


def history(given: Yard) -> Result:
    """The first night of a fresh home, and the same size of night after hundreds of small ones."""
    nights = 3 if given.small else HISTORY_NIGHTS
    sensors = min(given.sensors, HISTORY_SENSORS)
    filled, drop_filled = given.work / "data" / f"history-{nights}", given.work / "data" / f"history-{nights}-drop"
    packs = given.pack(sensors, drop_filled, volume_rule=False)
    if not (filled / "done").is_file():
        for folder in (filled, drop_filled / "gateway"):
            shutil.rmtree(folder, ignore_errors=True)
        first = FIRST - timedelta(days=nights)
        told = yard.module(
            "benchmarks.fill",
            "--packs",
            packs,
            "--home",
            filled,
            "--drop",
            drop_filled,
            "--first",
            first,
            "--nights",
            nights,
        )
        (filled / "done").write_text(told, encoding="utf-8")
    wrong: dict[str, Any] = {}

    def once(before: bool) -> Cost:
        home, drop = given.fresh("history"), given.fresh("history-drop")
        if before:
            shutil.copytree(filled, home)
            shutil.copytree(drop_filled, drop)
        given.deliver(sensors, FIRST, drop)
        cost = yard.night(CITY, FIRST, home, packs=packs, drop=drop)
        _check(wrong, f"history {before}", "madang", given.deliveries(sensors), FIRST, "--home", home)
        return cost

    names = {f"night {nights + 1}": True, "night 1": False}
    middle = {
        n: measure.median(c)
        for n, c in measure.in_turn({n: partial(once, b) for n, b in names.items()}, given.runs).items()
    }
    new = middle["night 1"]
    rows = [
        {
            "night": name,
            **cost.figures(),
            "wall / night 1": cost.wall_s / new.wall_s,
            "CPU / night 1": cost.cpu_s / new.cpu_s,
        }
        for name, cost in sorted(middle.items())
    ]
    old = middle[f"night {nights + 1}"]
    figures = {
        "nights": nights,
        "data rows": given.truth(sensors)["rows"],
        "wall_ratio": old.wall_s / new.wall_s,
        "cpu_ratio": old.cpu_s / new.cpu_s,
    }
    notes = [f"{figures['data rows']:,} rows of {sensors:,} sensors in the nights that are compared"]
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "notes": notes}


def idle(given: Yard) -> Result:
    """The same night once more, with nothing new: of the benchmark's city, and of Seoul from the simulated city."""
    home, drop = given.work / "homes" / "night", given.work / "homes" / "night-drop"
    packs = given.packs(given.sensors)
    last = given.day(given.days - 1)
    if not (home / "published").is_dir() or not drop.is_dir():
        home, drop = given.fresh("night"), given.fresh("night-drop")
        given.deliver(given.sensors, last, drop)
        yard.night(CITY, last, home, packs=packs, drop=drop)
    seoul = given.fresh("idle-seoul")
    yard.night("seoul", last, seoul)

    def beside() -> Cost:
        with yard.simulated_city(last) as address:
            return yard.night("seoul", last, seoul, MADANG_SIMULATOR=address)

    ways = {
        f"{given.sensors:,} sensors, from files": lambda: yard.night(CITY, last, home, packs=packs, drop=drop),
        "Seoul, 22 feeds; the simulated city that is asked counts too": lambda: yard.night("seoul", last, seoul),
        "Seoul, 22 feeds; the simulated city beside it": beside,
    }
    taken = measure.in_turn(ways, given.runs)
    middle = {name: measure.median(costs) for name, costs in taken.items()}
    news = {name: costs[-1].out[-500:] for name, costs in taken.items() if "nothing new" not in costs[-1].out}
    rows = [{"night without data": name, **cost.figures()} for name, cost in middle.items()]
    figures = {"cpu_s": max(cost.cpu_s for cost in middle.values())}
    return {"rows": rows, "figures": figures, "agrees": not news, "wrong": news}


# --- parts of a scenario ----------------------------------------------------------------------------------------------


def _floor(given: Yard, day: date, engine: str, wrong: dict[str, Any]) -> Cost:
    out, drop = given.fresh("floor"), given.deliveries(given.sensors, day)
    cost = measure.run(
        [sys.executable, "-m", "benchmarks.floor", "--drop", drop, "--day", str(day), "--out", out, "--engine", engine]
    )
    _check(wrong, f"floor {engine} {day}", "floor", drop, day, "--out", out)
    shutil.rmtree(out)
    return cost


def _night(given: Yard, day: date, home: Path, drop: Path, wrong: dict[str, Any]) -> Cost:
    cost = yard.night(CITY, day, home, packs=given.packs(given.sensors), drop=drop)
    _check(wrong, f"Madang {day}", "madang", given.deliveries(given.sensors, day), day, "--home", home)
    return cost


def _check(wrong: dict[str, Any], name: str, what: str, drop: Path, day: date, *where: object) -> None:
    found = json.loads(yard.module("benchmarks.agree", what, "--drop", drop, "--day", day, *where))
    if found:
        wrong[name] = found
