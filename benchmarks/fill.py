"""A home with a history: small nights one after the other, through the gates and the lake, in one process.

    python -m benchmarks.fill --packs packs --home home --drop drop --first 2025-04-27 --nights 400

Fetch, plan, build and publish are those of `madang nightly`, and once a week all that `madang maintain` does; what is
left out is Dagster, whose own store of runs stays empty. Deliveries appear in the drop folder night by night and stay
there, as a gateway's would.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest import ingest
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.city import City, load_city
from assets.publication.publish import publish_all
from benchmarks.deliveries import generate
from benchmarks.pack import NAME
from pipelines import maintenance, plan
from pipelines.process import configure
from pipelines.resources import Platform
from pipelines.settings import Settings
from warehouse.format import open_home

SENSORS, READINGS = 25, 2  # one in each district; 50 rows in each of a day's 24 files
MAINTAIN_EVERY = 7
PUBLISH_EVERY = 25  # nights: the versions of the published file are no part of what grows


def fill(
    packs: Path, home: Path, drop: Path, days: Iterable[date], *, sensors: int = SENSORS, readings: int = READINGS
) -> None:
    city = load_city(packs / NAME)
    settings = Settings(home_dir=home, drop_dir=drop, cities_dir=packs, source="files")
    platform = Platform.of(settings)
    open_home(platform.home, create=True)
    for number, day in enumerate(days, start=1):
        generate(drop, sensors, day, readings_per_hour=readings, workers=1)
        _night(platform, city, day, f"night {day}")
        if number % PUBLISH_EVERY == 0:
            publish_all(platform.home, [city], run_id=f"night {day}")
        if number % MAINTAIN_EVERY == MAINTAIN_EVERY - 3:  # so that the last nights are as nights leave them
            for part in maintenance.PARTS:
                maintenance.do(part, platform.home, None)
    publish_all(platform.home, [city], run_id="the last of them")


def _night(platform: Platform, city: City, day: date, run_id: str) -> None:
    run = platform.run_context(city, run_id)
    for contract in city.contracts.values():
        read_new(run, contract, fetch(run, contract, plan.days_to_fetch(run, contract, day)))
    for group in plan.plan(run, day):
        days = group.days()
        for name in group.feeds:
            ingest.ingest(run, city.contracts[name], days)
        for table in derived_tables(city):
            if table.feeds & set(group.feeds):
                build(run, table, days)


def main() -> None:
    given = argparse.ArgumentParser(description="Fill a home with small nights.")
    for name in ("--packs", "--home", "--drop"):
        given.add_argument(name, type=Path, required=True)
    given.add_argument("--first", type=date.fromisoformat, required=True)
    given.add_argument("--nights", type=int, required=True)
    given.add_argument("--sensors", type=int, default=SENSORS)
    given.add_argument("--readings", type=int, default=READINGS, help="of each in an hour")
    wanted = given.parse_args()
    configure()
    started = time.perf_counter()
    days = [wanted.first + timedelta(days=n) for n in range(wanted.nights)]
    fill(wanted.packs, wanted.home, wanted.drop, days, sensors=wanted.sensors, readings=wanted.readings)
    print(json.dumps({"nights": len(days), "seconds": round(time.perf_counter() - started, 1)}))


if __name__ == "__main__":
    main()
