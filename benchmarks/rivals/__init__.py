"""Against what one would take instead: the same deliveries and rules, each rival in an environment of its own.

    python -m benchmarks.rivals --rows 2000000 --runs 3 --work work

Here: environments, turns, and whether all agree. A rival's own work is in the module of its name, its packages in
`requirements/<name>.txt` (made from the `.in` beside it with the flags of `make lock`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import ROOT, Cost
from benchmarks.yard import CITY, FIRST, Yard

REQUIREMENTS = Path(__file__).with_name("requirements")
HOURS, READINGS = 24, 30
MADANG = "Madang"


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


def scenario(work: Path, rows: int, runs: int) -> list[dict[str, Any]]:
    """Medians of Madang and of each rival on one day of about `rows` readings; all in turn, each run from nothing.

    What a rival counts must be what Madang wrote into its ledger. One whose environment can not be made, or that
    fails, is in the result with its error and without figures.
    """
    given = Yard(work.absolute(), sensors=max(1, round(rows / (HOURS * READINGS))))
    drop = given.deliveries(given.sensors)
    own: dict[str, Any] = {}
    ways: dict[str, Callable[[], Cost]] = {MADANG: partial(_madang, given, own)}
    errors: dict[str, str] = {}
    for rival in RIVALS:
        try:
            python = environment(given.work, rival)
            _rival(given, rival, python, drop)  # unmeasured: the first start writes caches; and does it work at all?
        except measure.Failed as error:
            errors[rival.name] = str(error)[-1500:]
        else:
            ways[rival.name] = partial(_rival, given, rival, python, drop)
    costs = measure.in_turn(ways, runs)
    lacks = {rival.name: rival.lacks for rival in RIVALS}
    result = []
    for name, taken in costs.items():
        found = [own] if name == MADANG else [json.loads(cost.out.strip().splitlines()[-1]) for cost in taken]
        agrees = all(_agree(counts, own, given.sensors) for counts in found)
        figures = measure.median(taken).figures()
        result.append({"name": name, **figures, "agrees": agrees, "counts": found[-1], "lacks": lacks.get(name, "")})
    return result + [
        {"name": name, "wall_s": None, "cpu_s": None, "peak_mib": None, "agrees": False, "counts": None, "error": error}
        for name, error in errors.items()
    ]


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


def _rival(given: Yard, rival: Rival, python: Path, drop: Path) -> Cost:
    out, home = given.fresh(rival.module), given.work / "home"
    home.mkdir(exist_ok=True)  # of the tools that keep something of their user
    env = measure.environment(
        HOME=str(home), DO_NOT_TRACK="1", DBT_SEND_ANONYMOUS_USAGE_STATS="false", RUNTIME__DLTHUB_TELEMETRY="false"
    )
    command = [python, "-m", f"benchmarks.rivals.{rival.module}", "--drop", drop, "--out", out]
    cost = measure.run(command, env=env, cwd=ROOT)
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
    shutil.rmtree(home)
    return cost


def _agree(counts: Mapping[str, Any], own: Mapping[str, Any], sensors: int) -> bool:
    """All that Madang counts; and the hours, which its marts have by area and not by sensor."""
    return all(counts[name] == own[name] for name in own) and counts.get("sensor_hours", sensors * HOURS) == (
        sensors * HOURS
    )


def main() -> None:
    given = argparse.ArgumentParser(description="Madang against what one would take instead.")
    given.add_argument("--rows", type=int, default=2_000_000)
    given.add_argument("--runs", type=int, default=3)
    given.add_argument("--work", type=Path, required=True)
    wanted = given.parse_args()
    print(json.dumps(scenario(wanted.work, wanted.rows, wanted.runs), indent=1))
