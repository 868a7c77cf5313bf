"""Where a benchmark works: deliveries made once and kept for all scenarios, drop folders, packs, homes, commands.

What is measured, and what comes of it, is in scenarios.py and served.py.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from benchmarks import measure
from benchmarks.measure import ROOT, Cost
from simulator.process import running

FIRST = date(2026, 6, 1)
CITY = "bench"
MADANG = "from pipelines.cli.main import main; main()"
# What a night imports before it does anything, as the command does it. Where nothing is new, no gate is asked.
STARTS = """
from warehouse.importing import importing
with importing():
    import pipelines.cli.commands, pipelines.cli.run
    import pipelines.jobs, pipelines.runner, pipelines.dagster_store.event_log
"""
GATE = "from quality.gx_duckdb.evaluate import import_great_expectations; import_great_expectations()"
PUBLISHED = (0, 3)  # exit codes of a night that was published
WHOLE = 50_000  # sensors of the benchmark as it is meant; with fewer of them everything else is smaller too
_making = threading.Lock()  # tiny scenarios run beside each other


@dataclass(frozen=True)
class Yard:
    """`sensors`, `days` and `runs` as asked for; `small` takes the sizes of the smoke test."""

    work: Path
    sensors: int = 50_000
    days: int = 1
    runs: int = 3
    drop: Path | None = None  # Seoul's real files, for the backfill
    small: bool = False

    # --- deliveries -----------------------------------------------------------------------------------------------

    def deliveries(self, sensors: int, day: date = FIRST) -> Path:
        """The folder with the deliveries of one day, its truth and its registers; made if it is not there yet."""
        folder = self.work / "data" / f"{sensors}" / day.isoformat()
        with _making:
            if not (folder / "done").is_file():
                shutil.rmtree(folder, ignore_errors=True)
                module("benchmarks", "generate", "--sensors", sensors, "--day", day, "--drop", folder)
                self.pack(sensors, folder)
                (folder / "done").touch()
        return folder

    def truth(self, sensors: int, day: date = FIRST) -> dict[str, Any]:
        return json.loads((self.deliveries(sensors, day) / "truth" / f"{day}.json").read_text(encoding="utf-8"))

    def pack(self, sensors: int, drop: Path, *, volume_rule: bool = True) -> Path:
        """The folder of packs that holds the benchmark's city for so many sensors; its registers go to `drop`."""
        packs = self.work / "packs" / (f"{sensors}" if volume_rule else f"{sensors}-any-volume")
        more = () if volume_rule else ("--no-volume-rule",)
        module("benchmarks", "pack", "--folder", packs / CITY, "--sensors", sensors, "--drop", drop, *more)
        return packs

    def packs(self, sensors: int) -> Path:
        self.deliveries(sensors)
        return self.work / "packs" / f"{sensors}"

    # --- homes ----------------------------------------------------------------------------------------------------

    def fresh(self, name: str) -> Path:
        """A folder of this name that is not there."""
        path = self.work / "homes" / name
        shutil.rmtree(path, ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def deliver(self, sensors: int, day: date, drop: Path) -> None:
        """Put the deliveries of a day into a drop folder, as a gateway would: names appear, no bytes are copied."""
        made = self.deliveries(sensors, day)
        for source in sorted(p for p in made.rglob("*") if p.is_file() and p.parent != made):
            target = drop / source.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            os.link(source, target)

    def day(self, number: int) -> date:
        return FIRST + timedelta(days=number)

    def share(self, whole: int, least: int) -> int:
        """So many of what the whole benchmark has `whole` of, as many as there are sensors of its own."""
        return least if self.small else max(least, min(whole, whole * self.sensors // WHOLE))


def module(name: str, *arguments: object) -> str:
    """What `python -m` says. Not measured."""
    return measure.run([sys.executable, "-m", name, *map(str, arguments)]).out


def nothing(*, with_gate: bool = True) -> Cost:
    """The imports of a night, alone."""
    return measure.run([sys.executable, "-c", STARTS + (GATE if with_gate else "")])


def floor(drop: Path, day: date, out: Path, engine: str = "polars", *, with_hours: bool = True) -> Cost:
    """The least work on the deliveries of a day (floor.py), in a process of its own."""
    words = ["--drop", drop, "--day", str(day), "--out", out, "--engine", engine]
    return measure.run([sys.executable, "-m", "benchmarks.floor", *words, *([] if with_hours else ["--without-hours"])])


def hours(home: Path, day: date, out: Path) -> Cost:
    """The hours by sensor of a day of the benchmark's city (hours_by_sensor.py), in a process of its own."""
    words = ["--home", home, "--day", str(day), "--out", out]
    return measure.run([sys.executable, "-m", "benchmarks.hours_by_sensor", *words])


def night(
    city: str, day: date, home: Path, *, packs: Path | None = None, drop: Path | None = None, **settings: str
) -> Cost:
    """A whole night through Dagster, from the files of `drop` or else from the simulated city, published."""
    more = ["--source", "simulated"] if drop is None else ["--source", "files", "--from-dir", str(drop)]
    return madang("nightly", "--city", city, "--day", str(day), *more, home=home, packs=packs, **settings)


@contextmanager
def simulated_city(pack: Path, day: date, drop: Path) -> Iterator[str]:
    """Its address, once the files of feeds without a service lie in `drop`. Nobody counts its CPU seconds."""
    drop.mkdir(parents=True, exist_ok=True)
    with running([pack], now=datetime.combine(day, time(23, 30)), drop=drop) as city:
        if city.not_made:
            raise RuntimeError("; ".join(city.not_made))
        yield city.address


def madang(command: str, *arguments: str, home: Path, packs: Path | None = None, **settings: str) -> Cost:
    """The `madang` command as people call it, in a process of its own."""
    env = measure.environment(**settings) | ({} if packs is None else {"MADANG_CITIES": str(packs)})
    words = [sys.executable, "-c", MADANG, command, *arguments, "--home", str(home)]
    return measure.run(words, env=env, cwd=ROOT, expected=PUBLISHED)
