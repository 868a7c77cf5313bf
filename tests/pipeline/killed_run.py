"""The way of one feed from the drop folder to the published file, in a process that can be killed at any step.

A program: `python killed_run.py` imports what is slow once, then forks a child for each line of JSON on its
input and answers with one line how the child ended. No query runs before a fork: Polars and DuckDB start
their threads with the first.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from warehouse.importing import importing

with importing():
    from assets.context import RunContext
    from assets.derive.build import build
    from assets.derive.tables import derived_tables
    from assets.ingest import fine, ingest
    from assets.ingest.fetch import fetch
    from assets.ingest.read import read_new
    from assets.mart import declared_marts
    from assets.metrics.entries import platform_entries
    from assets.models import models
    from assets.pack.city import City, load_city
    from assets.publication.publish import publish_all
    from warehouse.failpoint import listening
    from warehouse.home import Home

FEED = "air_daily"
METRICS = ("pm25_mean", "pm10_mean")
DAYS = [date(2020, 4, 1), date(2020, 4, 2), date(2020, 4, 3)]
PHASES = ("fetch", "core", "metric", "publish")


def small_city(packs: Path) -> City:
    """Seoul with one feed and one table of metrics. Each child reads it: a pack of one feed is read fast."""
    city = load_city(packs / "seoul")
    return replace(
        city,
        contracts={FEED: city.contracts[FEED]},
        metrics={name: city.metrics[name] for name in METRICS},
        choices={name: city.choices[name] for name in METRICS},
    )


class Over(Exception):
    """The phase that was to be the last one has been."""


def walk(city: City, home: Home, drop: Path, days: list[date], run_id: str, begins: Callable[[str], None]) -> None:
    """The whole way; `begins` is told each phase, and ends the way by raising Over."""
    run = RunContext(home=home, city=city, source="files", run_id=run_id, today=date(2020, 4, 5), drop=drop)
    contract = city.contracts[FEED]
    begins("fetch")
    read_new(run, contract, fetch(run, contract, []))
    begins("core")
    ingest.ingest(run, contract, days)
    for table in derived_tables(city):
        if table.layer == "metric":  # marts go the same way, and would make three times as many moments of it
            begins(table.layer)
            build(run, table, days)
    begins("publish")
    publish_all(home, [city], run_id=run_id)


def fill_disk(at: int | None, told: Path) -> None:
    """From the `at`-th content on that is to be on the disk there is no room; `told` gets how many there were."""
    really, count = os.fsync, 0

    def sync(handle: int) -> None:
        nonlocal count
        count += 1
        told.write_text(str(count))
        if at is not None and count >= at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(handle)

    os.fsync = sync


def child(order: dict) -> None:
    fill_disk(order["full_at"], Path(order["steps"] + ".synced"))
    seen: list[str] = []
    phases: list[str] = []
    with open(order["steps"], "w") as log:

        def at_step(place: str) -> None:
            step = f"{phases[-1]}: {place.split('.')[1]}"
            log.write(step + "\n")
            log.flush()
            seen.append(step)
            if len(seen) - 1 == order["kill"] or (step == order["kill_at"] and seen.count(step) == order["nth"]):
                os.kill(os.getpid(), signal.SIGKILL)

        def begins(phase: str) -> None:
            if phases and phases[-1] == order["until"]:
                raise Over
            phases.append(phase)

        days = [date.fromisoformat(day) for day in order["days"]]
        with listening(at_step), suppress(Over):
            walk(
                small_city(Path(order["packs"])),
                Home(Path(order["home"])),
                Path(order["drop"]),
                days,
                order["run_id"],
                begins,
            )


def prepare() -> None:
    """What is slow, once, before any fork."""
    from quality.gx_duckdb.evaluate import import_great_expectations

    import_great_expectations()  # four seconds, once
    for read in (models, declared_marts, platform_entries):  # 0.2 s, which each of 70 children would spend again
        read()
    fine.LEAST, fine.SHARE = (
        1,
        0.0,
    )  # of a small delivery the fine rows of one day go straight, the others the exact way


def main() -> None:
    prepare()
    gc.freeze()  # or each child looks through all of it for garbage, and copies what it looks at
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                child(json.loads(line))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
