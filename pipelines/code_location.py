"""The code location: every pack under cities/ becomes assets, jobs, a schedule and sensors."""

from __future__ import annotations

from functools import partial

import dagster as dg

from assets.pack.city import City
from assets.pack.packs import Packs, load_packs
from assets.tiers.release import tiers_wanted
from pipelines import (
    asset_factory,
    jobs,
    maintenance,
    published_assets,
    runbook,
    schedules,
    sensors,
    tier_assets,
)
from pipelines.in_process import ONE_BY_ONE
from pipelines.killed_runs import killed_runs_sensor
from pipelines.night_job import night_job
from pipelines.partitions import daily, first_of_runs, first_shown
from pipelines.resources import Platform
from pipelines.sensors import CityJobs
from pipelines.settings import Settings
from pipelines.watch import watch_sensor
from warehouse.home import Home
from warehouse.ledger import ledger


def code_location(
    settings: Settings, found: Packs | None = None, *, shown: bool = False, only: City | None = None
) -> dg.Definitions:
    """Definitions for these settings and packs; tests and the command line bring their own. `shown`: those of Dagster's
    pages, whose partitions begin with the data of the home; others have every day that a run may be for. `only`: the
    city of a command, which needs no jobs of the others; they are published all the same.

    A city whose pack cannot be read has no jobs: the others go on, and `what_failed_last_night` says so.
    """
    packs = load_packs(settings.packs()) if found is None else found
    taken, assets, city_jobs = _in_dagster(
        packs if only is None else Packs((only,), {}), settings.home if shown else None
    )
    all_packs = (lambda: taken) if only is None else partial(_with_new_ones, settings, packs)
    zones = {zone: schedules.zone_job(zone) for zone in schedules.zones_of(taken.cities)}
    known = ledger.cities(settings.home) if only is None else set[str]()
    platform = Platform.of(settings)
    # a step of every night takes its time: only where there is something to release, or to take back
    of_tiers = tiers_wanted(settings.home, packs.cities)
    publish, maintain = jobs.publish_job(with_tiers=of_tiers), jobs.maintain_job()
    return dg.Definitions(
        assets=[
            *assets,
            published_assets.published_asset(all_packs, taken.cities),
            *([tier_assets.tiers_asset(all_packs)] if of_tiers else []),
            published_assets.last_night_asset(all_packs),
            *maintenance.assets(),
            *runbook.pages(),
        ],
        jobs=[
            *(job for of_city in city_jobs for job in (of_city.night, of_city.fetch, of_city.build)),
            *zones.values(),
            publish,
            maintain,
        ],
        schedules=[
            *(schedules.nightly(zone, job, known) for zone, job in zones.items()),
            *(schedules.weekly(city, maintain) for city in sorted(taken.cities, key=lambda c: c.name not in known)[:1]),
        ],
        sensors=[
            *sensors.all_sensors(city_jobs, zones, platform, publish),
            watch_sensor(all_packs, settings),
            killed_runs_sensor(settings.home),
        ],
        resources={"platform": platform},
        executor=ONE_BY_ONE,
    )


def _with_new_ones(settings: Settings, packs: Packs) -> Packs:
    """These packs, and those of cities that have come into the home since they were read: by another command."""
    there = {*packs.broken, *(city.folder.name for city in packs.cities)}
    new = load_packs(settings.packs(), ledger.cities(settings.home) - there)
    return Packs((*packs.cities, *new.cities), {**packs.broken, **new.broken})


def _in_dagster(packs: Packs, shown: Home | None) -> tuple[Packs, list[dg.AssetsDefinition], list[CityJobs]]:
    """What Dagster is given of each city. One of which it takes something not is left out, and named as its pack."""
    cities, assets, city_jobs = list[City](), list[dg.AssetsDefinition](), list[CityJobs]()
    broken = dict(packs.broken)
    for city in packs.cities:
        try:
            first = first_of_runs(city) if shown is None else first_shown(shown, city)
            of_city = asset_factory.assets_of(city, daily(city, first))
            fetch, build = jobs.fetch_job(city), jobs.build_job(city)
            with_jobs = CityJobs(city, first, night_job(city), fetch, build)
        except Exception as error:
            broken[city.folder.name] = f"pack {city.folder.name} cannot be used: {type(error).__name__}: {error}"
        else:
            cities.append(city)
            assets += of_city
            city_jobs.append(with_jobs)
    return Packs(tuple(cities), broken), assets, city_jobs
