"""What the watch of places adds to a whole night: with its marts and without them in turn, each on the same home.

    python -m benchmarks.watched_night --sensors 12000 --pairs 3 --work DIR

The home has 30 days behind it, with one reading of each sensor an hour. The night itself has one every two minutes, and
is `madang nightly` as a city runs it. "Without" makes none of the marts, and what is made of them falls away. CPU
seconds are those of the process and of all that it waited for; those of the parts, of the process with its threads.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks import measure, yard
from benchmarks.measure import ROOT, Cost
from benchmarks.yard import CITY, FIRST, PUBLISHED, Yard

WATCH = (
    "place_day",
    "place_health",
    "network_day",
    "network_agreement",
    "correction_day",
    "correction_change",
    "correction_basis",
    "corrected_day",
)
WAYS = ("with", "without")
HISTORY_DAYS = 30  # that a place is judged by
OF_HISTORY = 1  # reading of a sensor in an hour


def pairs(given: Yard, number: int, nights: int) -> list[dict[str, dict[str, Any]]]:
    """Of each pair of nights, by way, CPU seconds in all and of each part."""
    before = _history(given, nights)
    found = list[dict[str, dict[str, Any]]]()
    for turn in range(number):
        in_order = WAYS if turn % 2 == 0 else WAYS[::-1]  # what the first leaves in the memory is not the same one's
        found.append({way: _night(given, way, *before) for way in in_order})
        print(_said(found[-1]), flush=True)
    return found


def _history(given: Yard, nights: int) -> tuple[Path, Path, Path]:
    """The packs, and a home with so many days behind it and its drop folder."""
    name = f"watched-{given.sensors}-{nights}"
    home, drop = given.work / "data" / name, given.work / "data" / f"{name}-drop"
    packs = given.pack(given.sensors, drop, volume_rule=False)
    done = given.work / "data" / f"{name}.done"
    if not done.is_file():
        for folder in (home, drop / "gateway"):
            shutil.rmtree(folder, ignore_errors=True)
        home.mkdir(parents=True)
        if nights:
            words = ["--packs", packs, "--home", home, "--drop", drop, "--first", FIRST - timedelta(days=nights)]
            sizes = ["--nights", nights, "--sensors", given.sensors, "--readings", OF_HISTORY]
            yard.module("benchmarks.fill", *words, *sizes)
        done.touch()
    return packs, home, drop


def _night(given: Yard, way: str, packs: Path, filled: Path, filled_drop: Path) -> dict[str, Any]:
    home, drop = given.fresh("watched"), given.fresh("watched-drop")
    shutil.copytree(filled, home)
    shutil.copytree(filled_drop, drop)
    given.deliver(given.sensors, FIRST, drop)
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder) / "parts.json"
        words = ["--source", "files", "--from-dir", drop, "--home", home, "--city", CITY, "--day", FIRST]
        cost: Cost = measure.run(
            [sys.executable, "-m", "benchmarks.watched_night", way, str(parts), "nightly", *map(str, words)],
            env=measure.environment(MADANG_CITIES=str(packs)),
            cwd=ROOT,
            expected=PUBLISHED,
        )
        of_parts = json.loads(parts.read_text(encoding="utf-8"))
    shutil.rmtree(home)
    return {"cpu_s": cost.cpu_s, "peak_mib": cost.peak_mib, "load": cost.load, "parts": of_parts}


def _said(pair: dict[str, dict[str, Any]]) -> str:
    """A line of the pair, and one of each part that differs by a twentieth of a second."""
    own, other = (pair[way] for way in WAYS)
    more = {name: used - other["parts"].get(name, 0.0) for name, used in own["parts"].items()}
    lines = [
        f"with {own['cpu_s']:.1f}, without {other['cpu_s']:.1f} CPU s: {own['cpu_s'] / other['cpu_s']:.3f} times;"
        f" by parts {sum(more.values()):.2f} s more, {sum(more.values()) / other['cpu_s']:.1%} (load {own['load']:.0f})"
    ]
    return "\n".join(lines + [f"  {name:30} {used:6.2f}" for name, used in more.items() if abs(used) >= 0.05])


# --- what the child does ----------------------------------------------------------------------------------------------


def _child(way: str, parts: Path, words: list[str]) -> None:
    """A night as the command makes it; what its tables and the publication took is written to `parts`."""
    import time

    from assets.derive import build
    from assets.metrics import fed_marts
    from assets.publication import publish

    spent = dict[str, float]()

    def timed(work: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        @wraps(work)
        def measured(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return work(*given, **named)
            finally:
                part = name(*given)
                spent[part] = spent.get(part, 0.0) + time.process_time() - began
                parts.write_text(json.dumps(spent), encoding="utf-8")  # the command ends its process itself

        return measured

    build.build = timed(build.build, lambda _run, table, *_: table.name)
    publish.publish_all = timed(publish.publish_all, lambda *_: "publication")
    if way == "without":
        all_of = fed_marts.fed_of
        fed_marts.fed_of = lambda marts, city: {
            name: mart for name, mart in all_of(marts, city).items() if name.removesuffix("_of_private") not in WATCH
        }
    from pipelines.cli.main import main as madang

    sys.argv = ["madang", *words]
    madang()


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in WAYS:
        way, parts, *words = sys.argv[1:]
        _child(way, Path(parts), words)
        return
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sensors", type=int, default=12_000)
    asked.add_argument("--pairs", type=int, default=3)
    asked.add_argument("--nights", type=int, default=HISTORY_DAYS, help="behind the one that is measured")
    asked.add_argument("--work", type=Path, required=True)
    given = asked.parse_args()
    pairs(Yard(given.work.resolve(), given.sensors), given.pairs, given.nights)


if __name__ == "__main__":
    main()
