"""The code location: every pack under cities/ becomes assets, jobs, a schedule and sensors."""

from __future__ import annotations

import warnings

import dagster as dg

from assets.pack.city import load_city
from pipelines import asset_factory, jobs, maintenance, schedules, sensors
from pipelines.resources import Platform
from pipelines.settings import Settings

for _category in (dg.PreviewWarning, dg.BetaWarning):  # single-run backfills, used knowingly
    warnings.filterwarnings("ignore", category=_category)


def build(settings: Settings) -> dg.Definitions:
    """Definitions for these settings; tests and the command line bring their own."""
    packs = [load_city(folder) for folder in settings.packs()]
    platform = Platform.of(settings)
    built = {city.name: (jobs.fetch_job(city), jobs.build_job(city)) for city in packs}
    publish, maintain = jobs.publish_job(), jobs.maintain_job()
    return dg.Definitions(
        assets=[asset for city in packs for asset in asset_factory.assets_of(city)]
        + [jobs.published_asset(packs), jobs.last_night_asset(packs), *maintenance.assets()],
        jobs=[job for pair in built.values() for job in pair] + [publish, maintain],
        schedules=[
            *(schedules.nightly(city, built[city.name][0]) for city in packs),
            *schedules.weekly(packs, maintain),
        ],
        sensors=sensors.all_sensors(packs, platform, built, publish),
        resources={"platform": platform},
        executor=dg.in_process_executor,  # 0.05 s a step; the default starts a process for each, 3.5 s
    )


@dg.definitions
def defs() -> dg.Definitions:
    return build(Settings())
