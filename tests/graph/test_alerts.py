"""Nights that do not start, fail or come late, and what they leave closed, are told once; addresses stay secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.test_utils import freeze_time

from assets.pack.packs import Packs
from pipelines import alerts, code_location, watch
from pipelines.alerts import Trouble
from pipelines.keys import KIND, NIGHT, PUBLISH
from pipelines.settings import Settings
from tests.graph.conftest import Graph
from tests.support.loopback import Answer, Loopback, closed_port, loopback
from tests.support.mailbox import Mailbox, mailbox
from tests.worlds.command import Command
from tests.worlds.files import AIR_HEADER, LAST, Yard, air_rows, csv_text
from tests.worlds.packs import seoul, small_seoul
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger

UNFIT = [[*row[:6], row[7], row[6]] for row in air_rows([LAST])]  # PM10 and PM2.5 swapped
SECRET = "5ecret-t0ken"
NIGHT_OF = date(2026, 11, 27)
PACKS = Packs((seoul(),), {})


@pytest.fixture
def receiver() -> Iterator[Loopback]:
    with loopback() as server:
        server.replies["*"] = Answer()
        yield server


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as server:
        yield server


def address(server: Loopback) -> str:
    return f"{server.base}/{SECRET}"


def mail_to(box: Mailbox, user: str = "") -> str:
    return f"smtp://{user}{box.host}/?from=madang@a.test&to=ops@a.test,boss@a.test"


def texts(server: Loopback) -> list[str]:
    return [json.loads(asked.body)["text"] for asked in server.asked if asked.body]


def settings_for(home: Path, **addresses: str) -> Settings:
    return Settings(home_dir=home, **addresses)


# --- what is a trouble ------------------------------------------------------------------------------------------------


def at(hours: float) -> datetime:
    """So many hours after the night of NIGHT_OF should have begun."""
    hour, minute = map(int, seoul().config.nightly_at.split(":"))
    zone = ZoneInfo(seoul().config.timezone)
    return datetime(2026, 11, 28, hour, minute, tzinfo=zone) + timedelta(hours=hours)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """One that Seoul has begun in."""
    found = open_home(Home(tmp_path / "home"), create=True)
    row = dict.fromkeys(ledger.read(found, "attempt").collect().columns) | {"city": "seoul", "recorded_at": at(-24)}
    ledger.append(found, "attempt", [row])
    return found


def run(store: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus, hours: float, **tags: str) -> None:
    with freeze_time(at(hours)):
        store.add_run(dg.DagsterRun(job_name=job, status=status, tags=tags))


GOOD, BAD, GOES_ON = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED


@pytest.mark.holds(
    "attack 23",
    "A night that does not start, dies, fails or is late is said by a watch that is no part of it, and once.",
)
@pytest.mark.parametrize(
    ("fetch", "publication", "told"),
    [
        (GOOD, GOOD, []),
        (None, None, ["did not start: it should have begun at"]),
        (None, GOOD, ["did not start: it should have begun at"]),
        (BAD, GOOD, ["failed while it was fetched: /runs/"]),
        (GOES_ON, None, ["is late: nothing was published within 3 hours"]),
        (GOOD, None, ["is late: nothing was published within 3 hours"]),
        (GOOD, BAD, ["is late: nothing was published within 3 hours", "the last publication failed: /runs/"]),
    ],
)
def test_how_a_night_went(
    home: Home, fetch: dg.DagsterRunStatus | None, publication: dg.DagsterRunStatus | None, told: list[str]
) -> None:
    with dg.DagsterInstance.ephemeral() as store:
        for night, hours in ((NIGHT_OF - timedelta(days=1), -24), (NIGHT_OF, 0)):
            good = night != NIGHT_OF
            if good or fetch is not None:
                tags = {NIGHT: str(night)}
                run(store, "seoul_fetch", GOOD if good else fetch or GOOD, hours + 0.1, **tags)
            if good or publication is not None:
                run(store, PUBLISH, GOOD if good else publication or GOOD, hours + 0.5, **{KIND: PUBLISH})
        assert watch.troubles_now(store, home, PACKS, at(2.9)) == [] or BAD in (fetch, publication)
        found = watch.troubles_now(store, home, PACKS, at(3.1))
    assert len(found) == len(told), found
    for trouble, words in zip(found, told, strict=True):
        assert words in trouble.text
        assert trouble.of_night
    assert all("of seoul for 2026-11-27" in one.text or "last" in one.text for one in found)


def test_of_a_city_that_is_not_in_the_home_nothing_is_missed(home: Home, tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as store:
        assert watch.troubles_now(store, home, Packs((), {}), at(4)) == []
        (only,) = watch.troubles_now(store, Home(tmp_path / "new"), PACKS, at(4))
        assert only.text == "no night ever ran in this home"
        (broken,) = watch.troubles_now(store, home, Packs((), {"busan": "values [/x] of busan"}), at(4))
        assert broken.text == "the pack busan cannot be read, see `madang city check busan`"


def test_a_closed_gate_is_told_once(tmp_path: Path, receiver: Loopback) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        graph = Graph(Yard(tmp_path), instance, small_seoul(tmp_path, "air_daily"))
        graph.yard.put("air_daily/2020.csv", csv_text(AIR_HEADER, UNFIT), "cp949")
        graph.run("seoul_fetch", [LAST])
        graph.run("seoul_build", [LAST])
        graph.run("publish")
        settings = graph.settings.model_copy(update={"alert_url": Settings(ALERT_URL=address(receiver)).alert_url})
        sensor = watch.watch_sensor(lambda: Packs((graph.city,), {}), settings)
        assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
        for _ in range(2):
            with dg.build_sensor_context(instance) as context:
                sensor(context)
    (told,) = texts(receiver)
    assert "seoul: 1 gate is closed; " in told
    assert "the night of seoul for " in told  # that of yesterday did not start
    assert set(told) & {"[", "<"} == set()


# --- how it is told ---------------------------------------------------------------------------------------------------

A, B = Trouble("a", "a is closed"), Trouble("b", "b did not start", of_night=True)


def test_each_trouble_is_told_once_for_as_long_as_it_lasts(tmp_path: Path, receiver: Loopback, box: Mailbox) -> None:
    settings = settings_for(tmp_path, ALERT_URL=address(receiver), ALERT_MAIL=mail_to(box))
    for troubles in ([A], [A], [A, B], [B], [A, B], []):
        assert alerts.tell_new(settings, troubles) == []
    expected = ["Madang: a is closed", "Madang: b did not start", "Madang: a is closed"]
    assert texts(receiver) == expected
    assert [mail.get_content().strip() for mail in box.mails] == expected
    assert [mail["subject"] for mail in box.mails] == expected
    assert set(box.receivers) == {"ops@a.test", "boss@a.test"}
    assert (tmp_path / alerts.TOLD).stat().st_mode & 0o077 == 0
    assert SECRET not in (tmp_path / alerts.TOLD).read_text()


def test_what_one_channel_did_not_take_it_is_told_again(tmp_path: Path, receiver: Loopback, box: Mailbox) -> None:
    receiver.replies["*"] = [Answer(status=500), Answer()]
    settings = settings_for(tmp_path, ALERT_URL=address(receiver), ALERT_MAIL=mail_to(box))
    (failed,) = alerts.tell_new(settings, [A])
    assert failed == "MADANG_ALERT_URL: could not be sent (status 500): Madang: a is closed"
    assert alerts.tell_new(settings, [A]) == []
    assert (len(receiver.asked), len(box.mails)) == (2, 1)


def test_a_broken_record_of_what_was_told_stops_nothing(tmp_path: Path, receiver: Loopback) -> None:
    for text in ("{", "[]", '{"MADANG_ALERT_URL": ["b"]}'):
        (tmp_path / alerts.TOLD).write_text(text)
        assert alerts.tell_new(settings_for(tmp_path, ALERT_URL=address(receiver)), [A]) == []
    assert len(receiver.asked) == 3


@pytest.mark.holds("attack 23", "A service outside hears of good nights, and no more once one does not come.")
def test_a_service_outside_hears_of_good_nights_alone(tmp_path: Path, receiver: Loopback) -> None:
    settings = settings_for(tmp_path, PING_URL=address(receiver))
    for troubles, asked in (([], 1), ([A], 2), ([A, B], 2), ([], 3)):
        assert watch.tell(settings, troubles) == []
        assert len(receiver.asked) == asked
    receiver.replies["*"] = Answer(status=404)
    assert watch.tell(settings, []) == ["MADANG_PING_URL: could not be sent (status 404): "]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_cannot_be_told_says_so_without_the_address(tmp_path: Path, receiver: Loopback, status: int) -> None:
    receiver.replies["*"] = Answer(status=status, headers={"location": address(receiver)})
    (failed,) = alerts.tell_new(settings_for(tmp_path, ALERT_URL=address(receiver)), [A])
    assert f"status {status}" in failed
    assert SECRET not in failed
    assert texts(receiver) == ["Madang: a is closed"]


WRONG = [f"file:///etc/{SECRET}", f"http://[{SECRET}", "https://", "nobody listens", f"smtp://{SECRET}"]


@pytest.mark.parametrize("channel", ["ALERT_URL", "ALERT_MAIL"])
@pytest.mark.parametrize("wrong", WRONG)
def test_an_address_that_leads_nowhere_is_named_nowhere(tmp_path: Path, channel: str, wrong: str) -> None:
    nobody = closed_port() if channel == "ALERT_URL" else closed_port().replace("http", "smtp")
    wrong = f"{nobody}/{SECRET}?from=a@a.test&to=b@a.test" if wrong == "nobody listens" else wrong
    settings = settings_for(tmp_path, **{channel: wrong})
    send = alerts.channels(settings)[f"MADANG_{channel}"]
    with pytest.raises(alerts.NotToldError) as told:
        send("x")
    assert SECRET not in repr(told.value)
    assert told.value.__context__ is None
    assert SECRET not in repr(settings)


def test_mail_that_is_refused_says_only_the_code(tmp_path: Path, box: Mailbox) -> None:
    box.refuses = True
    (failed,) = alerts.tell_new(settings_for(tmp_path, ALERT_MAIL=mail_to(box)), [A])
    assert failed == "MADANG_ALERT_MAIL: could not be sent (SMTPRecipientsRefused): Madang: a is closed"


def test_a_password_is_never_said_without_tls(tmp_path: Path, box: Mailbox) -> None:
    settings = settings_for(tmp_path, ALERT_MAIL=mail_to(box, f"user:{SECRET}@"))
    (failed,) = alerts.tell_new(settings, [A])
    assert "SMTPNotSupportedError" in failed
    assert SECRET not in failed
    assert box.mails == []
    assert not any(b"AUTH" in line or SECRET.encode() in line for line in box.said)


def test_the_command_says_what_it_tells_and_ends_with_what_became_of_it(home: Home, receiver: Loopback) -> None:
    command = Command(home.root, small_seoul(home.root.parent, "air_daily"))
    said = command("watch", MADANG_ALERT_URL=address(receiver))
    assert (said.code, said.err) == (3, "")
    assert said.out.startswith("the night of seoul for ")
    receiver.replies["*"] = Answer(status=500)
    assert command("watch", MADANG_ALERT_URL=address(receiver)).code == 3  # it was told: nothing is to be sent
    said = command("watch", MADANG_ALERT_MAIL="smtp://nobody", MADANG_ALERT_URL=address(receiver))
    assert said.code == 1
    assert said.err.startswith("madang: MADANG_ALERT_MAIL: could not be sent (it is no smtp or smtps address with from")
    assert len(receiver.asked) == 1
    found = json.loads(command("watch", "--json").out)
    assert [one["of_night"] for one in found["troubles"]] == [True]


def test_the_address_is_in_no_definition(tmp_path: Path) -> None:
    url = f"https://x.test/{SECRET}"
    settings = Settings(
        home_dir=tmp_path, cities_dir=tmp_path, ALERT_URL=url, PING_URL=url, ALERT_MAIL=f"smtp://{SECRET}"
    )
    found = code_location.code_location(settings)
    assert SECRET not in repr(settings)
    assert SECRET not in repr(found)
    assert SECRET not in repr(found.resources)
    none = Settings(home_dir=tmp_path)
    assert watch.watch_sensor(lambda: PACKS, none).default_status == dg.DefaultSensorStatus.STOPPED
