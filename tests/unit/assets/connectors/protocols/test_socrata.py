"""Socrata: an order on every page, its limits, and its errors."""

from __future__ import annotations

import json
from datetime import date

import pytest

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page
from assets.connectors.protocols.socrata import Socrata
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from tests.support.loopback import Answer, Asked, Clock, Loopback, service
from tests.support.protocols import envelope_of

WHERE = "date >= '{day:%Y-%m-%d}T00:00:00' AND date < '{next_day:%Y-%m-%d}T00:00:00'"
CRASHES = service("socrata", {"id": "abcd-1234", "query": {"$where": WHERE}}, page_size=30)


def test_the_request_always_has_limit_and_order() -> None:
    request = Socrata().request(Ask(CRASHES, date(2026, 3, 9)), Page(60, 30, 3))
    assert request.path == "resource/abcd-1234.json"
    assert request.query == {
        "$where": "date >= '2026-03-09T00:00:00' AND date < '2026-03-10T00:00:00'",
        "$limit": "30",
        "$offset": "60",
        "$order": ":id",
    }
    assert request.headers == {}
    own = {"id": "a", "order": "area,day", "query": {"$limit": "5", "$order": "x", "$group": "area"}}
    grouped = Socrata().request(Ask(service("socrata", own, secrets={"token": "V"})), Page(0, 50_000))
    assert grouped.query == {"$group": "area", "$limit": "50000", "$offset": "0", "$order": "area,day"}
    assert grouped.headers == {"x-app-token": "{token}"}
    for emptied in ("", None):
        assert (
            Socrata().request(Ask(service("socrata", {"id": "a", "order": emptied})), Page()).query["$order"] == ":id"
        )


@pytest.mark.parametrize("count", [0, 29, 30, 31, 60, 100])
def test_pages_are_whole_only_with_an_order(server: Loopback, count: int) -> None:
    rows = [{"id": str(n)} for n in range(count)]

    def answer(asked: Asked) -> Answer:
        limit, offset = int(asked.query.get("$limit", 1000)), int(asked.query.get("$offset", 0))
        found = rows[offset : offset + limit]
        return Answer(json.dumps(found if asked.query.get("$order") == ":id" else found[::-1]).encode())

    server.replies["*"] = answer
    with Client(CRASHES, server.base, Secrets({})) as client:
        pulled = pull.pull(client, CRASHES, date(2026, 3, 9))
    assert pulled.failure is None, pulled.failure
    assert pulled.rows == count
    if count:
        content, _ = archive.pack(pulled.pages)
        found = [i for raw in archive.read_pages("x", content, CRASHES) for i in raw.frame["id"]]
        assert found == [str(n) for n in range(count)]


def test_an_answer_still_in_preparation_is_waited_for(server: Loopback, clock: Clock) -> None:
    busy = Answer(b'{"code":"too_many","error":true,"message":"slow down"}', 429, {"retry-after": "9"})
    server.replies["*"] = [Answer(b"", 202), Answer(b'{"status":"working"}', 202), busy]
    server.replies["*"] += [Answer(b'[{"count":"1"}]'), Answer(b'[{"id":"1"}]')]
    asking = service("socrata", {"id": "a"}, attempts=4)
    with Client(asking, server.base, Secrets({})) as client:
        pulled = pull.pull(client, asking, None)
    assert (pulled.failure, pulled.rows, len(server.asked)) == (None, 1, 5)
    assert clock.slept[2] == 9.0


ERRORS = [
    ("query.soql.no-such-column", 400, "SERVICE-REQUEST", PermanentFailure),
    ("dataset.missing", 404, "SERVICE-REQUEST", PermanentFailure),
    ("not_found", 404, "SERVICE-REQUEST", PermanentFailure),
    ("permission_denied", 403, "SERVICE-AUTH", PermanentFailure),
    ("authentication_required", 200, "SERVICE-AUTH", PermanentFailure),
    ("invalid_app_token", 403, "SERVICE-AUTH", PermanentFailure),
    ("internal_error", 500, "SERVICE-DOWN", TransientFailure),
    ("", 200, "SERVICE-SHAPE", PermanentFailure),
]


@pytest.mark.parametrize(("said", "status", "code", "kind"), ERRORS)
def test_errors(said: str, status: int, code: str, kind: type[FeedFailure]) -> None:
    with pytest.raises(kind, match=code):
        envelope_of(CRASHES, {"code": said, "error": True, "message": "no", "data": {"query": "SELECT *"}}, status)


def test_what_is_no_answer() -> None:
    for content, code in ((b"<html>", "SERVICE-CONTENT"), (b"", "SERVICE-CONTENT"), (b'[{"a":', "SERVICE-TRUNCATED")):
        with pytest.raises(TransientFailure, match=code):
            envelope_of(CRASHES, content)
    assert envelope_of(CRASHES, []) == Envelope(0)


def test_rows_without_a_value_and_with_a_location() -> None:
    rows = [
        {"id": "1", "place": {"latitude": "14.60", "longitude": "121.0", "human_address": '{"address": ""}'}},
        {"id": "2", "point": {"type": "Point", "coordinates": [121.00, 14.6]}, "n": "5"},
    ]
    found = Socrata().rows(CRASHES, json.dumps(rows).encode(), "x").frame.rows(named=True)
    assert (found[0]["place.latitude"], found[0]["n"], found[0]["place.human_address"]) == (
        "14.60",
        None,
        '{"address": ""}',
    )
    assert (found[1]["point.type"], found[1]["point.coordinates"], found[1]["id"]) == ("Point", "[121.0,14.6]", "2")
