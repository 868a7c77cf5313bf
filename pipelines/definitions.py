"""The code location: every pack under cities/ becomes assets, jobs, a schedule and sensors."""

from __future__ import annotations

import dagster as dg

from assets.pack.packs import Packs, load_packs
from pipelines import asset_factory, jobs, maintenance, published_assets, schedules, sensors
from pipelines.process import configure
from pipelines.resources import Platform
from pipelines.sensors import CityJobs
from pipelines.settings import Settings


def code_location(settings: Settings, found: Packs | None = None) -> dg.Definitions:
    """Definitions for these settings and packs; tests and the command line bring their own.

    A city whose pack cannot be read has no jobs: the others go on, and `what_failed_last_night` says so.
    """
    found = load_packs(settings.packs()) if found is None else found
    packs = found.cities
    platform = Platform.of(settings)
    city_jobs = [CityJobs(city, jobs.fetch_job(city), jobs.build_job(city)) for city in packs]
    publish, maintain = jobs.publish_job(), jobs.maintain_job()
    return dg.Definitions(
        assets=[asset for city in packs for asset in asset_factory.assets_of(city)]
        + [published_assets.published_asset(found), published_assets.last_night_asset(found), *maintenance.assets()],
        jobs=[*(job for of_city in city_jobs for job in (of_city.fetch, of_city.build)), publish, maintain],
        schedules=[
            *(schedules.nightly(of_city.city, of_city.fetch) for of_city in city_jobs),
            *([schedules.weekly(packs[0], maintain)] if packs else []),
        ],
        sensors=sensors.all_sensors(city_jobs, platform, publish),
        resources={"platform": platform},
        executor=dg.in_process_executor,  # 0.05 s a step; the default starts a process for each, 3.5 s
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster's own processes load: the definitions for the settings of the environment."""
    configure()
    return code_location(Settings())
