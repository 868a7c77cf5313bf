"""Says to one address that a night failed or did not come, for those who are not at the pages.

The address stands in MADANG_ALERT_URL and nowhere else: it is often a secret. So nothing that is raised or logged here
has it, nor anything that a feed said. Chat services take `{"text": ...}`; a gateway makes mail of it.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from http.client import HTTPException

import dagster as dg

from assets.pack.city import City
from pipelines.freshness import HOURS
from pipelines.keys import FETCH, KIND, LAST_NIGHT, MAINTAIN, NIGHT, PUBLISH
from pipelines.settings import Settings
from pipelines.visible import visible

TIMEOUT_S = 10
EVERY_S = 900  # it is looked for nights that did not come
MOST_SIGNS = 2_000


class NotToldError(RuntimeError):
    """A message could not be delivered. The words name no address."""


def tell(address: str, text: str) -> None:
    """Send a message to an http or https address. Raises NotToldError."""
    if not address.startswith(("http://", "https://")):
        raise NotToldError("MADANG_ALERT_URL is no http or https address")
    body = json.dumps({"text": visible(text, MOST_SIGNS)}).encode()
    failed = ""
    try:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with _opener().open(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        failed = f"status {error.code}"
    except (OSError, ValueError, HTTPException) as error:
        failed = type(error).__name__
    raise NotToldError(f"the alert could not be sent ({failed}): {text}")  # outside of the block: nothing is behind it


def _opener() -> urllib.request.OpenerDirector:
    """Without redirects: what stands in the address goes nowhere else."""
    return urllib.request.build_opener(_NoRedirect)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


def all_alerts(cities: Sequence[City], settings: Settings) -> list[dg.SensorDefinition]:
    """Sensors that are on where an address is set: after a publication, after a run that failed, and by the clock."""
    default = dg.DefaultSensorStatus.STOPPED if settings.alert_url is None else dg.DefaultSensorStatus.RUNNING

    @dg.run_status_sensor(
        name="alert_what_failed_last_night",
        run_status=dg.DagsterRunStatus.SUCCESS,
        default_status=default,
        description="Tells what failed last night, after each publication with a trouble (MADANG_ALERT_URL).",
    )
    def after_publication(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        if context.dagster_run.tags.get(KIND) != PUBLISH:
            return dg.SkipReason("nothing was published")
        return _tell(settings, trouble_of(context.instance, context.dagster_run.run_id))

    @dg.run_status_sensor(
        name="alert_run_failed",
        run_status=dg.DagsterRunStatus.FAILURE,
        default_status=default,
        description="Tells of a fetch, a publication or a maintenance that failed (MADANG_ALERT_URL).",
    )
    def after_failure(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        run = context.dagster_run
        if run.tags.get(KIND) not in (FETCH, PUBLISH, MAINTAIN):
            return dg.SkipReason("what a build held back is said after the publication")
        steps = context.instance.get_run_stats(run.run_id).steps_failed
        return _tell(settings, f"{run.job_name} failed in {steps} step(s): /runs/{run.run_id}")

    @dg.sensor(
        name="alert_no_night",
        minimum_interval_seconds=EVERY_S,
        default_status=default,
        description="Tells of a city whose night did not come (MADANG_ALERT_URL).",
    )
    def no_night(context: dg.SensorEvaluationContext) -> dg.SkipReason | None:
        told = json.loads(context.cursor or "{}")
        missing = nights_missing(context.instance, cities, datetime.now().astimezone())
        new = {city: str(night) for city, night in missing.items() if told.get(city) != str(night)}
        if not new:
            return dg.SkipReason("every night came, or its absence was said already")
        said = _tell(
            settings, "; ".join(f"the night of {city} for {night} did not come" for city, night in new.items())
        )
        context.update_cursor(json.dumps(told | new))
        return said

    return [after_publication, after_failure, no_night]


def trouble_of(store: dg.DagsterInstance, run_id: str) -> str | None:
    """What a publication found wrong, in a sentence; None: nothing is."""
    for entry in store.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        found = None if entry.dagster_event is None else entry.dagster_event.asset_check_evaluation_data
        if found is not None and found.asset_key == LAST_NIGHT and not found.passed:
            return f"{found.description} /assets/{'/'.join(LAST_NIGHT.path)}"
    return None


def nights_missing(store: dg.DagsterInstance, cities: Sequence[City], now: datetime) -> dict[str, date]:
    """By city, the day of a night that should be over by `now` and of which there is no run."""
    found = dict[str, date]()
    for city in cities:
        local = now.astimezone(city.timezone)
        hour, minute = map(int, city.config.nightly_at.split(":"))
        begins = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        while begins + timedelta(hours=HOURS) > local:
            begins -= timedelta(days=1)
        night = begins.date() - timedelta(days=1)
        runs = store.get_runs(dg.RunsFilter(tags={NIGHT: str(night)}))
        if not any(run.job_name.startswith(f"{city.name}_") for run in runs):
            found[city.name] = night
    return found


def _tell(settings: Settings, text: str | None) -> dg.SkipReason | None:
    if text is None:
        return dg.SkipReason("nothing failed")
    if settings.alert_url is None:
        return dg.SkipReason("MADANG_ALERT_URL is not set")
    tell(settings.alert_url.get_secret_value(), f"Madang: {text}")
    return None
