"""Looks from outside whether nights came, were published, and left something closed. `madang watch` and a sensor of
Dagster's daemon look; neither is part of a night, so that a night that does not start is noticed too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

import dagster as dg

from assets.pack.city import City
from assets.pack.packs import Packs
from pipelines import alerts
from pipelines.alerts import Trouble
from pipelines.freshness import HOURS
from pipelines.jobs import fetch_name
from pipelines.keys import KIND, MAINTAIN, NIGHT, PUBLISH
from pipelines.last_night import headline
from pipelines.settings import Settings
from pipelines.status import statuses
from warehouse.home import Home
from warehouse.ledger import ledger

EVERY_S = 900
_ENDED_BADLY = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def troubles_now(
    store: dg.DagsterInstance, home: Home, packs: Packs, now: datetime, hours: float = HOURS
) -> list[Trouble]:
    """What somebody should know of the cities of which the home has something. `hours`: after its beginning, when a
    night should be published."""
    known = ledger.cities(home)
    if not known:
        return [Trouble("no night", "no night ever ran in this home", of_night=True)]
    cities = [city for city in packs.cities if city.name in known]
    found = [trouble for city in cities for trouble in _of_night(store, city, now, timedelta(hours=hours))]
    found += [trouble for kind in (PUBLISH, MAINTAIN) for trouble in _of_newest(store, kind)]
    found += [trouble for city in cities for trouble in _of_tables(home, city)]
    # a text of a pack may quote what it does not understand: its name alone is sent
    text = "the pack {0} cannot be read, see `madang city check {0}`"
    return [*found, *(Trouble(f"pack {name}", text.format(name)) for name in sorted(packs.broken))]


def due_night(city: City, now: datetime, within: timedelta) -> tuple[date, datetime]:
    """The newest night that should be over: the day that it is about, and when it should have begun."""
    local = now.astimezone(city.timezone)
    hour, minute = map(int, city.config.nightly_at.split(":"))
    begins = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while begins + within > local:
        begins -= timedelta(days=1)
    return begins.date() - timedelta(days=1), begins


def _of_night(store: dg.DagsterInstance, city: City, now: datetime, within: timedelta) -> Iterator[Trouble]:
    night, begins = due_night(city, now, within)
    name = f"the night of {city.name} for {night}"
    asked = dg.RunsFilter(job_name=fetch_name(city), tags={NIGHT: str(night)})
    fetches = store.get_run_records(asked, limit=1)
    if not fetches:
        due = f"it should have begun at {begins:%H:%M %Z}"
        yield Trouble(f"not begun {city.name} {night}", f"{name} did not start: {due}", of_night=True)
        return
    (fetch,) = fetches
    if fetch.dagster_run.status in _ENDED_BADLY:
        page = f"/runs/{fetch.dagster_run.run_id}"
        yield Trouble(f"fetch {fetch.dagster_run.run_id}", f"{name} failed while it was fetched: {page}", of_night=True)
    published = dg.RunsFilter(
        tags={KIND: PUBLISH}, statuses=[dg.DagsterRunStatus.SUCCESS], created_after=fetch.create_timestamp
    )
    if not store.get_run_records(published, limit=1):
        hours = within.total_seconds() / 3600
        text = f"{name} is late: nothing was published within {hours:g} hours of its beginning"
        yield Trouble(f"late {city.name} {night}", text, of_night=True)


def _of_newest(store: dg.DagsterInstance, kind: str) -> Iterator[Trouble]:
    for record in store.get_run_records(dg.RunsFilter(tags={KIND: kind}), limit=1):
        run = record.dagster_run
        if run.status in _ENDED_BADLY:
            what = "the last publication" if kind == PUBLISH else "the last maintenance"
            yield Trouble(f"{kind} {run.run_id}", f"{what} failed: /runs/{run.run_id}", of_night=kind == PUBLISH)


def _of_tables(home: Home, city: City) -> Iterator[Trouble]:
    """One for all tables of a city, another one whenever another table or day is closed or fails."""
    broken = [row for row in statuses(home, city) if row.is_broken]
    if broken or city.left_out:
        which = [f"{row.table_name} {row.newest_day} {row.verdict} {row.deliveries_failed > 0}" for row in broken]
        key = "; ".join([*sorted(which), *sorted(city.left_out)])
        yield Trouble(f"tables {city.name}: {key}", f"{city.name}: {headline(broken, list(city.left_out))}")


def watch_sensor(packs: Callable[[], Packs], settings: Settings) -> dg.SensorDefinition:
    """Looks by the clock of Dagster's daemon. It is on where there is somebody to tell."""
    on = bool(alerts.channels(settings)) or settings.ping_url is not None

    @dg.sensor(
        name="alert_troubles",
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        description="Tells once of each night that did not come, failed or is late, and of what it left closed "
        "(MADANG_ALERT_URL, MADANG_ALERT_MAIL). As `madang watch`.",
    )
    def alert_troubles(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        found = troubles_now(context.instance, settings.home, packs(), datetime.now().astimezone())
        if failed := tell(settings, found):
            raise alerts.NotToldError("; ".join(failed))
        return dg.SkipReason("; ".join(one.text for one in found) or "all is well")

    return alert_troubles


def tell(settings: Settings, troubles: Sequence[Trouble]) -> list[str]:
    """Tell what is new of these, and outside that nights are well if they are. Why something could not be sent."""
    failed = alerts.tell_new(settings, troubles)
    if not any(one.of_night for one in troubles):
        try:
            alerts.ping(settings)
        except alerts.NotToldError as error:
            failed.append(f"MADANG_PING_URL: {error}")
    return failed
