"""The nightly schedule of each city, in its own time zone, and the weekly maintenance of the home."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dagster as dg

from assets.pack.city import City
from pipelines.keys import NIGHT


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


def weekly(city: City, maintain_job: Any) -> dg.ScheduleDefinition:
    """Maintenance of the home, which all cities share, on Sunday at noon in the zone of this city.

    That is far from the nights of a city nearby, and somebody may see it fail on Monday.
    """
    return dg.ScheduleDefinition(
        name="maintain_weekly",
        job=maintain_job,
        cron_schedule="0 12 * * 0",
        execution_timezone=city.config.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Every Sunday at 12:00 {city.config.timezone}: maintenance of the home.",
    )
