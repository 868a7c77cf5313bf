"""What follows on a run: on the beginning of a night its fetch, on a fetch the builds it makes necessary, on builds
the days that look back on theirs, on the last of all the publication.

All but the first follow on failure as on success: one closed gate or dead feed must not stop the rest. On the runs of a
command nothing follows here: the command does it, by the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from assets.pack.city import City
from pipelines import plan, standing
from pipelines.jobs import build_name
from pipelines.keys import BEGIN, BUILD, FETCH, KIND, LATER, MAINTAIN, NIGHT, PUBLISH
from pipelines.nights import group_of, is_of_a_command, night_of_run
from pipelines.resources import Platform
from pipelines.schedules import Zone

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dataclass(frozen=True)
class CityJobs:
    """A city, the day on which its partitions begin, and its three jobs, as Dagster defines them."""

    city: City
    first: date
    night: Any
    fetch: Any
    build: Any

    @property
    def names(self) -> set[str]:
        """The names of its jobs."""
        return {job.name for job in (self.night, self.fetch, self.build)}

    def run_for(self, days: plan.Group, tags: Mapping[str, str]) -> dict[str, Any]:
        """Partition and tags of a run that is asked for. One for a day before the partitions is for a range of one day:
        Dagster does not look whether it has those."""
        if days.first == days.last and days.first >= self.first:
            return {"partition_key": str(days.first), "tags": dict(tags)}
        return {"tags": {**tags, **days.tags()}}


def all_sensors(
    cities: Sequence[CityJobs], zones: Mapping[Zone, dg.JobDefinition], platform: Platform, publish: Any
) -> list[Any]:
    """One for each city after the beginning of its night; for each way a run can end one for each city after its
    fetch, and one after every build."""
    begins = {name: job for zone, job in zones.items() for name in zone.cities}
    sensors = [_after_begin(city_jobs, begins[city_jobs.city.name]) for city_jobs in cities]
    for status in ENDED:
        sensors += [_after_fetch(city_jobs, platform, publish, status) for city_jobs in cities]
        sensors.append(_after_build(cities, platform, publish, status))
    return sensors


def _after_begin(city_jobs: CityJobs, of_zone: dg.JobDefinition) -> Any:
    @dg.run_status_sensor(
        name=f"{city_jobs.city.name}_fetch_after_night",
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[city_jobs.night, of_zone],
        request_job=city_jobs.fetch,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Fetches the night that somebody has asked for, or that the schedule of the city's zone has begun.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        day = context.dagster_run.tags[NIGHT]
        night = plan.Group(date.fromisoformat(day), date.fromisoformat(day), ())
        return dg.RunRequest(run_key=context.dagster_run.run_id, **city_jobs.run_for(night, {NIGHT: day}))

    return sensor


def _after_fetch(city_jobs: CityJobs, platform: Platform, publish: Any, status: dg.DagsterRunStatus) -> Any:
    city = city_jobs.city

    @dg.run_status_sensor(
        name=f"{city.name}_build_after_fetch_{status.value.lower()}",
        run_status=status,
        monitored_jobs=[city_jobs.fetch],
        request_jobs=[city_jobs.build, publish],
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Plans the days to build once the deliveries are known.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        run = context.dagster_run
        night = night_of_run(run)
        if is_of_a_command(run) or night is None:
            yield dg.SkipReason("its command builds" if night else "the fetch was of no night; start the build by hand")
            return
        planning = platform.run_context(city, run.run_id)
        groups = plan.plan(planning, night)
        if not groups:  # the analysts' file still has to show what could not be fetched
            context.instance.report_runless_asset_event(standing.observation(planning, night))
            yield dg.RunRequest(run_key=f"publish:{run.run_id}", job_name=PUBLISH, tags={NIGHT: str(night)})
        for group in groups:
            yield _build_run(city_jobs, run.run_id, group, plan.selection(city, group.feeds), {NIGHT: str(night)})

    return sensor


def _build_run(
    city_jobs: CityJobs, after: str, group: plan.Group, keys: Sequence[dg.AssetKey], tags: Mapping[str, str]
) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{after}:{group.first}:{group.last}",
        job_name=build_name(city_jobs.city),
        asset_selection=list(keys),
        **city_jobs.run_for(group, tags),
    )


def _after_build(cities: Sequence[CityJobs], platform: Platform, publish: Any, status: dg.DagsterRunStatus) -> Any:
    by_job = {build_name(one.city): one for one in cities}

    @dg.run_status_sensor(
        name=f"publish_after_{status.value.lower()}",
        run_status=status,
        request_jobs=[publish, *(one.build for one in cities)],
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="After the last run of a night, or any run that somebody started by hand: the days that look back "
        "on what was built, then the publication.",
    )
    def sensor(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        run = context.dagster_run
        if is_of_a_command(run) or run.tags.get(KIND) in (BEGIN, FETCH, PUBLISH, MAINTAIN):
            yield dg.SkipReason("its command publishes" if is_of_a_command(run) else "nothing was built")
            return
        together = {name: run.tags[name] for name in (NIGHT, LATER) if name in run.tags}
        of_night = {NIGHT: run.tags[NIGHT]} if NIGHT in run.tags else together
        of_city = by_job.get(run.job_name)

        def of_the_city(runs: Iterable[dg.DagsterRun]) -> list[dg.DagsterRun]:
            """Without those of commands, and of other cities: one that hangs delays no other."""
            names = None if of_city is None else of_city.names
            return [one for one in runs if not is_of_a_command(one) and (names is None or one.job_name in names)]

        if of_night and of_the_city(_runs(context.instance, of_night, UNFINISHED)):
            yield dg.SkipReason("other runs of this night are not finished")
            return
        builds = of_the_city(_runs(context.instance, of_night | {KIND: BUILD})) if of_night else [run]
        last = builds[0].run_id if builds else run.run_id
        if of_city is not None and LATER not in run.tags:
            city = of_city.city
            groups = [group for one in builds if one.job_name == run.job_name and (group := group_of(city, one))]
            later = plan.later_days(platform.run_context(city, run.run_id), groups)
            for group, keys in later:
                yield _build_run(of_city, f"later:{last}", group, keys, {**of_night, LATER: last})
            if later:
                return
        if context.instance.get_runs(dg.RunsFilter(job_name=PUBLISH, statuses=[dg.DagsterRunStatus.QUEUED]), limit=1):
            yield dg.SkipReason("a publication is waiting: it will have what was built")
            return
        yield dg.RunRequest(run_key=f"publish:{last}", job_name=PUBLISH)

    return sensor


def _runs(
    instance: dg.DagsterInstance, tags: Mapping[str, str], statuses: Sequence[dg.DagsterRunStatus] = ()
) -> list[dg.DagsterRun]:
    """The runs that have these tags, the one that ended last first."""
    records = instance.get_run_records(dg.RunsFilter(tags=dict(tags), statuses=list(statuses) or None))
    return [one.dagster_run for one in sorted(records, key=lambda one: one.end_time or 0, reverse=True)]
