"""What follows on a run: after a fetch the builds it makes necessary, after the last build the publication.

Both follow on failure as on success: one closed gate or dead feed must not stop the rest.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from assets.pack.city import City
from pipelines import due, jobs, plan
from pipelines.resources import Platform

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def all_sensors(
    packs: Sequence[City], platform: Platform, built: dict[str, tuple[Any, Any]], publish: Any
) -> list[Any]:
    """built: city -> (fetch job, build job)."""
    found = []
    for status in ENDED:
        ending = status.value.lower()
        found += [_after_fetch(city, platform, *built[city.name], publish, status, ending) for city in packs]
        found.append(_after_build(publish, status, ending))
    return found


def _after_fetch(
    city: City, platform: Platform, fetch: Any, build: Any, publish: Any, status: dg.DagsterRunStatus, ending: str
) -> Any:
    @dg.run_status_sensor(
        name=f"{city.name}_build_after_fetch_{ending}",
        run_status=status,
        monitored_jobs=[fetch],
        request_jobs=[build, publish],
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Plans the days to build once the deliveries are known.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        run = context.dagster_run
        ended = run.tags.get(due.NIGHT) or run.tags.get("dagster/partition")
        if ended is None:
            yield dg.SkipReason("the fetch was not for one night; start the build by hand")
            return
        groups = plan.plan(platform, city, date.fromisoformat(ended))
        if not groups:  # the analysts' file still has to show what could not be fetched
            yield dg.RunRequest(run_key=f"publish:{run.run_id}", job_name=jobs.PUBLISH, tags={due.NIGHT: ended})
        for group in groups:
            single = group.first == group.last
            yield dg.RunRequest(
                run_key=f"{run.run_id}:{group.first}:{group.last}",
                job_name=build.name,
                partition_key=str(group.first) if single else None,
                asset_selection=plan.selection(city, group.feeds),
                tags={due.NIGHT: ended} | ({} if single else group.tags()),
            )

    return sensor


def _after_build(publish: Any, status: dg.DagsterRunStatus, ending: str) -> Any:
    @dg.run_status_sensor(
        name=f"publish_after_{ending}",
        run_status=status,
        request_job=publish,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Publishes after the last run of a night, or after any run that somebody started by hand.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if run.job_name in (jobs.PUBLISH, jobs.MAINTAIN) or run.job_name.endswith("_fetch"):
            return dg.SkipReason("nothing was built")
        tag, last = run.tags.get(due.NIGHT), run.run_id
        if tag is not None:
            same = dg.RunsFilter(statuses=UNFINISHED, tags={due.NIGHT: tag})
            if context.instance.get_run_records(same, limit=1):
                return dg.SkipReason("other runs of this night are still going")
            ended = context.instance.get_run_records(dg.RunsFilter(tags={due.NIGHT: tag}))
            builds = [r for r in ended if r.dagster_run.job_name.endswith("_build")]
            last = max(builds, key=lambda r: r.end_time or 0).dagster_run.run_id if builds else last
        return dg.RunRequest(run_key=f"publish:{last}")

    return sensor
