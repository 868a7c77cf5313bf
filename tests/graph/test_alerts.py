"""A night that failed or did not come is told to one address; the address stays a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from pipelines import alerts, code_location
from pipelines.keys import NIGHT
from pipelines.settings import Settings
from tests.graph.conftest import Graph
from tests.support.loopback import Answer, Loopback, closed_port, loopback
from tests.worlds.files import AIR_HEADER, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import seoul, small_seoul

UNFIT = [[*row[:6], row[7], row[6]] for row in air_rows([LAST])]  # PM10 and PM2.5 swapped
SECRET = "5ecret-t0ken"


@pytest.fixture
def receiver() -> Iterator[Loopback]:
    with loopback() as server:
        server.replies["*"] = Answer()
        yield server


def address(server: Loopback) -> str:
    return f"{server.base}/{SECRET}"


def texts(server: Loopback) -> list[str]:
    return [json.loads(asked.body)["text"] for asked in server.asked]


def test_a_closed_gate_is_told_after_the_publication(tmp_path: Path, receiver: Loopback) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        graph = Graph(Yard(tmp_path), instance, small_seoul(tmp_path, "air_daily"))
        graph.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, UNFIT), "cp949")
        graph.run("seoul_fetch", [LAST])
        graph.run("seoul_build", [LAST])
        published = graph.run("publish")
        settings = graph.settings.model_copy(update={"alert_url": Settings(ALERT_URL=address(receiver)).alert_url})
        sensors = {one.name: one for one in alerts.all_alerts([graph.city], settings)}
        assert {one.default_status for one in sensors.values()} == {dg.DefaultSensorStatus.RUNNING}
        context = dg.build_run_status_sensor_context(
            "x", next(e for e in published.all_events if e.is_job_success), instance, published.dagster_run
        )
        sensors["alert_what_failed_last_night"](context)
        with dg.build_sensor_context(instance) as by_clock:
            sensors["alert_no_night"](by_clock)
            sensors["alert_no_night"](by_clock)  # it is told once
    first, second = texts(receiver)
    assert first.startswith("Madang: 1 gate is closed; ")
    assert first.endswith("/assets/madang/published/what_failed_last_night")
    assert second.startswith("Madang: the night of seoul for ")


def test_a_night_is_missed_when_it_should_be_over() -> None:
    city = seoul()
    hour, minute = map(int, city.config.nightly_at.split(":"))
    begins = datetime(2026, 11, 28, hour, minute, tzinfo=ZoneInfo(city.config.timezone))
    night = begins.date() - timedelta(days=1)
    with dg.DagsterInstance.ephemeral() as instance:
        for hours, missed in ((-1, night - timedelta(days=1)), (1, night - timedelta(days=1)), (4, night)):
            now = begins + timedelta(hours=hours)
            assert alerts.nights_missing(instance, [city], now) == {city.name: missed}
        instance.add_run(dg.DagsterRun(job_name="seoul_fetch", tags={NIGHT: str(night)}))
        assert alerts.nights_missing(instance, [city], begins + timedelta(hours=4)) == {}


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_cannot_be_told_says_so_without_the_address(receiver: Loopback, status: int) -> None:
    receiver.replies["*"] = Answer(status=status, headers={"location": address(receiver)})
    with pytest.raises(alerts.NotToldError, match=f"status {status}") as told:
        alerts.tell(address(receiver), "x")
    assert SECRET not in repr(told.value)
    assert told.value.__context__ is None
    assert texts(receiver) == ["x"]


@pytest.mark.parametrize("wrong", ["", f"file:///etc/{SECRET}", f"http://[{SECRET}", "https://", "nobody listens"])
def test_an_address_that_leads_nowhere_is_named_nowhere(wrong: str) -> None:
    wrong = f"{closed_port()}/{SECRET}" if wrong == "nobody listens" else wrong
    with pytest.raises(alerts.NotToldError) as told:
        alerts.tell(wrong, "x")
    assert SECRET not in repr(told.value)
    assert told.value.__context__ is None


def test_the_address_is_in_no_definition(tmp_path: Path) -> None:
    settings = Settings(home_dir=tmp_path, cities_dir=tmp_path, ALERT_URL=f"https://x.test/{SECRET}")
    found = code_location.code_location(settings)
    assert SECRET not in repr(settings)
    assert SECRET not in repr(found)
    assert SECRET not in repr(found.resources)
    stopped = {
        one.name: one.default_status for one in alerts.all_alerts([], settings.model_copy(update={"alert_url": None}))
    }
    assert set(stopped.values()) == {dg.DefaultSensorStatus.STOPPED}
