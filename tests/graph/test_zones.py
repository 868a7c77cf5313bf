"""Schedules by zone: cities whose nights begin at one moment begin together, and wait for none of each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
import yaml

from pipelines import code_location, origin, schedules
from pipelines.keys import KIND, NIGHT, PUBLISH
from pipelines.settings import REPOSITORY, Settings
from tests.graph.conftest import Graph
from tests.graph.test_runs import after
from tests.worlds.files import LAST
from tests.worlds.packs import small_seoul
from warehouse.format import open_home
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT

Make = Callable[..., Graph]
MOMENTS = [
    (datetime(2020, 4, 4, 4, 10, tzinfo=ZoneInfo("Asia/Seoul")), date(2020, 4, 3)),
    (datetime(2020, 4, 3, 19, 10, tzinfo=UTC), date(2020, 4, 3)),  # the same moment, the day before in UTC
    (datetime(2020, 3, 1, 4, 10, tzinfo=ZoneInfo("Asia/Seoul")), date(2020, 2, 29)),
]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> dg.RepositoryDefinition:
    """Seoul and Busan begin together; Taipei, and Incheon later in Seoul's zone, by themselves."""
    root = tmp_path_factory.mktemp("zones")
    for name, config in {
        "seoul": {},
        "busan": {},
        "incheon": {"nightly_at": '"05:00"'},
        "taipei": {"timezone": "Asia/Taipei"},
    }.items():
        packs = small_seoul(root, "bike_daily", name=name, **config)
    return code_location.code_location(Settings(cities_dir=packs, home_dir=root / "home")).get_repository_def()


def test_cities_of_one_zone_and_time_have_one_schedule(four: dg.RepositoryDefinition):
    found = {one.name: (one.cron_schedule, one.execution_timezone) for one in four.schedule_defs}
    del found["maintain_weekly"]
    assert found == {
        "nightly_asia_seoul_0410": ("10 4 * * *", "Asia/Seoul"),
        "nightly_asia_seoul_0500": ("0 5 * * *", "Asia/Seoul"),
        "nightly_asia_taipei_0410": ("10 4 * * *", "Asia/Taipei"),
    }


def test_zones_of_cities_that_are_not_the_homes_are_off_by_themselves(tmp_path: Path):
    for name, zone in {"seoul": "Asia/Seoul", "busan": "Asia/Seoul", "taipei": "Asia/Taipei"}.items():
        packs = small_seoul(tmp_path, "bike_daily", name=name, timezone=zone)
    settings = Settings(cities_dir=packs, home_dir=tmp_path / "home")

    def on() -> set[str]:
        schedules = code_location.code_location(settings).get_repository_def().schedule_defs
        return {one.name for one in schedules if one.default_status is dg.DefaultScheduleStatus.RUNNING}

    both = {"nightly_asia_seoul_0410", "nightly_asia_taipei_0410"}
    assert on() == {*both, "maintain_weekly"}  # of a home without any city
    ledger.append(open_home(settings.home, create=True), "attempt", [ATTEMPT.row() | {"city": "taipei"}])
    assert on() == {"nightly_asia_taipei_0410", "maintain_weekly"}


def asked(repository: dg.RepositoryDefinition, schedule: str, moment: datetime) -> dg.RunRequest:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=moment, repository_def=repository
        )
        data = repository.get_schedule_def(schedule).evaluate_tick(context)
    (request,) = data.run_requests or ()
    return request


@pytest.mark.parametrize(("moment", "day"), MOMENTS)
def test_schedule_asks_for_the_day_that_has_ended(four: dg.RepositoryDefinition, moment: datetime, day: date):
    request = asked(four, "nightly_asia_seoul_0410", moment)
    assert request.tags[NIGHT] == str(day)
    assert request.run_key == f"asia_seoul_0410:{day}"


@pytest.mark.parametrize("day", [date(2020, 3, 28), date(2020, 3, 29), date(2020, 3, 30), date(2020, 10, 25)])
def test_schedule_over_the_change_of_the_clock(tmp_path: Path, day: date):
    """Berlin, 00:10: on 29 March it has 23 hours, on 25 October 25."""
    packs = small_seoul(tmp_path, "bike_daily", name="berlin", timezone="Europe/Berlin", nightly_at='"00:10"')
    berlin = code_location.code_location(Settings(cities_dir=packs, home_dir=tmp_path / "home")).get_repository_def()
    moment = datetime(day.year, day.month, day.day, 0, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    request = asked(berlin, "nightly_europe_berlin_0010", moment.astimezone(UTC))
    assert request.tags[NIGHT] == str(date.fromordinal(day.toordinal() - 1))


def test_the_night_of_a_zone_has_the_fetch_of_each_city_follow(graph: Make):
    g = graph("weather_daily")
    (zone,) = schedules.zones_of([g.city])
    begun = g.job(f"nights_{zone.name}").execute_in_process(instance=g.instance, tags={NIGHT: str(LAST)})
    (request,) = after(g, "seoul_fetch_after_night", begun)
    assert isinstance(request, dg.RunRequest)
    assert (request.partition_key, request.tags) == (str(LAST), {NIGHT: str(LAST)})
    (skipped,) = after(g, "publish_after_success", begun)
    assert isinstance(skipped, dg.SkipReason)


def test_the_publication_waits_for_no_other_city(graph: Make):
    """Of another city a fetch of the same night hangs; and one publication that waits is enough for all."""
    g = graph("weather_daily")
    g.yard.deliver("weather_daily")
    tags = {NIGHT: str(LAST)}
    g.run("seoul_fetch", [LAST], tags=tags)
    g.instance.add_run(dg.DagsterRun(job_name="busan_fetch", tags=tags, status=dg.DagsterRunStatus.STARTED))
    built = g.run("seoul_build", [LAST], tags=tags)
    (request,) = after(g, "publish_after_success", built)
    assert isinstance(request, dg.RunRequest)
    assert request.job_name == PUBLISH
    queued = dg.DagsterRun(
        job_name=PUBLISH,
        tags={KIND: PUBLISH},
        status=dg.DagsterRunStatus.QUEUED,
        remote_job_origin=origin.job_origin(PUBLISH),
    )
    g.instance.add_run(queued)
    (skipped,) = after(g, "publish_after_success", built)
    assert isinstance(skipped, dg.SkipReason)


def test_one_run_works_at_a_time_and_fetches_go_on_beside_it(graph: Make):
    """What deploy/dagster.yaml limits are tags that the jobs have."""
    limits = yaml.safe_load((REPOSITORY / "deploy" / "dagster.yaml").read_text())["concurrency"]["runs"]
    g, by_tag = (
        graph("weather_daily"),
        {(one["key"], one["value"]): one["limit"] for one in limits["tag_concurrency_limits"]},
    )
    assert by_tag[("madang/work", "heavy")] == 1
    for job in ("seoul_build", "publish", "maintain"):
        assert g.job(job).tags["madang/work"] == "heavy", job
    assert "madang/work" not in g.job("seoul_fetch").tags
    assert g.job("seoul_fetch").tags["madang/kind"] == "fetch"
    assert 1 < by_tag[("madang/kind", "fetch")] < limits["max_concurrent_runs"]
