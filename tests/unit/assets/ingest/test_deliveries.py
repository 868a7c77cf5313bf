"""What the ledger's attempts say of deliveries: which are readable, which count for a day, what has to be read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assets.context import RunContext
from assets.ingest.deliveries import Deliveries, Delivery, attempt, pull_name
from assets.ingest.read import rows_of_delivery
from quality.contract.connector import Connector, Service
from quality.contract.model import Contract
from tests.worlds.packs import seoul
from warehouse.home import Home
from warehouse.ledger import ledger

DAYS = [date(2020, 4, 1) + timedelta(days=n) for n in range(4)]
NOON = datetime(2020, 4, 9, 12, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path) -> RunContext:
    return RunContext(home=Home(tmp_path), city=seoul(), source="live", run_id="r", today=DAYS[-1])


def contract() -> Contract:
    return seoul().contracts["air_daily"]


class Book:
    """Writes attempts of one feed, a minute apart."""

    def __init__(self, run: RunContext, of: Contract) -> None:
        self.run, self.contract, self.at = run, of, NOON

    def write(self, sha256: str, status: str = "parsed", **more: Any) -> None:
        self.at += timedelta(minutes=1)
        row = attempt(self.run, self.contract, status=status, sha256=sha256, delivery=sha256, **more)
        rows = [row | {"recorded_at": self.at}]
        if status == "parsed":  # what was read had landed before
            rows.insert(0, rows[0] | {"status": "landed", "recorded_at": self.at - timedelta(seconds=1)})
        ledger.append(self.run.home, "attempt", rows)

    def answer(self, sha256: str, asked: date, first: date | None = None, last: date | None = None) -> None:
        self.write(sha256, asked_day=asked, asked_at=self.at, day_min=first or asked, day_max=last or asked)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries.of(self.run, self.contract)


def hashes(deliveries: Deliveries, day: date) -> list[str]:
    return [sha256 for inputs in deliveries.inputs([day]).values() for sha256 in inputs.deliveries]


def test_the_newest_answer_stands_for_the_day_it_was_asked_for(run: RunContext):
    book = Book(run, contract())
    book.answer("old", DAYS[1])
    book.answer("wide", DAYS[2], DAYS[0], DAYS[2])
    book.answer("new", DAYS[1])
    assert [hashes(book.deliveries, day) for day in DAYS] == [["wide"], ["new"], ["wide"], []]
    assert book.deliveries.inputs(DAYS).keys() == set(DAYS[:3])


def test_files_of_a_day_all_count(run: RunContext):
    book = Book(run, contract())
    book.write("a", day_min=DAYS[0], day_max=DAYS[1])
    book.write("b", day_min=DAYS[1], day_max=DAYS[2])
    assert [hashes(book.deliveries, day) for day in DAYS] == [["a"], ["a", "b"], ["b"], []]


def test_of_a_register_the_newest_delivery_alone_counts(run: RunContext):
    register = seoul().contracts["sdot_ref"]
    since = register.reference_since
    assert since is not None
    book = Book(run, register)
    book.write("a", day_min=since, day_max=since)
    book.write("b", day_min=since, day_max=since)
    assert hashes(book.deliveries, since) == ["b"]


def test_what_another_contract_could_read_is_read_again(run: RunContext):
    book = Book(run, contract())
    book.write("a", asked_day=DAYS[0], asked_at=NOON, day_min=DAYS[0], day_max=DAYS[0], contract_hash="another")
    book.answer("b", DAYS[1])
    fetched = [Delivery("air_daily", "b", "b"), Delivery("air_daily", "c", "c")]
    assert list(book.deliveries.readable) == ["b"]
    assert [(d.sha256, d.asked_day) for d in book.deliveries.unread(fetched)] == [("a", DAYS[0]), ("c", None)]


def test_requests_are_counted_by_the_day_in_utc(run: RunContext):
    book = Book(run, contract())
    book.write("a", status="landed", requests=3)
    book.write("b", status="failed", requests=2)
    book.at += timedelta(days=1)
    book.write("c", status="landed", requests=7)
    assert [book.deliveries.requests_on(NOON.date() + timedelta(days=n)) for n in range(3)] == [5, 7, 0]
    assert book.deliveries.landed_before == {"a", "c"}


def test_a_message_names_a_pull_the_same_way_whenever_it_was_asked():
    pulls = [
        Delivery("air", pull_name("air", DAYS[0], NOON + later), "a", DAYS[0], NOON + later)
        for later in (timedelta(0), timedelta(days=1))
    ]
    assert pulls[0].name != pulls[1].name
    assert {pull.label for pull in pulls} == {"air 2020-04-01"}
    assert Delivery("air", "now", "a", None, NOON).label == "air now"
    assert Delivery("air", "2020/april.csv", "a").label == "2020/april.csv"


@pytest.mark.parametrize(("asked_day", "root"), [(date(2024, 6, 1), "Old"), (date(2025, 6, 1), "New"), (None, "New")])
def test_the_version_that_was_asked_reads_the_answer(asked_day: date | None, root: str):
    old = Service(protocol="seoul_openapi", address="http://a", ask={"service": "Old"}, until=date(2024, 12, 31))
    new = Service(protocol="seoul_openapi", address="http://a", ask={"service": "New"}, since=date(2025, 1, 1))
    feed = contract().model_copy(update={"connector": Connector(services=(old, new))})
    rows = {"list_total_count": 1, "RESULT": {"CODE": "INFO-000", "MESSAGE": ""}, "row": [{"ID": "r1"}]}
    delivery = Delivery(feed.name, "by hand", "0", asked_day, NOON)
    (raw,) = rows_of_delivery(feed, delivery, json.dumps({root: rows}).encode(), pulled=True)
    assert raw.frame["ID"].to_list() == ["r1"]
