"""OpenAQ v3: sensors by the hour, a total that is a text, and its errors."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.openaq import OpenAq
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from tests.support.loopback import Answer, Asked, Clock, Loopback, service
from tests.support.paths import SAMPLES

SAMPLE = SAMPLES / "openaq_v3_sensor_days.json"
ASK = {
    "path": "v3/sensors/{each}/hours",
    "query": {"datetime_from": "{day:%Y-%m-%d}T00:00:00+08:00", "datetime_to": "{next_day:%Y-%m-%d}T00:00:00+08:00"},
}
HOURS = service("openaq", ASK, secrets={"key": "OPENAQ_KEY"}, each=("3917", "39"))
DAY = date(2025, 1, 1)


def hour(number: int, **more: Any) -> dict[str, Any]:
    period = {
        "datetimeFrom": {"utc": f"2024-12-31T{number:02d}:00:00Z", "local": f"2025-01-01T{number:02d}:00:00+08:00"}
    }
    return {"value": 1.5 + number, "flagInfo": {"hasFlags": False}, "period": period, "coordinates": None} | more


def reply(rows: Any, found: Any = 1, limit: Any = 1000, status: int = 200, page: int = 1) -> Reply:
    body = {"meta": {"page": page, "limit": limit, "found": found}, "results": rows}
    return Reply(status, {}, json.dumps(body).encode(), "openaq 3917")


def test_the_request() -> None:
    request = OpenAq().request(Ask(HOURS, DAY, "3917"), Page(2000, 1000, 3))
    assert request.path == "v3/sensors/3917/hours"
    assert request.query == {
        "datetime_from": "2025-01-01T00:00:00+08:00",
        "datetime_to": "2025-01-02T00:00:00+08:00",
        "limit": "1000",
        "page": "3",
    }
    assert request.headers == {"x-api-key": "{key}"}
    with pytest.raises(PermanentFailure, match="SERVICE-ASK"):
        OpenAq().request(Ask(service("openaq", {})), Page())


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("Asia/Seoul", date(2026, 7, 21), "2026-07-20T15:00:00Z", "2026-07-21T15:00:00Z"),
        ("America/Chicago", date(2026, 11, 1), "2026-11-01T05:00:00Z", "2026-11-02T06:00:00Z"),
        ("America/Chicago", date(2026, 3, 8), "2026-03-08T06:00:00Z", "2026-03-09T05:00:00Z"),
    ],
)
def test_the_instants_of_a_day_of_the_city(zone: str, day: date, begins: str, ends: str) -> None:
    """25 hours in autumn, 23 in spring: an offset that is written into `ask` is right for half of the year."""
    form = "%Y-%m-%dT%H:%M:%SZ"
    query = {"datetime_from": f"{{day_begins:{form}}}", "datetime_to": f"{{day_ends:{form}}}"}
    asking = service("openaq", {"path": "v3", "query": query})
    found = OpenAq().request(Ask(asking, day, zone=ZoneInfo(zone)), Page()).query
    assert (found["datetime_from"], found["datetime_to"]) == (begins, ends)


@pytest.mark.parametrize(("found", "total"), [(">100", None), (">1000", None), (24, 24), ("24", 24), (None, None)])
def test_found_may_be_a_text(found: Any, total: int | None) -> None:
    assert OpenAq().envelope(HOURS, reply([hour(1), hour(2)], found)) == Envelope(2, total, most=1000)


def test_rows_are_dotted() -> None:
    rows = [
        hour(1),
        hour(2, flagInfo={"hasFlags": True}, coordinates={"latitude": 14.6, "longitude": 121.0}, summary=None),
    ]
    raw = OpenAq().rows(HOURS, reply(rows).content, "00001 2025-01-01 39")
    first, second = raw.frame.rows(named=True)
    assert first["period.datetimeFrom.local"] == "2025-01-01T01:00:00+08:00"
    assert (first["value"], first["flagInfo.hasFlags"], first["coordinates"]) == (
        "2.5",
        "false",
        None,
    )
    assert (second["flagInfo.hasFlags"], second["coordinates.latitude"]) == ("true", "14.6")


def test_all_pages_of_all_sensors(server: Loopback) -> None:
    def answer(asked: Asked) -> Answer:
        rows = [hour(n % 24, value=n, sensor=asked.path) for n in range(250)]
        page, limit = int(asked.query["page"]), min(int(asked.query["limit"]), 100)  # clips
        part = rows[(page - 1) * limit : page * limit]
        found = f">{limit}" if len(part) == limit else len(part)
        return Answer(reply(part, found, limit, page=page).content)

    server.replies["*"] = answer
    with Client(HOURS, server.base, Secrets({"key": "s3cret"})) as client:
        pulled = pull.pull(client, HOURS, DAY)
    assert pulled.failure is None, pulled.failure
    content, _ = archive.pack(pulled.pages)
    frames = [raw.frame for raw in archive.read_pages("x", content, HOURS)]
    assert [v for f in frames for v in f["value"]] == [str(n) for n in range(250)] * 2
    assert [v for f in frames for v in f["_each"]] == ["3917"] * 250 + ["39"] * 250
    assert {asked.headers["x-api-key"] for asked in server.asked} == {"s3cret"}


ERRORS = [
    (401, {"detail": "Invalid credentials"}, "SERVICE-AUTH", PermanentFailure),
    (403, {"message": "Forbidden"}, "SERVICE-AUTH", PermanentFailure),
    (404, {"detail": "Sensor not found"}, "SERVICE-REQUEST", PermanentFailure),
    (422, {"detail": [{"loc": ["query", "limit"], "msg": "too many"}]}, "SERVICE-REQUEST", PermanentFailure),
    (408, {"detail": "Connection timed out: Try to provide more specific query"}, "SERVICE-DOWN", TransientFailure),
    (429, {"detail": "Too many requests"}, "SERVICE-BUSY", TransientFailure),
    (500, {"detail": "Internal"}, "SERVICE-DOWN", TransientFailure),
    (200, {"detail": "?"}, "SERVICE-SHAPE", PermanentFailure),
    (200, {"results": {}}, "SERVICE-SHAPE", PermanentFailure),
]


@pytest.mark.parametrize(("status", "body", "code", "kind"), ERRORS)
def test_errors(server: Loopback, status: int, body: Any, code: str, kind: type[FeedFailure]) -> None:
    server.replies["*"] = Answer(json.dumps(body).encode(), status)
    with Client(HOURS, server.base, Secrets({"key": "k"})) as client:
        failure = pull.pull(client, HOURS, DAY).failure
    assert failure is not None
    assert (failure.code, type(failure)) == (code, kind)


def test_the_rate_limit_says_when_to_come_back(server: Loopback, clock: Clock) -> None:
    asking = service("openaq", {"path": "v3/locations"}, attempts=2)
    busy = Answer(b'{"detail":"Too many requests"}', 429, {"x-ratelimit-reset": "42", "x-ratelimit-remaining": "0"})
    server.replies["*"] = [busy, Answer(reply([hour(1)]).content)]
    with Client(asking, server.base, Secrets({})) as client:
        assert pull.pull(client, asking, None).failure is None
    assert clock.slept == [42.0]


@pytest.mark.skipif(not SAMPLE.exists(), reason="set MADANG_SAMPLES to the folder of sample replies")
def test_sample() -> None:
    content = SAMPLE.read_bytes()
    assert OpenAq().envelope(HOURS, Reply(200, {}, content, "x")) == Envelope(1, None, most=100)
    (row,) = OpenAq().rows(HOURS, content, "x").frame.rows(named=True)
    assert (row["value"], row["parameter.units"], row["coverage.observedCount"]) == ("131.0", "µg/m³", "18")
