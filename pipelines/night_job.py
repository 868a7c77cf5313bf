"""`<city>_night`: one button that runs a night as the schedule does. Its fetch follows by a sensor, and all else."""

from datetime import date, datetime, timedelta

import dagster as dg
from pydantic import Field

from assets.pack.city import City
from pipelines.keys import BEGIN, KIND, NIGHT
from pipelines.visible import markdown_text


class WhichNight(dg.Config):
    """What the launchpad asks."""

    day: str = Field(default="", description="The day that has ended, as 2026-11-27; empty: yesterday in the city.")


def night_name(city: City) -> str:
    """The name of the job that begins a night."""
    return f"{city.name}_night"


def night_job(city: City) -> dg.JobDefinition:
    """Notes which night is meant, and ends; `sensors.after_begin` asks for its fetch."""

    @dg.op(name=f"{city.name}__begin_night", description="Says which night is to be run.")
    def begin(context: dg.OpExecutionContext, config: WhichNight) -> None:
        day = asked_night(city, config.day or context.run.tags.get(NIGHT, ""), datetime.now(city.timezone).date())
        context.instance.add_run_tags(context.run.run_id, {NIGHT: str(day)})
        context.log.info(f"the night of {day} is asked for: fetch, build and publication follow as runs of their own")

    @dg.job(
        name=night_name(city),
        tags={KIND: BEGIN},
        executor_def=dg.in_process_executor,
        description=f"Run a night of {markdown_text(city.config.shown)} as the schedule does: fetch, with the days "
        "that a night looks back on, then what is to be built, then the publication. `day` is the day that has ended; "
        "without it yesterday in the city.",
    )
    def night() -> None:
        begin()

    return night


def asked_night(city: City, text: str, today: date) -> date:
    """The night that is meant; yesterday if the text is empty. Raises dg.Failure, which is not tried again."""
    try:
        day = date.fromisoformat(text) if text else today - timedelta(days=1)
    except ValueError:
        raise dg.Failure(f"day: {text!r} is no day; write it as 2026-11-27", allow_retries=False) from None
    if not city.config.first_day <= day < today:
        raise dg.Failure(
            f"day: {day} is outside the days of {city.name}; choose one from {city.config.first_day} to yesterday",
            allow_retries=False,
        )
    return day
