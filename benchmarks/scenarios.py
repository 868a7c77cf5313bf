"""What is measured of a night of the benchmark's city: against the floor, by size, and by history.

A scenario is a function of a Yard that gives a table and figures: {"rows": [...], "figures": {...}, "agrees": bool}.
`agrees` says that what was published is what the truth about the deliveries demands; a result that does not agree is
shown, but its figures count for no target. `beside` has what stands beside the targets: costs by name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import Cost
from benchmarks.yard import CITY, FIRST, Yard

Result = dict[str, Any]
NOTHING, BARE, MADANG, HOURS = (
    "nothing: the imports of a night",
    "floor (polars) without the hours by sensor",
    "Madang",
    "Madang, and the hours by sensor",
)
ENGINES = ("polars", "duckdb")
HISTORY_NIGHTS, SMALL_NIGHTS = 400, 40
HISTORY_SENSORS = 1_000  # of the nights that are compared; those between them are small


def night(given: Yard) -> Result:
    """The floor with both engines, and a night of Madang through Dagster, published: same files, in turn."""
    costs: dict[date, list[dict[str, Cost]]] = {}
    wrong: dict[str, Any] = {}
    for number in range(given.runs):
        home, drop = given.fresh("night"), given.fresh("night-drop")
        for day in map(given.day, range(given.days)):
            turn = _turn(given, given.sensors, day, home, drop, ENGINES, wrong)
            costs.setdefault(day, []).append(turn)
        if number + 1 < given.runs:
            shutil.rmtree(home)
    rows = [
        row if given.days == 1 else row | {"way": f"{row['way']}, {day}"}
        for day, turns in costs.items()
        for row in _rows(turns)
    ]
    turns = costs[FIRST]
    fastest = _fastest(turns)
    delivered = given.truth(given.sensors)
    whole = _middle(turns, MADANG)
    figures = {
        "rows": delivered["rows"],
        "files": delivered["files"],
        "bytes": delivered["bytes"],
        "floor": fastest,
        "wall_ratio": _ratio(turns, MADANG, fastest, "wall_s"),
        "cpu_ratio": _ratio(turns, MADANG, fastest, "cpu_s"),
        "hours_wall_ratio": _ratio(turns, HOURS, fastest, "wall_s"),
        "hours_cpu_ratio": _ratio(turns, HOURS, fastest, "cpu_s"),
        "peak_mib": whole.peak_mib,
        "rows_per_s": delivered["rows"] / whole.wall_s,
    }
    notes = [f"{figures['rows']:,} rows in {figures['files']} files, {figures['bytes'] / 2**20:,.0f} MiB as delivered"]
    beside = {"nothing": _middle(turns, NOTHING).figures(), "floor": _middle(turns, fastest).figures()}
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "notes": notes, "beside": beside}


def size(given: Yard) -> Result:
    """A tenth, three tenths and all of the sensors: a night of Madang and the floor, in turn, at each size."""
    sizes = [max(1, given.sensors * part // 10) for part in ((3, 10) if given.small else (1, 3, 10))]
    wrong: dict[str, Any] = {}
    costs: dict[int, list[dict[str, Cost]]] = {sensors: [] for sensors in sizes}
    for _ in range(given.runs):
        for sensors, turns in costs.items():
            home, drop = given.fresh("size"), given.fresh("size-drop")
            turns.append(_turn(given, sensors, FIRST, home, drop, ENGINES[:1], wrong))
            shutil.rmtree(home)
    truths = {sensors: given.truth(sensors)["rows"] for sensors in sizes}
    middle = {sensors: _middle(turns, MADANG) for sensors, turns in costs.items()}
    least, most = middle[sizes[0]], middle[sizes[-1]]
    rows = [
        {"sensors": sensors, "data rows": truths[sensors]}
        | row
        | ({"peak / least": middle[sensors].peak_mib / least.peak_mib} if row["way"] == MADANG else {})
        for sensors, turns in costs.items()
        for row in _rows(turns)
    ]
    figures = {
        "rows": truths[sizes[-1]],
        "times_rows": truths[sizes[-1]] / truths[sizes[0]],
        "wall_ratio": most.wall_s / least.wall_s,
        "cpu_ratio": most.cpu_s / least.cpu_s,
        "peak_ratio": most.peak_mib / least.peak_mib,
    }
    beside = {
        "nothing": _middle(costs[sizes[-1]], NOTHING).figures(),
        "floor": _middle(costs[sizes[-1]], _floor_of(ENGINES[0])).figures(),
    }
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "beside": beside}


def history(given: Yard) -> Result:
    """The first night of a fresh home, and the same size of night after hundreds of small ones."""
    nights = 3 if given.small else given.share(HISTORY_NIGHTS, SMALL_NIGHTS)
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


# --- parts of a scenario ----------------------------------------------------------------------------------------------


def _turn(
    given: Yard, sensors: int, day: date, home: Path, drop: Path, engines: Sequence[str], wrong: dict[str, Any]
) -> dict[str, Cost]:
    """Each way once, on the same deliveries."""
    given.deliver(sensors, day, drop)
    ways = {NOTHING: yard.nothing, BARE: partial(_floor, given, sensors, day, ENGINES[0], wrong, with_hours=False)}
    ways |= {_floor_of(engine): partial(_floor, given, sensors, day, engine, wrong) for engine in engines}
    ways[MADANG] = partial(_night, given, sensors, day, home, drop, wrong)
    ways[HOURS] = partial(_hours, given, sensors, day, home, wrong)
    taken = {name: costs[0] for name, costs in measure.in_turn(ways, 1).items()}
    return taken | {HOURS: measure.together(taken[MADANG], taken[HOURS])}


def _rows(turns: Sequence[Mapping[str, Cost]]) -> list[dict[str, Any]]:
    fastest = _fastest(turns)
    return [
        {
            "way": name,
            **_middle(turns, name).figures(),
            "wall / floor": _ratio(turns, name, fastest, "wall_s"),
            "CPU / floor": _ratio(turns, name, fastest, "cpu_s"),
        }
        for name in turns[0]
    ]


def _floor_of(engine: str) -> str:
    return f"floor ({engine})"


def _fastest(turns: Sequence[Mapping[str, Cost]]) -> str:
    """Which of the floors counts: that of less time."""
    floors = [name for name in map(_floor_of, ENGINES) if name in turns[0]]
    return min(floors, key=lambda name: _middle(turns, name).wall_s)


def _middle(turns: Sequence[Mapping[str, Cost]], name: str) -> Cost:
    return measure.median([turn[name] for turn in turns])


def _ratio(turns: Sequence[Mapping[str, Cost]], name: str, other: str, figure: str) -> float:
    return measure.ratio([turn[name] for turn in turns], [turn[other] for turn in turns], figure)


def _floor(
    given: Yard, sensors: int, day: date, engine: str, wrong: dict[str, Any], *, with_hours: bool = True
) -> Cost:
    out, drop = given.fresh("floor"), given.deliveries(sensors, day)
    cost = yard.floor(drop, day, out, engine, with_hours=with_hours)
    _check(wrong, f"floor {engine} {sensors} {day}", "floor", drop, day, "--out", out)
    shutil.rmtree(out)
    return cost


def _night(given: Yard, sensors: int, day: date, home: Path, drop: Path, wrong: dict[str, Any]) -> Cost:
    cost = yard.night(CITY, day, home, packs=given.packs(sensors), drop=drop)
    _check(wrong, f"Madang {sensors} {day}", "madang", given.deliveries(sensors, day), day, "--home", home)
    return cost


def _hours(given: Yard, sensors: int, day: date, home: Path, wrong: dict[str, Any]) -> Cost:
    out = given.fresh("hours")
    cost = yard.hours(home, day, out)
    _check(wrong, f"hours {sensors} {day}", "hours", given.deliveries(sensors, day), day, "--out", out)
    shutil.rmtree(out)
    return cost


def _check(wrong: dict[str, Any], name: str, what: str, drop: Path, day: date, *where: object) -> None:
    found = json.loads(yard.module("benchmarks.agree", what, "--drop", drop, "--day", day, *where))
    if found:
        wrong[name] = found
