"""NGSI-LD: both forms of an entity give the same columns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.connectors import archive, pull
from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, Page
from assets.connectors.protocols.ngsi_ld import NgsiLd
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from tests.support.loopback import Answer, Asked, Loopback, service
from tests.support.paths import SAMPLES
from tests.support.protocols import envelope_of

AIR = service("ngsi_ld", {"type": "AirQualityObserved"}, page_size=20)
SPAN = "2026-03-09T06:00:00Z/2026-03-09T07:00:00Z"

NORMALIZED: dict[str, Any] = {
    "id": "urn:ngsi-ld:AirQualityObserved:1",
    "type": "AirQualityObserved",
    "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": SPAN}},
    "pm25": {"type": "Property", "value": 37, "unitCode": "GQ", "observedAt": "2026-03-09T06:00:00Z"},
    "address": {"type": "Property", "value": {"addressCountry": "KR", "lines": ["a", 1]}},
    "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:7"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127.05, 37.57]}},
    "area": {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": [[126.9, 37.5], [127, 37.6]]}},
    "@context": ["https://example.org/context.jsonld"],
}
SIMPLE: dict[str, Any] = {
    "id": "urn:ngsi-ld:AirQualityObserved:1",
    "type": "AirQualityObserved",
    "dateObserved": SPAN,
    "pm25": 37,
    "address": {"addressCountry": "KR", "lines": ["a", 1]},
    "refDevice": "urn:ngsi-ld:Device:7",
    "location": {"type": "Point", "coordinates": [127.05, 37.57]},
    "area": {"type": "LineString", "coordinates": [[126.9, 37.5], [127, 37.6]]},
}


def row(entity: Any) -> dict[str, Any]:
    (found,) = NgsiLd().rows(AIR, json.dumps([entity]).encode(), "x").frame.rows(named=True)
    return found


def test_the_request() -> None:
    own = {
        "type": "AirQualityObserved",
        "query": {"q": 'dateObserved>"{day:%Y-%m-%d}"', "options": "keyValues"},
        "context": "https://example.org/context.jsonld",
        "tenant": "seoul",
        "headers": {"X-Auth-Token": "{key}"},
    }
    request = NgsiLd().request(Ask(service("ngsi_ld", own | {"query": {}}, secrets={"key": "V"})), Page(20, 20, 2))
    assert request.path == "ngsi-ld/v1/entities"
    assert request.query == {"type": "AirQualityObserved", "limit": "20", "offset": "20", "count": "true"}
    assert request.headers == {
        "accept": "application/json",
        "X-Auth-Token": "{key}",
        "link": "<https://example.org/context.jsonld>; "
        'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
        "ngsild-tenant": "seoul",
    }


def test_both_forms_give_the_same_columns() -> None:
    normalized, simple = row(NORMALIZED), row(SIMPLE)
    assert normalized.pop("pm25.unitCode") == "GQ"
    assert normalized.pop("pm25.observedAt") == "2026-03-09T06:00:00Z"
    assert normalized == simple
    assert simple == {
        "id": "urn:ngsi-ld:AirQualityObserved:1",
        "type": "AirQualityObserved",
        "dateObserved": SPAN,
        "dateObserved.start": "2026-03-09T06:00:00Z",
        "dateObserved.end": "2026-03-09T07:00:00Z",
        "pm25": "37",
        "address.addressCountry": "KR",
        "address.lines": '["a",1]',
        "refDevice": "urn:ngsi-ld:Device:7",
        "location.lon": "127.05",
        "location.lat": "37.57",
        "area": '{"type":"LineString","coordinates":[[126.9,37.5],[127,37.6]]}',
        "_place": "urn:ngsi-ld:Device:7",
        "_time": "2026-03-09T06:00:00Z",
        "_line": 1,
    }


def test_attributes_of_attributes_and_several_instances() -> None:
    found = row(
        {
            "id": "x",
            "pm10": [
                {"type": "Property", "value": 5, "datasetId": "urn:other"},
                {"type": "Property", "value": 6, "accuracy": {"type": "Property", "value": 0.5, "unitCode": "P1"}},
            ],
            "name": {"type": "LanguageProperty", "languageMap": {"ko": "광화문", "en": "Gwanghwamun"}},
            "dateObserved": {"type": "Property", "value": "2026-03-09T06:00:00Z"},
            "gone": {"type": "Property", "value": None},
            "odd": {"type": "Point", "coordinates": []},
        }
    )
    assert (found["pm10"], found["pm10.accuracy"], found["pm10.accuracy.unitCode"]) == ("6", "0.5", "P1")
    assert (found["name.ko"], found["dateObserved.start"], found["dateObserved.end"]) == (
        "광화문",
        "2026-03-09T06:00:00Z",
        "2026-03-09T06:00:00Z",
    )
    assert (found["gone"], found["odd"]) == (None, '{"type":"Point","coordinates":[]}')


def test_the_total_is_a_header_and_pages_are_whole(server: Loopback) -> None:
    def answer(asked: Asked) -> Answer:
        limit, offset = int(asked.query.get("limit", 20)), int(asked.query["offset"])
        rows = [{"id": f"e{n}", "type": "AirQualityObserved"} for n in range(50)]
        return Answer(json.dumps(rows[offset : offset + limit]).encode(), headers={"NGSILD-Results-Count": "50"})

    server.replies["*"] = answer
    with Client(AIR, server.base, Secrets({})) as client:
        pulled = pull.pull(client, AIR, None)
    assert pulled.failure is None, pulled.failure
    content, headers = archive.pack(pulled.pages)
    found = [i for raw in archive.read_pages("x", content, AIR) for i in raw.frame["id"]]
    assert found == [f"e{n}" for n in range(50)]
    assert pulled.pages[0].envelope == Envelope(20, 50)
    assert json.loads(headers["00001 now"])["ngsild-results-count"] == "50"


def test_envelopes() -> None:
    assert envelope_of(AIR, []) == Envelope(0)
    with pytest.raises(PermanentFailure, match="SERVICE-TOTAL"):
        envelope_of(AIR, [{}], **{"ngsild-results-count": "many"})
    assert envelope_of(AIR, {"@graph": [{"id": "a"}, {"id": "b"}], "@context": []}) == Envelope(2, 2)
    assert envelope_of(AIR, SIMPLE) == Envelope(1, 1)
    assert NgsiLd().rows(AIR, json.dumps(SIMPLE).encode(), "x").frame["pm25"].to_list() == ["37"]


ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
PROBLEMS = [
    ({"type": f"{ERRORS}BadRequestData", "title": "q", "detail": "no"}, 400, "SERVICE-REQUEST", PermanentFailure),
    ({"type": f"{ERRORS}NonexistentTenant", "title": "tenant"}, 404, "SERVICE-REQUEST", PermanentFailure),
    ({"type": f"{ERRORS}InternalError", "title": "boom"}, 200, "SERVICE-DOWN", TransientFailure),
    ({"type": "about:blank", "title": "Unauthorized"}, 401, "SERVICE-AUTH", PermanentFailure),
    ({"title": "busy"}, 503, "SERVICE-DOWN", TransientFailure),
    ({"entities": []}, 200, "SERVICE-SHAPE", PermanentFailure),
    (b"<html>", 200, "SERVICE-CONTENT", TransientFailure),
    (b'[{"id": "x"', 200, "SERVICE-TRUNCATED", TransientFailure),
]


@pytest.mark.parametrize(("body", "status", "code", "kind"), PROBLEMS)
def test_errors(body: Any, status: int, code: str, kind: type[FeedFailure]) -> None:
    with pytest.raises(kind, match=code):
        envelope_of(AIR, body, status)


KEYS = st.sampled_from(["id", "type", "value", "object", "coordinates", "@value", "dateObserved", "datasetId", "x"])
LEAVES = st.none() | st.integers() | st.sampled_from(["Property", "Point", "Relationship", "a/b", "GeoProperty", ""])


@given(st.recursive(LEAVES, lambda i: st.lists(i, max_size=3) | st.dictionaries(KEYS, i, max_size=4), max_leaves=20))
def test_any_entity_is_a_row_or_refused(body: Any) -> None:
    try:
        found = envelope_of(AIR, [body])
    except FeedFailure:
        return
    try:
        raw = NgsiLd().rows(AIR, json.dumps([body]).encode(), "x")
    except FeedFailure:
        return
    assert raw.frame.height + raw.rejects.height + raw.blank_rows >= found.rows  # instances over time are rows


@pytest.mark.skipif(not SAMPLES.exists(), reason="set MADANG_SAMPLES to the folder of sample replies")
@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("ngsild_airqualityobserved_normalized.json", "pm25.unitCode", "GQ"),
        ("ngsild_trafficflow_keyvalues.json", "dateObserved.end", "2026-08-13T05:00:00Z"),
        ("ngsild_waterconsumption_keyvalues.json", "location.lon", "126.98"),
    ],
)
def test_samples(name: str, column: str, value: str) -> None:
    content = (SAMPLES / name).read_bytes()
    assert envelope_of(AIR, content) == Envelope(1, 1)
    assert NgsiLd().rows(AIR, content, name).frame[column].to_list() == [value]
