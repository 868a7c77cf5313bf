"""What follows on a run: after a fetch the builds it makes necessary, after the last build the publication.

Both follow on failure as on success: one closed gate or dead feed must not stop the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from assets.pack.city import City
from pipelines import plan
from pipelines.keys import BUILD, FETCH, KIND, MAINTAIN, NIGHT, PUBLISH
from pipelines.resources import Platform

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dataclass(frozen=True)
class CityJobs:
    """A city, its two jobs and its schedule, as Dagster defines them."""

    city: City
    fetch: Any
    build: Any
    nightly: Any


def all_sensors(cities: Sequence[CityJobs], platform: Platform, publish: Any) -> list[Any]:
    """For each way a run can end: a sensor per city after its fetch, and one after every build."""
    sensors = []
    for status in ENDED:
        sensors += [_after_fetch(city_jobs, platform, publish, status) for city_jobs in cities]
        sensors.append(_after_build(publish, status))
    return sensors


def _after_fetch(city_jobs: CityJobs, platform: Platform, publish: Any, status: dg.DagsterRunStatus) -> Any:
    city, build = city_jobs.city, city_jobs.build

    @dg.run_status_sensor(
        name=f"{city.name}_build_after_fetch_{status.value.lower()}",
        run_status=status,
        monitored_jobs=[city_jobs.fetch],
        request_jobs=[build, publish],
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Plans the days to build once the deliveries are known.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        run = context.dagster_run
        ended = run.tags.get(NIGHT) or run.tags.get("dagster/partition")
        if ended is None:
            yield dg.SkipReason("the fetch was not for one night; start the build by hand")
            return
        groups = plan.plan(platform.run_context(city, run.run_id), date.fromisoformat(ended))
        if not groups:  # the analysts' file still has to show what could not be fetched
            yield dg.RunRequest(run_key=f"publish:{run.run_id}", job_name=PUBLISH, tags={NIGHT: ended})
        for group in groups:
            single = group.first == group.last
            yield dg.RunRequest(
                run_key=f"{run.run_id}:{group.first}:{group.last}",
                job_name=build.name,
                partition_key=str(group.first) if single else None,
                asset_selection=plan.selection(city, group.feeds),
                tags={NIGHT: ended} | ({} if single else group.tags()),
            )

    return sensor


def _after_build(publish: Any, status: dg.DagsterRunStatus) -> Any:
    @dg.run_status_sensor(
        name=f"publish_after_{status.value.lower()}",
        run_status=status,
        request_job=publish,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Publishes after the last run of a night, or after any run that somebody started by hand.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if run.tags.get(KIND) in (FETCH, PUBLISH, MAINTAIN):
            return dg.SkipReason("nothing was built")
        night, last = run.tags.get(NIGHT), run.run_id
        if night is not None:
            unfinished = dg.RunsFilter(statuses=UNFINISHED, tags={NIGHT: night})
            if context.instance.get_run_records(unfinished, limit=1):
                return dg.SkipReason("other runs of this night are not finished")
            builds = context.instance.get_run_records(dg.RunsFilter(tags={NIGHT: night, KIND: BUILD}))
            last = max(builds, key=lambda r: r.end_time or 0).dagster_run.run_id if builds else last
        return dg.RunRequest(run_key=f"publish:{last}")

    return sensor
