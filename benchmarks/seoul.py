"""What is measured of Seoul itself: its first night, a night without data, and nine months of its real files.

    python -m benchmarks.seoul --home home

The command is a child of the scenarios below; it prints what the published file counts, as JSON. The simulated city
that is asked is a process of its own, whose CPU seconds are not counted.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import ROOT, Cost
from benchmarks.yard import CITY, FIRST, Yard

NAME = "seoul"
REAL_MONTHS = (date(2020, 3, 1), date(2020, 11, 30))
PARTS = ("rows_kept", "rows_quarantined", "rows_replaced", "rows_repeated", "rows_contradicted")  # of the rows read
NEWS, AGAIN = "first time", "again, nothing new"
NOTHING, NO_GATE = "nothing: the imports of a night", "nothing: the imports of a night without the gate's"
Result = dict[str, Any]


def first(given: Yard) -> Result:
    """The first night of Seoul in a fresh home; the simulated city is beside it and does not count."""
    wrong: dict[str, Any] = {}

    def once() -> Cost:
        home = given.fresh("seoul")
        cost = _night(given, home)
        told = _counted(home)
        if told["feeds"] != len(_feeds()) or not _adds_up(told):
            wrong["first night"] = told | {"feeds of the pack": len(_feeds())}
        return cost

    middle = _medians({NOTHING: yard.nothing, f"Seoul, {len(_feeds())} feeds": once}, given.runs)
    *_, whole = middle.values()
    rows = [{"first night": name, **cost.figures()} for name, cost in middle.items()]
    return _result(rows, {"cpu_s": whole.cpu_s}, wrong, nothing=middle[NOTHING])


def idle(given: Yard) -> Result:
    """The same night once more, with nothing new: of the benchmark's city, and of Seoul as its first night."""
    home, drop = given.work / "homes" / "night", given.work / "homes" / "night-drop"
    packs, last = given.packs(given.sensors), given.day(given.days - 1)
    if not (home / "published").is_dir() or not drop.is_dir():
        home, drop = given.fresh("night"), given.fresh("night-drop")
        given.deliver(given.sensors, last, drop)
        yard.night(CITY, last, home, packs=packs, drop=drop)
    seoul = given.work / "homes" / "seoul"
    if not (seoul / "published").is_dir():
        _night(given, given.fresh("seoul"))
    own, other = f"Seoul, {len(_feeds())} feeds", f"{given.sensors:,} sensors, from files"
    ways = {
        NO_GATE: _without_gate,
        other: lambda: yard.night(CITY, last, home, packs=packs, drop=drop),
        own: lambda: _night(given, seoul),
    }
    taken = measure.in_turn(ways, given.runs)
    middle = {name: measure.median(costs) for name, costs in taken.items()}
    wrong = {name: cost.out[-500:] for name in (own, other) for cost in taken[name] if "nothing new" not in cost.out}
    rows = [{"night without data": name, **cost.figures()} for name, cost in middle.items()]
    return _result(rows, {"cpu_s": middle[own].cpu_s}, wrong, nothing=middle[NO_GATE])


def backfill(given: Yard) -> Result:
    """Nine months of Seoul's real files in one `madang backfill`, and the same once more, with nothing new."""
    if given.small:
        first_day, last_day, city, packs = FIRST, given.day(1), CITY, given.packs(given.sensors)
        drop = given.fresh("backfill-drop")
        for day in (first_day, last_day):
            given.deliver(given.sensors, day, drop)
    elif given.drop is None:
        return {"skipped": "no folder with Seoul's real files was given (--drop)"}
    else:
        (first_day, last_day), city, packs, drop = REAL_MONTHS, NAME, None, given.drop.resolve()
    asked = ("--city", city, "--from", str(first_day), "--to", str(last_day), "--source", "files")
    wrong: dict[str, Any] = {}
    told: dict[str, Any] = {}

    def fresh() -> Cost:
        home = given.fresh("backfill")
        cost = yard.madang("backfill", *asked, "--from-dir", str(drop), home=home, packs=packs)
        told.update(_counted(home))
        if not _adds_up(told):
            wrong[NEWS] = dict(told)
        return cost

    def once_more() -> Cost:
        home = given.work / "homes" / "backfill"
        cost = yard.madang("backfill", *asked, "--from-dir", str(drop), home=home, packs=packs)
        if "nothing new" not in cost.out or _counted(home) != told:
            wrong[AGAIN] = {"said": cost.out[-500:], "counted": _counted(home), "before": dict(told)}
        return cost

    ways = {NOTHING: yard.nothing, NO_GATE: _without_gate, NEWS: fresh, AGAIN: once_more}
    middle = _medians(ways, given.runs)
    rows = [
        {f"{first_day} to {last_day}": name, **(told if name == NEWS else {}), **cost.figures()}
        for name, cost in middle.items()
    ]
    days = (last_day - first_day).days + 1
    figures = {"days": days, "cpu_s": middle[NEWS].cpu_s, "again_cpu_s": middle[AGAIN].cpu_s}
    return _result(rows, figures, wrong, nothing=middle[NOTHING], nothing_again=middle[NO_GATE])


# --- parts of a scenario ----------------------------------------------------------------------------------------------


def _night(given: Yard, home: Path) -> Cost:
    last = given.day(given.days - 1)
    drop = given.fresh("seoul-files")
    with yard.simulated_city(ROOT / "cities" / NAME, last, drop) as address:
        return yard.night(NAME, last, home, MADANG_SIMULATOR=address, MADANG_SIMULATOR_DROP=str(drop))


def _feeds() -> list[Path]:
    return sorted((ROOT / "cities" / NAME / "feeds").glob("*.yaml"))


def _medians(ways: Mapping[str, Any], runs: int) -> dict[str, Cost]:
    return {name: measure.median(costs) for name, costs in measure.in_turn(ways, runs).items()}


def _without_gate() -> Cost:
    return yard.nothing(with_gate=False)


def _result(rows: list[dict[str, Any]], figures: dict[str, Any], wrong: dict[str, Any], **costs: Cost) -> Result:
    beside = {name: cost.figures() for name, cost in costs.items()}
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "beside": beside}


def _counted(home: Path) -> dict[str, Any]:
    """What a published file counts of the rows of its feeds. In a child, because DuckDB is heavy (measure.py)."""
    return json.loads(yard.module("benchmarks.seoul", "--home", home))


def _adds_up(told: Mapping[str, Any]) -> bool:
    return told["rows_read"] > 0 and told["rows_read"] == sum(told[name] for name in PARTS)


# --- what the child does ----------------------------------------------------------------------------------------------


def _rows(home: Path) -> dict[str, Any]:
    import duckdb

    names = ("rows_read", *PARTS)
    sums = ", ".join(f"sum({name})::BIGINT" for name in names)
    with duckdb.connect(home / "published" / "madang.duckdb", read_only=True) as con:
        row = con.execute(
            f"SELECT count(DISTINCT table_name), count(DISTINCT day), {sums} FROM ledger.batch WHERE layer = 'core'"
        ).fetchone()
    return dict(zip(("feeds", "days", *names), row or (), strict=True))


def main() -> None:
    given = argparse.ArgumentParser(description="What a published file counts of the rows of its feeds.")
    given.add_argument("--home", type=Path, required=True)
    print(json.dumps(_rows(given.parse_args().home)))


if __name__ == "__main__":
    main()
