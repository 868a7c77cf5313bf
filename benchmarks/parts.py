"""Parts of a night by themselves: one feed on its way into the lake, and what starts before anything is done.

    python -m benchmarks.parts feed --packs packs --drop drop --day 2026-06-01 --home home

CPU seconds are those of the work alone, in a process of its own; imports are not among them but in `start`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure, served
from benchmarks.measure import Cost
from benchmarks.yard import CITY, FIRST, MADANG, Yard

FEED = "sdot_env"
FEED_SENSORS = 5_000  # 3.6 M rows
LIBRARIES = "import dagster, duckdb, polars"
DEFINITIONS = "from pipelines.definitions import defs; defs().get_repository_def().load_all_definitions()"


def feed(given: Yard) -> dict[str, Any]:
    """One feed from its files to the committed day, without Dagster, marts and publication, beside the floor."""
    sensors = min(given.sensors, FEED_SENSORS)
    drop, told = given.deliveries(sensors), given.truth(sensors)
    found: dict[str, list[dict[str, Any]]] = {"floor": [], "feed": []}

    def once(way: str) -> Cost:
        place = given.fresh(f"part-{way}")
        words = ["--packs", given.packs(sensors), "--drop", drop, "--day", str(FIRST), "--home", place]
        cost = measure.run([sys.executable, "-m", "benchmarks.parts", way, *words])
        found[way].append(json.loads(cost.out.strip().splitlines()[-1]))
        shutil.rmtree(place)
        return cost

    costs = measure.in_turn({way: partial(once, way) for way in found}, given.runs)
    work = {way: statistics.median(one["cpu_s"] for one in taken) for way, taken in found.items()}
    names = {"floor": "floor (polars)", "feed": f"Madang: read, deduplicated, through the gate, committed ({FEED})"}
    rows = [
        {"way": name, "CPU s of the work": work[way], "CPU / floor": work[way] / work["floor"]}
        | measure.median(costs[way]).figures()
        for way, name in names.items()
    ]
    kept = {one["rows"] for one in found["feed"]}
    unreadable = sum(told[name] for name in ("short", "time"))
    wanted = told["rows"] - unreadable - sum(told[name] for name in ("temperature", "serial", "resent"))
    wrong = {} if kept == {wanted} else {"rows kept": {"found": sorted(kept), "true": wanted}}
    figures = {"rows": told["rows"], "cpu_ratio": work["feed"] / work["floor"]}
    notes = [f"{told['rows']:,} rows in {told['files']} files"]
    return {"rows": rows, "figures": figures, "agrees": not wrong, "wrong": wrong, "notes": notes}


def start(given: Yard) -> dict[str, Any]:
    """Help, a query and the definitions of Seoul on a home of three years, each beside its libraries alone."""
    home = served.three_years(given)
    env = measure.environment(MADANG_HOME=str(home))
    asked = {
        "help": ("`madang --help`", ["-c", MADANG, "--help"], "import typer"),
        "sql": ('`madang sql "SELECT 1"`', ["-c", MADANG, "sql", "SELECT 1"], "import duckdb, typer"),
        "definitions": ("the definitions of Seoul", ["-c", DEFINITIONS], LIBRARIES),
    }
    ways = {name: partial(measure.run, [sys.executable, *words], env=env) for name, (_, words, _) in asked.items()}
    for name, (_, _, libraries) in asked.items():
        ways[f"nothing {name}"] = partial(measure.run, [sys.executable, "-c", libraries], env=env)
    middle = {name: measure.median(costs) for name, costs in measure.in_turn(ways, given.runs).items()}
    rows = [
        row
        for name, (title, _, libraries) in asked.items()
        for row in (
            {"start": title, **middle[name].figures()},
            {"start": f"nothing: `{libraries}`", **middle[f"nothing {name}"].figures()},
        )
    ]
    figures = {f"{name}_cpu_s": middle[name].cpu_s for name in asked}
    beside = {name: cost.figures() for name, cost in middle.items() if name not in asked}
    return {"rows": rows, "figures": figures, "agrees": True, "wrong": {}, "beside": beside}


# --- what the children do ---------------------------------------------------------------------------------------------


def _floor(drop: Path, day: date, out: Path) -> Callable[[], int]:
    import duckdb  # noqa: F401 - the floor imports both when it works
    import polars as pl  # noqa: F401

    from benchmarks import floor

    return lambda: floor.run(drop, day, out)["rows"]


def _feed(packs: Path, drop: Path, day: date, home: Path) -> Callable[[], int]:
    """The way of the feed, ready to go; it gives the rows that were kept."""
    from pipelines.process import configure

    configure()  # first, as it is for a night
    from assets.ingest import ingest
    from assets.ingest.fetch import fetch
    from assets.ingest.read import read_new
    from assets.pack.city import load_city
    from pipelines.resources import Platform
    from pipelines.settings import Settings
    from quality.gx_duckdb.evaluate import import_great_expectations
    from warehouse.format import open_home

    city = load_city(packs / CITY)
    platform = Platform.of(Settings(home_dir=home, drop_dir=drop, cities_dir=packs, source="files"))
    open_home(platform.home, create=True)
    run, contract = platform.run_context(city, "benchmark"), city.contracts[FEED]
    import_great_expectations()

    def work() -> int:
        read_new(run, contract, fetch(run, contract, [day]))
        return sum(outcome.rows_kept for outcome in ingest.ingest(run, contract, [day]).outcomes)

    return work


def main() -> None:
    given = argparse.ArgumentParser(description="What the scenario `feed` runs as children.")
    given.add_argument("what", choices=("feed", "floor"))
    for name in ("--packs", "--drop", "--home"):
        given.add_argument(name, type=Path, required=True)
    given.add_argument("--day", type=date.fromisoformat, required=True)
    wanted = given.parse_args()
    ready = partial(_feed, wanted.packs) if wanted.what == "feed" else _floor
    work = ready(wanted.drop, wanted.day, wanted.home)
    used = time.process_time()
    rows = work()
    print(json.dumps({"rows": rows, "cpu_s": time.process_time() - used}))


if __name__ == "__main__":
    main()
