"""CKAN's DataStore: clipped pages, estimated totals, and errors with success false."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page
from assets.connectors.protocols.ckan import Ckan
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from tests.support.loopback import Answer, Asked, Loopback, service
from tests.support.paths import SAMPLES
from tests.support.protocols import envelope_of

TABLE = service("ckan", {"resource_id": "r-1"})


def result(records: Any, **more: Any) -> bytes:
    return json.dumps({"help": "http://x", "success": True, "result": {"records": records} | more}).encode()


def test_the_request() -> None:
    own = {"resource_id": "r-1", "filters": {"date": "{day:%Y-%m-%d}", "gu": ["중구"]}, "query": {"q": "{day:%Y}"}}
    asking = service("ckan", own, secrets={"key": "CKAN_KEY"})
    request = Ckan().request(Ask(asking, date(2026, 3, 9)), Page(64, 32, 3))
    assert request.path == "api/3/action/datastore_search"
    assert request.headers == {"authorization": "{key}"}
    assert request.query == {
        "q": "2026",
        "resource_id": "r-1",
        "filters": '{"date": "2026-03-09", "gu": ["중구"]}',
        "sort": "_id",
        "limit": "32",
        "offset": "64",
    }
    other = Ckan().request(Ask(service("ckan", {"resource_id": "r", "path": "x/ds", "sort": ""})), Page())
    assert (other.path, other.headers, "sort" in other.query) == ("x/ds", {}, False)
    with pytest.raises(PermanentFailure, match="resource_id"):
        Ckan().request(Ask(service("ckan", {})), Page())


def test_totals() -> None:
    assert envelope_of(TABLE, result([{}], total=870, limit=100)) == Envelope(1, 870, most=100)
    assert envelope_of(TABLE, result([{}], total="870", limit="100")) == Envelope(1, 870, most=100)
    assert envelope_of(TABLE, result([{}], total=870, total_was_estimated=True, limit=100)) == Envelope(
        1, None, most=100
    )
    assert envelope_of(TABLE, result([{}], total=870, total_was_estimated=False)) == Envelope(1, 870)
    assert envelope_of(TABLE, result([])) == Envelope(0)


@pytest.mark.parametrize("more", [{"total": 100}, {"total": 4, "total_was_estimated": True}, {}])
@pytest.mark.parametrize("parallel", [1, 3])
def test_a_server_that_clips_to_32_of_50_loses_nothing(server: Loopback, more: Any, parallel: int) -> None:
    rows = [{"_id": n, "value": str(n)} for n in range(100)]

    def answer(asked: Asked) -> Answer:
        limit, offset = min(int(asked.query["limit"]), 32), int(asked.query["offset"])
        links = {"next": "/api/action/datastore_search?offset=0&limit=1"}  # followed, it would lead nowhere
        return Answer(result(rows[offset : offset + limit], limit=limit, _links=links, **more))

    server.replies["*"] = answer
    asking = service("ckan", {"resource_id": "r-1"}, page_size=50, parallel=parallel)
    with Client(asking, server.base, Secrets({})) as client:
        pulled = pull.pull(client, asking, None)
    assert pulled.failure is None, pulled.failure
    content, _ = archive.pack(pulled.pages)
    found = [v for raw in archive.read_pages("x", content, asking) for v in raw.frame["value"]]
    assert found == [str(n) for n in range(100)]
    assert len(server.asked) == 4


ERRORS = [
    ({"message": "Not found: Resource was not found.", "__type": "Not Found Error"}, 404, "SERVICE-REQUEST"),
    ({"message": "Access denied", "__type": "Authorization Error"}, 403, "SERVICE-AUTH"),
    ({"message": "Access denied", "__type": "Authorization Error"}, 200, "SERVICE-AUTH"),
    ({"resource_id": ["Missing value"], "__type": "Validation Error"}, 409, "SERVICE-REQUEST"),
    ({"message": "boom", "__type": "Internal Server Error"}, 500, "SERVICE-DOWN"),
    ({"message": "?"}, 200, "SERVICE-REQUEST"),
    ("text", 200, "SERVICE-SHAPE"),
    (None, 200, "SERVICE-SHAPE"),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS)
def test_errors(error: Any, status: int, code: str) -> None:
    with pytest.raises(FeedFailure) as caught:
        envelope_of(TABLE, json.dumps({"success": False, "error": error}).encode(), status)
    assert caught.value.code == code
    assert isinstance(caught.value, TransientFailure) == (code == "SERVICE-DOWN")
    if isinstance(error, dict):
        assert "Missing value" in caught.value.what or str(error.get("message")) in caught.value.what


@pytest.mark.parametrize(
    "content",
    [b'{"success": true}', b'{"success": true, "result": []}', result({}), b"{}", b'{"success": true, "result": {}}'],
)
def test_another_shape(content: bytes) -> None:
    with pytest.raises(PermanentFailure, match="SERVICE-SHAPE"):
        envelope_of(TABLE, content)


def test_rows() -> None:
    frame = Ckan().rows(TABLE, result([{"_id": 1, "year": "1960", "value": 1.50, "note": None}]), "x").frame
    assert frame.row(0, named=True) == {"_id": "1", "year": "1960", "value": "1.5", "note": None, "_line": 1}


@pytest.mark.skipif(not SAMPLES.exists(), reason="set MADANG_SAMPLES to the folder of sample replies")
def test_samples() -> None:
    content = (SAMPLES / "ckan_datastore_search.json").read_bytes()
    assert envelope_of(TABLE, content) == Envelope(1, 870, most=1)
    assert Ckan().rows(TABLE, content, "x").frame["value"].to_list() == ["1646400"]
    with pytest.raises(PermanentFailure, match="SERVICE-REQUEST"):
        envelope_of(TABLE, (SAMPLES / "ckan_error.json").read_bytes())
