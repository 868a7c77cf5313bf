"""Against what one would take instead: the same deliveries and rules, each rival in an environment of its own.

    python -m benchmarks.rivals --rows 2000000 --rows 10000000 --runs 3 --work work

Here: environments, turns, and whether all agree. A rival's own work is in the module of its name, its packages in
`requirements/<name>.txt` (made from the `.in` beside it with the flags of `make lock`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import ROOT, Cost
from benchmarks.yard import CITY, FIRST, Yard

REQUIREMENTS = Path(__file__).with_name("requirements")
HOURS, READINGS = 24, 30
MADANG, WITH_HOURS, FLOOR = "Madang", "Madang, and the hours by sensor", "floor (polars)"


@dataclass(frozen=True)
class Rival:
    """`module` is also the name of its requirements; `lacks` is what Madang did in its time and the rival did not."""

    name: str
    module: str
    lacks: str


RIVALS = (
    Rival(
        "dlt + dbt",
        "dlt_dbt",
        "tests what is already visible; no quarantine with reasons, no ledger of rules, locks readers, no metrics",
    ),
    Rival(
        "Polars + pandera",
        "polars_pandera",
        "no ledger, no quarantine with reasons, no atomic publication, no memory of other nights, no metrics",
    ),
    Rival(
        "GX on pandas",
        "gx_pandas",
        "no ledger, no quarantine with reasons, no atomic publication, no memory of other nights, no metrics",
    ),
)


def scenario(work: Path, sizes: Sequence[int], runs: int) -> dict[str, Any]:
    """One day of about so many readings, of each size: Madang, the floor and each rival, in turn, each from nothing.

    {"sizes": [{"rows": ..., "ways": [...]}, ...], "errors": {...}}, each way with its medians, the cost of its imports,
    and `cpu_times` and `memory_times`: how many times as much as Madang it takes, the median over the turns. What a
    rival counts must be what Madang wrote into its ledger. A rival whose environment can not be made, or that fails on
    the first size, is among the errors and nowhere else.
    """
    given = [Yard(work.absolute(), sensors=max(1, round(rows / (HOURS * READINGS)))) for rows in sizes]
    pythons: dict[Rival, Path] = {}
    errors: dict[str, str] = {}
    for rival in RIVALS:
        try:
            python = environment(work.absolute(), rival)
            _rival(given[0], rival, python)  # unmeasured: the first start writes caches; and does it work at all?
        except measure.Failed as error:
            errors[rival.name] = str(error)[-1500:]
        else:
            pythons[rival] = python
    return {"sizes": [_one_size(one, pythons, runs) for one in given], "errors": errors}


def _one_size(given: Yard, pythons: Mapping[Rival, Path], runs: int) -> dict[str, Any]:
    own: dict[str, Any] = {}
    ways: dict[str, Callable[[], Cost]] = {
        MADANG: partial(_madang, given, own),
        WITH_HOURS: partial(_hours, given),
        FLOOR: partial(_floor, given),
    }
    imports: dict[str, Callable[[], Cost]] = {MADANG: yard.nothing}
    for rival, python in pythons.items():
        ways[rival.name] = partial(_rival, given, rival, python)
        imports[rival.name] = partial(_imports, given, rival, python)
    costs, nothing = measure.in_turn(ways, runs), measure.in_turn(imports, runs)
    costs[WITH_HOURS] = [measure.together(*both) for both in zip(costs[MADANG], costs[WITH_HOURS], strict=True)]
    lacks = {rival.name: rival.lacks for rival in RIVALS}
    made = []
    for name, taken in costs.items():
        row: dict[str, Any] = {"name": name, **measure.median(taken).figures()}
        if name in nothing:
            row["imports"] = measure.median(nothing[name]).figures()
        row["cpu_times"] = measure.ratio(taken, costs[MADANG], "cpu_s")
        row["memory_times"] = measure.ratio(taken, costs[MADANG], "peak_mib")
        if name not in (FLOOR, WITH_HOURS):  # they check nothing, so that there is nothing to be compared
            found = [own] if name == MADANG else [json.loads(cost.out.strip().splitlines()[-1]) for cost in taken]
            agrees = all(_agree(counts, own, given.sensors) for counts in found)
            row |= {"agrees": agrees, "counts": found[-1], "lacks": lacks.get(name, "")}
        made.append(row)
    return {"rows": own["rows_read"], "ways": made}


def environment(work: Path, rival: Rival) -> Path:
    """The Python of a rival's environment, made from its lock if that is not done yet. Raises measure.Failed."""
    folder, lock = work / "environments" / rival.module, REQUIREMENTS / f"{rival.module}.txt"
    python, done = folder / "bin" / "python", folder / "done.txt"
    if not (done.is_file() and done.read_bytes() == lock.read_bytes()):
        shutil.rmtree(folder, ignore_errors=True)
        uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
        if uv is None:
            raise measure.Failed("uv is not there: it comes with the development environment (make setup)")
        measure.run([uv, "venv", "-q", "--python", sys.executable, folder])
        measure.run([uv, "pip", "sync", "-q", "--python", python, "--require-hashes", "--compile-bytecode", lock])
        shutil.copyfile(lock, done)
    return python


def _rival(given: Yard, rival: Rival, python: Path) -> Cost:
    out, drop = given.fresh(rival.module), given.deliveries(given.sensors)
    words = ["-m", f"benchmarks.rivals.{rival.module}", "--drop", drop, "--out", out]
    cost = measure.run([python, *words], env=_surroundings(given), cwd=ROOT)
    shutil.rmtree(out)
    return cost


def _imports(given: Yard, rival: Rival, python: Path) -> Cost:
    return measure.run([python, "-c", f"import benchmarks.rivals.{rival.module}"], env=_surroundings(given), cwd=ROOT)


def _surroundings(given: Yard) -> dict[str, str]:
    home = given.work / "home"  # of the tools that keep something of their user
    home.mkdir(exist_ok=True)
    return measure.environment(
        HOME=str(home), DO_NOT_TRACK="1", DBT_SEND_ANONYMOUS_USAGE_STATS="false", RUNTIME__DLTHUB_TELEMETRY="false"
    )


def _floor(given: Yard) -> Cost:
    out = given.fresh("rivals-floor")
    cost = yard.floor(given.deliveries(given.sensors), FIRST, out)
    shutil.rmtree(out)
    return cost


def _madang(given: Yard, own: dict[str, Any]) -> Cost:
    home, drop = given.fresh("rivals-madang"), given.fresh("rivals-drop")
    given.deliver(given.sensors, FIRST, drop)
    cost = yard.night(CITY, FIRST, home, packs=given.packs(given.sensors), drop=drop)
    counts = json.loads(yard.module("benchmarks.rivals.published", "--home", home, "--day", FIRST))
    if own and own != counts:
        raise measure.Failed(f"two nights of the same deliveries differ: {own} {counts}")
    own |= counts
    return cost


def _hours(given: Yard) -> Cost:
    """Of the home that Madang has just left."""
    home, out = given.work / "homes" / "rivals-madang", given.fresh("rivals-hours")
    cost = yard.hours(home, FIRST, out)
    for folder in (home, out):
        shutil.rmtree(folder)
    return cost


def _agree(counts: Mapping[str, Any], own: Mapping[str, Any], sensors: int) -> bool:
    """All that Madang counts; and the hours, which its marts have by area and not by sensor."""
    return all(counts[name] == own[name] for name in own) and counts.get("sensor_hours", sensors * HOURS) == (
        sensors * HOURS
    )


def main() -> None:
    given = argparse.ArgumentParser(description="Madang against what one would take instead.")
    given.add_argument("--rows", type=int, action="append", help="Of a day; again for each further size.")
    given.add_argument("--runs", type=int, default=3)
    given.add_argument("--work", type=Path, required=True)
    wanted = given.parse_args()
    print(json.dumps(scenario(wanted.work, wanted.rows or [2_000_000, 10_000_000], wanted.runs), indent=1))
