"""OGC SensorThings: times and intervals, results of any kind. Following its links is in test_pull.py."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.sensorthings import SensorThings
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure
from tests.support.loopback import Answer, Asked, Loopback, service
from tests.support.paths import SAMPLES

SAMPLE = SAMPLES / "sensorthings_observations_page.json"
FILTER = "phenomenonTime ge {day:%Y-%m-%d}T00:00:00Z and phenomenonTime lt {next_day:%Y-%m-%d}T00:00:00Z"
ASK = {"path": "v1.1/Datastreams({each})/Observations", "query": {"$filter": FILTER, "$orderby": "phenomenonTime asc"}}
STREAMS = service("sensorthings", ASK, each=("7", "12"), page_size=2)


def envelope(body: Any, status: int = 200, asking: Any = STREAMS) -> Envelope:
    return SensorThings().envelope(asking, Reply(status, {}, json.dumps(body).encode(), "sta 7"))


def test_the_request() -> None:
    request = SensorThings().request(Ask(STREAMS, date(2026, 3, 1), "7"), Page(0, 2))
    assert request.path == "v1.1/Datastreams(7)/Observations"
    assert request.query == {
        "$filter": "phenomenonTime ge 2026-03-01T00:00:00Z and phenomenonTime lt 2026-03-02T00:00:00Z",
        "$orderby": "phenomenonTime asc",
        "$top": "2",
        "$count": "true",
    }
    slow = service("sensorthings", {"path": "v1.1/Observations", "count": False}, secrets={"key": "V"})
    assert SensorThings().request(Ask(slow), Page()).query == {"$top": "1000"}
    assert SensorThings().request(Ask(slow), Page()).headers == {"authorization": "Bearer {key}"}


def test_envelope() -> None:
    body = {"@iot.count": 5, "@iot.nextLink": "http://x/v1.1/y?$skip=1", "value": [{}]}
    assert envelope(body) == Envelope(1, 5, "http://x/v1.1/y?$skip=1")
    assert envelope({"value": []}) == Envelope(0)
    uncounted = service("sensorthings", {"path": "p", "count": False})
    assert envelope(body, asking=uncounted).total is None
    assert envelope({"@iot.count": None, "@iot.nextLink": None, "value": [{}]}) == Envelope(1)
    for count in ("many", -1, 1.5, True, 10**30, "9" * 5000):
        with pytest.raises(PermanentFailure, match="SERVICE-TOTAL"):
            envelope({"@iot.count": count, "value": [{}]})


def test_rows() -> None:
    rows: list[Any] = [
        {
            "@iot.id": 1,
            "phenomenonTime": "2026-03-01T00:00:00Z/2026-03-01T00:15:00Z",
            "result": "27",
            "resultTime": None,
            "@iot.selfLink": "http://host/v1.1/Observations(1)",
            "Datastream@iot.navigationLink": "http://host/x",
        },
        {"@iot.id": "b", "phenomenonTime": "2026-03-01T00:15:00Z", "result": 27.50, "parameters": {"q": "ok"}},
        {"@iot.id": 3, "phenomenonTime": None, "result": {"pm25": 3, "list": [1]}},
        "no row",
    ]
    raw = SensorThings().rows(STREAMS, json.dumps({"value": rows}).encode(), "00002 2026-03-01 12")
    names = ["@iot.id", "phenomenonTime.start", "phenomenonTime.end", "result", "result.pm25", "parameters.q"]
    assert raw.frame.select(names).rows() == [
        ("1", "2026-03-01T00:00:00Z", "2026-03-01T00:15:00Z", "27", None, None),
        ("b", "2026-03-01T00:15:00Z", "2026-03-01T00:15:00Z", "27.5", None, "ok"),
        ("3", None, None, '{"pm25":3,"list":[1]}', "3", None),
    ]
    assert raw.frame["phenomenonTime"].to_list()[0] == "2026-03-01T00:00:00Z/2026-03-01T00:15:00Z"
    assert not [name for name in raw.frame.columns if "Link" in name]  # they would differ from host to host
    assert raw.rejects.height == 1


def test_links_are_followed_for_each_stream(server: Loopback) -> None:
    def answer(asked: Asked) -> Answer:
        stream = asked.path.split("(")[1].split(")")[0]
        skip = int(asked.query.get("$skip", 0))
        rows = [{"@iot.id": f"{stream}-{n}", "result": n} for n in range(5)][skip : skip + 2]
        # the link is of the public address, encoded, and holds the filter once more
        path = f"http://city.example.org/v1.1/Datastreams({stream})/Observations"
        link = f"{path}?%24skip={skip + 2}&$top=2&$filter={quote(asked.query['$filter'])}"
        more = {"@iot.nextLink": link} if skip + 2 < 5 else {}
        return Answer(json.dumps({"@iot.count": 5, "value": rows, **more}).encode())

    server.replies["*"] = answer
    with Client(STREAMS, server.base, Secrets({})) as client:
        pulled = pull.pull(client, STREAMS, date(2026, 3, 1))
    assert pulled.failure is None, pulled.failure
    content, _ = archive.pack(pulled.pages)
    frames = [raw.frame for raw in archive.read_pages("x", content, STREAMS)]
    assert [(e, i) for f in frames for e, i in f.select("_each", "@iot.id").rows()] == [
        (stream, f"{stream}-{n}") for stream in ("7", "12") for n in range(5)
    ]
    first, second = server.asked[:2]
    assert second.query == {
        "$skip": "2",
        "$top": "2",
        **{k: v for k, v in first.query.items() if k not in ("$top", "$count")},
    }


ERRORS = [
    ({"code": 404, "type": "error", "message": "Nothing found."}, 404, "SERVICE-REQUEST", PermanentFailure),
    ({"error": {"code": "400", "message": "filter"}}, 400, "SERVICE-REQUEST", PermanentFailure),
    ({"message": "no"}, 401, "SERVICE-AUTH", PermanentFailure),
    ({"message": "no"}, 200, "SERVICE-SHAPE", PermanentFailure),
    ({"value": {}}, 200, "SERVICE-SHAPE", PermanentFailure),
    ([], 200, "SERVICE-SHAPE", PermanentFailure),
]


@pytest.mark.parametrize(("body", "status", "code", "kind"), ERRORS)
def test_errors(body: Any, status: int, code: str, kind: type[FeedFailure]) -> None:
    with pytest.raises(kind, match=code):
        envelope(body, status)


@pytest.mark.skipif(not SAMPLE.exists(), reason="set MADANG_SAMPLES to the folder of sample replies")
def test_sample() -> None:
    content = SAMPLE.read_bytes()
    found = SensorThings().envelope(STREAMS, Reply(200, {}, content, "x"))
    assert (found.rows, found.total) == (1, 2)
    assert found.next is not None
    (row,) = SensorThings().rows(STREAMS, content, "x").frame.rows(named=True)
    assert (row["result"], row["phenomenonTime.end"]) == ("27", "2026-03-01T00:15:00Z")
