"""The nightly schedule of each zone and time at which cities begin their nights, and the weekly maintenance.

The job of a schedule only says which night is meant: each city's own sensor asks for its fetch, so that a city that
fails or hangs is no part of the runs of the others.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from assets.pack.city import City
from pipelines.keys import BEGIN, KIND, NIGHT

_ON, _OFF = dg.DefaultScheduleStatus.RUNNING, dg.DefaultScheduleStatus.STOPPED


@dataclass(frozen=True)
class Zone:
    """Cities whose nights begin at the same moment of every day."""

    timezone: str
    nightly_at: str  # as 04:10
    cities: tuple[str, ...]  # their names

    @property
    def name(self) -> str:
        """As asia_seoul_0410: it does not depend on which other cities there are."""
        return re.sub("[^a-z0-9]+", "_", f"{self.timezone.lower()}_{self.nightly_at.replace(':', '')}")


def zones_of(cities: Sequence[City]) -> list[Zone]:
    """The zones and times of these cities, by name."""
    found: dict[tuple[str, str], list[str]] = {}
    for city in cities:
        found.setdefault((city.config.timezone, city.config.nightly_at), []).append(city.name)
    return sorted((Zone(*when, tuple(names)) for when, names in found.items()), key=lambda zone: zone.name)


def zone_job(zone: Zone) -> dg.JobDefinition:
    """Says that the nights of a zone begin, and ends; `sensors.after_begin` asks for the fetch of each city."""

    @dg.op(name=f"begin_nights_{zone.name}", description="Says which night is to be run.")
    def begin(context: dg.OpExecutionContext) -> None:
        night = context.run.tags[NIGHT]
        context.log.info(f"the night of {night} begins for {', '.join(zone.cities)}: each by runs of its own")

    @dg.job(
        name=f"nights_{zone.name}",
        tags={KIND: BEGIN},
        executor_def=dg.in_process_executor,
        description=f"The nights of {', '.join(zone.cities)} begin. For one city alone run its own `_night`.",
    )
    def nights() -> None:
        begin()

    return nights


def nightly(zone: Zone, job: dg.JobDefinition, known: Collection[str]) -> dg.ScheduleDefinition:
    """Begins the night of the day that has just ended there; fetch, build and publication follow by sensors.

    known: the cities that the home has. A zone of others is off, as an installation has packs of cities that are not
    its own, whose services it has no keys for; in a home that has none yet all are on.
    """
    hour, minute = zone.nightly_at.split(":")

    @dg.schedule(
        name=f"nightly_{zone.name}",
        job=job,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=zone.timezone,
        default_status=_ON if not known or set(zone.cities) & set(known) else _OFF,
        description=f"Every night at {zone.nightly_at} {zone.timezone}, for the day before; off by itself in a home "
        f"that has other cities and had no night of these: {', '.join(zone.cities)}",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        ended = context.scheduled_execution_time.astimezone(ZoneInfo(zone.timezone)).date() - timedelta(days=1)
        return dg.RunRequest(run_key=f"{zone.name}:{ended}", tags={NIGHT: str(ended)})

    return schedule


def weekly(city: City, maintain_job: Any) -> dg.ScheduleDefinition:
    """Maintenance of the home, which all cities share, on Sunday at noon in the zone of this city.

    That is far from the nights of a city nearby, and somebody may see it fail on Monday.
    """
    return dg.ScheduleDefinition(
        name="maintain_weekly",
        job=maintain_job,
        cron_schedule="0 12 * * 0",
        execution_timezone=city.config.timezone,
        default_status=_ON,
        description=f"Every Sunday at 12:00 {city.config.timezone}: maintenance of the home.",
    )
