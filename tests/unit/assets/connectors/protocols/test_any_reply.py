"""Whatever JSON or bytes a service answers: an envelope, or a failure that says so; never another exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.connectors.protocol import Protocol, Reply, protocol_for
from assets.failures import FeedFailure
from quality.contract.connector import Service
from tests.support.loopback import service

SERVICES = [
    service("air4thai"),
    service("ckan", {"resource_id": "r"}),
    service("ngsi_ld", {"type": "T"}),
    service("openaq", {"path": "v3/x"}),
    service("sensorthings", {"path": "v1.1/x"}),
    service("socrata", {"id": "x"}),
]
NAMES = [
    "results", "meta", "found", "limit", "detail", "success", "result", "records", "total", "total_was_estimated",
    "error", "__type", "message", "value", "@iot.count", "@iot.nextLink", "phenomenonTime", "stations", "AQILast",
    "LastUpdate",
    "code", "id", "type", "title", "observedAt", "coordinates", "result.x", "",
]  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from([">100", "5", "a/b", ""])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)
TOPS = st.sampled_from(["results", "result", "value", "stations"])
LIKELY = st.builds(
    lambda top, inner, more: {top: inner, "success": True} | more, TOPS, JSON, st.just({}) | st.just({"id": 1})
)
STATUS = st.sampled_from([200, 200, 400, 401, 404, 429, 500])


def _judged(protocol: Protocol, asking: Service, content: bytes, status: int) -> None:
    try:
        found = protocol.envelope(asking, Reply(status, {}, content, "label"))
    except FeedFailure:
        return
    try:
        raw = protocol.rows(asking, content, "x")
    except FeedFailure:  # names that occur twice
        return
    assert raw.frame.height + raw.rejects.height + raw.blank_rows == found.rows


@pytest.mark.parametrize("asking", SERVICES, ids=lambda asking: asking.protocol)
@given(body=JSON | LIKELY | st.lists(JSON, max_size=3), status=STATUS)
def test_any_json(asking: Service, body: Any, status: int) -> None:
    _judged(protocol_for(asking), asking, json.dumps(body).encode(), status)


@pytest.mark.parametrize("asking", SERVICES, ids=lambda asking: asking.protocol)
@given(
    content=st.binary(max_size=40) | st.sampled_from([b"[", b"{", b"<", b'{"value":[', b"[" * 9999, b'{"a":' * 9999])
)
def test_any_bytes(asking: Service, content: bytes) -> None:
    _judged(protocol_for(asking), asking, content, 200)
