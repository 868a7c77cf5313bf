"""The nightly schedule of each city, in its own time zone, and the weekly maintenance of the home."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from assets.pack.city import City
from pipelines.due import NIGHT


def nightly(city: City, fetch_job: Any) -> dg.ScheduleDefinition:
    """Fetch the day that has just ended; planning, building and publishing follow by sensors."""
    hour, minute = city.config.nightly_at.split(":")

    @dg.schedule(
        name=f"{city.name}_nightly",
        job=fetch_job,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone=city.config.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Every night at {city.config.nightly_at} {city.config.timezone}, for the day before.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        ended = context.scheduled_execution_time.astimezone(city.timezone).date() - timedelta(days=1)
        return dg.RunRequest(run_key=f"{city.name}:{ended}", partition_key=str(ended), tags={NIGHT: str(ended)})

    return schedule


def weekly(packs: Sequence[City], maintain_job: Any) -> list[dg.ScheduleDefinition]:
    """Maintenance, on Sunday at noon: far from every night of the first city, and a failure is seen on Monday."""
    return [
        dg.ScheduleDefinition(
            name="maintain_weekly",
            job=maintain_job,
            cron_schedule="0 12 * * 0",
            execution_timezone=city.config.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description=f"Every Sunday at 12:00 {city.config.timezone}: maintenance of the home.",
        )
        for city in packs[:1]
    ]
