"""What a service says of its rows is held against what came, over real HTTP.

Each case goes in as a provider sends it. What must come is rows, or a failure with a code and nothing in its place.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from assets.connectors import archive, pull
from assets.connectors.gunzip import Gunzip
from assets.connectors.http import Client
from assets.connectors.secrets import Secrets
from assets.context import RunContext
from assets.failures import FeedFailure
from assets.ingest.fetch import fetch
from quality.contract.connector import Connector, Service
from tests.support.loopback import Answer, Asked, Loopback, loopback, service
from tests.worlds.packs import seoul
from warehouse.home import Home
from warehouse.ledger import ledger

DAY = date(2026, 7, 21)
Reply = Callable[[Asked], Answer]


@dataclass
class Outcome:
    """What became of a question: its rows, or why there are none."""

    rows: list[dict[str, Any]]
    code: str | None
    what: str
    notes: list[str]
    asked: Sequence[Asked]

    def column(self, name: str) -> list[Any]:
        return [row.get(name) for row in self.rows]


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    stamina.set_testing(True, attempts=1)
    with loopback() as running:
        yield running
    stamina.set_testing(False)


def ask(server: Loopback, asking: Service, reply: Reply, day: date | None = DAY) -> Outcome:
    server.replies, server.asked = {"*": reply}, []
    with Client(asking, server.base, Secrets({})) as client:
        pulled = pull.pull(client, asking, day)
    if pulled.failure is not None:
        return Outcome([], pulled.failure.code, pulled.failure.what, pulled.notes, server.asked)
    try:
        found = archive.read_pages("x", archive.pack(pulled.pages)[0], asking) if pulled.rows else []
    except FeedFailure as failure:
        return Outcome([], failure.code, failure.what, pulled.notes, server.asked)
    rows = [row for raw in found for row in raw.frame.rows(named=True)]
    return Outcome(rows, None, "", pulled.notes, server.asked)


def as_json(body: Any, **headers: str) -> Answer:
    return Answer(json.dumps(body).encode(), headers=headers)


def station(number: int) -> dict[str, Any]:
    return {"date": "2026-07-21", "station": f"S{number}", "pm10": 20 + number}


# --- one service of each protocol that has pages, over the same rows -----------------------------------------------


def by_offset(asked: Asked) -> tuple[int, int]:
    names = ("offset", "$offset")
    offset = next((int(asked.query[name]) for name in names if name in asked.query), 0)
    size = next((int(asked.query[name]) for name in ("limit", "$limit") if name in asked.query), 3)
    return offset, size


def by_page(asked: Asked) -> tuple[int, int]:
    page = int(asked.query.get("pageNo", asked.query.get("page", "1")))
    size = int(asked.query.get("numOfRows", asked.query.get("limit", "3")))
    return (page - 1) * size, size


def by_path(asked: Asked) -> tuple[int, int]:
    first, last = asked.path.split("/")[4:6]
    return int(first) - 1, int(last) - int(first) + 1


@dataclass(frozen=True)
class Paged:
    """How a protocol asks, and how it wraps (rows of the page, total of all, what was asked, address)."""

    asking: Service
    place: Callable[[Asked], tuple[int, int]]
    wrap: Callable[[list[Any], int, Asked, str], Any]
    own_id: str | None = None

    def reply(self, base: str, total: int, page: Callable[[int, int], list[Any]]) -> Reply:
        def answer(asked: Asked) -> Answer:
            if "count(*)" in asked.query.get("$select", ""):
                return as_json([{"count": str(total)}])
            offset, size = self.place(asked)
            rows = [row if self.own_id is None else {self.own_id: row["pm10"], **row} for row in page(offset, size)]
            found = self.wrap(rows, total, asked, base)
            return found if isinstance(found, Answer) else as_json(found)

        return answer


def _seoul(rows: list[Any], total: int, _asked: Asked, _base: str) -> Any:
    return {"Air": {"list_total_count": total, "RESULT": {"CODE": "INFO-000", "MESSAGE": ""}, "row": rows}}


def _data_go_kr(rows: list[Any], total: int, asked: Asked, _base: str) -> Any:
    body = {"items": rows, "totalCount": total, "pageNo": int(asked.query["pageNo"]), "numOfRows": 3}
    return {"response": {"header": {"resultCode": "00"}, "body": body}}


def _things(rows: list[Any], total: int, asked: Asked, base: str) -> Any:
    skip = int(asked.query.get("$skip", "0"))
    more = {"@iot.nextLink": f"{base}/v1.1/Obs?$top=3&$skip={skip + 3}"} if skip + 3 < total else {}
    return {"@iot.count": total, "value": rows, **more}


def _broker(rows: list[Any], total: int, asked: Asked, base: str) -> Answer:
    after = int(asked.query["offset"]) + 3
    context = '<http://x/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    link = f'{context}, </ngsi-ld/v1/entities?type=A&limit=3&offset={after}>;rel="next"'
    headers = {"NGSILD-Results-Count": str(total)} | ({"Link": link} if after < total else {})
    return as_json(rows, **headers)


PAGED = {
    "ckan": Paged(
        service("ckan", {"resource_id": "r"}, page_size=3),
        by_offset,
        lambda rows, total, _asked, _base: {
            "success": True,
            "result": {"records": rows, "total": total, "limit": 3},
        },
        "_id",
    ),
    "socrata": Paged(service("socrata", {"id": "a"}, page_size=3), by_offset, lambda rows, *_: rows),
    "openaq": Paged(
        service("openaq", {"path": "v3/x"}, page_size=3),
        by_page,
        lambda rows, total, asked, _base: {
            "meta": {"found": total, "limit": 3, "page": int(asked.query["page"])},
            "results": rows,
        },
    ),
    "seoul_openapi": Paged(service("seoul_openapi", {"service": "Air"}, page_size=3), by_path, _seoul),
    "data_go_kr": Paged(service("data_go_kr", {"path": "x"}, page_size=3), by_page, _data_go_kr),
    "moenv": Paged(
        service("moenv", {"path": "x"}, page_size=3),
        by_offset,
        lambda rows, total, *_: {"records": rows, "total": str(total)},
    ),
    "ngsi_ld": Paged(service("ngsi_ld", {"type": "A"}, page_size=3), by_offset, _broker, "id"),
    "sensorthings": Paged(
        service("sensorthings", {"path": "v1.1/Obs"}, page_size=3),
        lambda asked: (int(asked.query.get("$skip", "0")), 3),
        _things,
        "@iot.id",
    ),
}
ALL = [station(n) for n in range(1, 7)]
each_protocol = pytest.mark.parametrize("protocol", sorted(PAGED))


@each_protocol
@pytest.mark.parametrize("parallel", [1, 3])
def test_pages_that_are_right_give_each_row_once(server: Loopback, protocol: str, parallel: int) -> None:
    paged = PAGED[protocol]
    asking = paged.asking.model_copy(update={"parallel": parallel})
    for total in (6, 5, 4, 3, 2, 1):
        found = ask(server, asking, paged.reply(server.base, total, lambda a, n, t=total: ALL[:t][a : a + n]))
        assert (found.code, found.column("station")) == (None, [f"S{n}" for n in range(1, total + 1)]), found.what


@each_protocol
@pytest.mark.parametrize("parallel", [1, 3])
def test_a_page_that_repeats_a_row_of_the_one_before_is_refused(server: Loopback, protocol: str, parallel: int) -> None:
    """page-overlap: total 6, pages 1 2 3 and 3 4 5, and 6 never comes."""
    paged = PAGED[protocol]
    asking = paged.asking.model_copy(update={"parallel": parallel})
    reply = paged.reply(server.base, 6, lambda a, n: ALL[max(0, a - 1) : max(0, a - 1) + n] if a < 6 else [])
    found = ask(server, asking, reply)
    assert found.code == "SERVICE-ROW-TWICE"
    assert "has 6 rows; 5 different rows came" in found.what
    assert ("'23' came twice" if paged.own_id else "1 row came twice") in found.what
    assert len(found.asked) <= 4


@each_protocol
def test_the_first_page_again_is_refused(server: Loopback, protocol: str) -> None:
    """The service ignores where we are; its envelope says so, or the rows do."""
    found = ask(server, PAGED[protocol].asking, PAGED[protocol].reply(server.base, 6, lambda _a, n: ALL[:n]))
    assert found.code == "SERVICE-PAGE-TWICE"
    assert len(found.asked) <= 3


@each_protocol
@pytest.mark.parametrize(("total", "code"), [(9, "SERVICE-SHORT"), (4, "SERVICE-TOTAL")])
def test_fewer_and_more_rows_than_the_total_are_refused(server: Loopback, protocol: str, total: int, code: str) -> None:
    found = ask(server, PAGED[protocol].asking, PAGED[protocol].reply(server.base, total, lambda a, n: ALL[a : a + n]))
    assert found.code == code
    assert str(total) in found.what
    assert "6" in found.what


@each_protocol
def test_a_total_without_rows_is_refused(server: Loopback, protocol: str) -> None:
    found = ask(server, PAGED[protocol].asking, PAGED[protocol].reply(server.base, 6, lambda _a, _n: []))
    assert found.code in ("SERVICE-SHORT", "SERVICE-ENDLESS")


@pytest.mark.holds(
    "attack 8",
    "Totals of 5,000 digits, negative, a fraction, true, a word or 1e400, of each protocol: refused with a code.",
)
@each_protocol
@pytest.mark.parametrize("total", ["-1", "many", "6.5", "true", '"' + "9" * 5000 + '"', "9" * 5000, "1e400", "1e300"])
def test_a_total_that_is_no_number_of_rows_is_refused(server: Loopback, protocol: str, total: str) -> None:
    reply = PAGED[protocol].reply(server.base, 6, lambda a, n: ALL[a : a + n])

    def answer(asked: Asked) -> Answer:
        found = reply(asked)
        text = total.strip('"')
        body = re.sub(rb'"(total|found|totalCount|list_total_count|@iot.count|count)": "?6"?', b"", found.body)
        if body == found.body and "NGSILD-Results-Count" not in found.headers:
            return found
        name = re.search(rb'"(total|found|totalCount|list_total_count|@iot.count|count)": "?6"?', found.body)
        value = total if total.strip('"') != "many" else '"many"'
        if name is not None:
            found.body = found.body.replace(name[0], b'"' + name[1] + b'": ' + value.encode())
        headers = {k: text[:3000] if k == "NGSILD-Results-Count" else v for k, v in found.headers.items()}
        return Answer(found.body, headers=headers)

    found = ask(server, PAGED[protocol].asking, answer)
    assert found.code in ("SERVICE-TOTAL", "SERVICE-SHAPE")
    assert len(found.asked) <= 2


ECHO = {
    "ckan": lambda body: body["result"].update(offset=0),
    "openaq": lambda body: body["meta"].update(page=1),
    "data_go_kr": lambda body: body["response"]["body"].update(pageNo=1),
    "moenv": lambda body: body.update(offset="0"),
}


@pytest.mark.parametrize("protocol", sorted(ECHO))
def test_a_page_that_says_it_is_another_is_refused(server: Loopback, protocol: str) -> None:
    reply = PAGED[protocol].reply(server.base, 6, lambda a, n: ALL[a : a + n])

    def answer(asked: Asked) -> Answer:
        body = json.loads(reply(asked).body)
        ECHO[protocol](body)
        return as_json(body)

    assert ask(server, PAGED[protocol].asking, answer).code == "SERVICE-OTHER-PAGE"


def test_another_resource_in_the_reply_is_refused(server: Loopback) -> None:
    asked_for, other = (f"6f3a2c10-52d1-4f7e-9c0a-00000000000{n}" for n in (1, 2))
    body = {"success": True, "result": {"records": ALL, "total": 6, "resource_id": other}}
    asking = service("ckan", {"resource_id": asked_for})
    assert ask(server, asking, lambda _asked: as_json(body)).code == "SERVICE-OTHER-PAGE"


# --- rows that come or go while they are read ----------------------------------------------------------------------


@pytest.mark.parametrize(("at_end", "restarts"), [(True, 1), (False, 2)])
def test_rows_that_come_while_they_are_read(server: Loopback, at_end: bool, restarts: int) -> None:
    """Added at the end they are read, too; at the front they shift the pages, and all is read once more."""
    rows = list(ALL)
    paged = PAGED["ckan"]

    def answer(asked: Asked) -> Answer:
        if by_offset(asked)[0] == 3 and len(rows) == 6:
            rows.insert(6 if at_end else 0, station(7))
        return paged.reply(server.base, len(rows), lambda a, n: rows[a : a + n])(asked)

    found = ask(server, paged.asking, answer)
    assert found.code is None, found.what
    assert sorted(found.column("station")) == [f"S{n}" for n in range(1, 8)]
    assert sum(by_offset(asked)[0] == 0 for asked in found.asked) == restarts


def test_rows_that_never_stand_still_are_refused(server: Loopback) -> None:
    rows = list(ALL)

    def answer(asked: Asked) -> Answer:
        rows.insert(0, station(len(rows) + 1))
        return PAGED["ckan"].reply(server.base, len(rows), lambda a, n: rows[a : a + n])(asked)

    found = ask(server, PAGED["ckan"].asking, answer)
    assert found.code == "SERVICE-ROW-TWICE"
    assert len(found.asked) < 30


def test_the_very_same_row_twice_on_one_page_is_what_the_source_says(server: Loopback) -> None:
    rows = [station(1), station(1), station(2)]
    paged = PAGED["moenv"]
    found = ask(server, paged.asking, paged.reply(server.base, 3, lambda a, n: rows[a : a + n]))
    assert found.column("station") == ["S1", "S1", "S2"]  # counted as repeated where rows are deduplicated
    assert ask(server, PAGED["ckan"].asking, PAGED["ckan"].reply(server.base, 3, lambda a, n: rows[a : a + n])).code


def test_a_source_may_say_that_it_has_the_same_row_twice(server: Loopback) -> None:
    rows = [station(1), station(2), station(3), station(3), station(4)]
    paged = PAGED["moenv"]
    reply = paged.reply(server.base, 5, lambda a, n: rows[a : a + n])
    assert ask(server, paged.asking, reply).code == "SERVICE-ROW-TWICE"
    assert len(ask(server, paged.asking.model_copy(update={"same_rows": True}), reply).rows) == 5


# --- services without a total --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 2, 3, 6, 7])
def test_without_a_total_only_an_empty_page_is_the_end(server: Loopback, rows: int) -> None:
    """The service gives 3 rows whatever is asked, and says neither that nor how many there are."""
    many = [station(n) for n in range(1, rows + 1)]
    asking = service("moenv", {"path": "x"}, page_size=1000)
    found = ask(server, asking, lambda asked: as_json(many[by_offset(asked)[0] :][:3]))
    assert found.column("station") == [f"S{n}" for n in range(1, rows + 1)]


def test_a_total_that_is_that_of_a_full_page_is_seen(server: Loopback) -> None:
    paged = PAGED["seoul_openapi"]
    found = ask(server, paged.asking, paged.reply(server.base, 3, lambda a, n: ALL[a : a + n]))
    assert found.code == "SERVICE-TOTAL"


# --- links -----------------------------------------------------------------------------------------------------------

STREAM = service("sensorthings", {"path": "v1.1/Datastreams(85)/Observations"}, page_size=3)


def observations(*numbers: int) -> list[dict[str, Any]]:
    return [{"@iot.id": n, "phenomenonTime": f"2026-07-21T{n:02d}:00:00Z", "result": n} for n in numbers]


@pytest.mark.parametrize("count", [5, None])
def test_endless_links_end_at_the_count(server: Loopback, count: int | None) -> None:
    """st-always-nextlink"""

    def answer(asked: Asked) -> Answer:
        skip = int(asked.query.get("$skip", "0"))
        link = f"http://{asked.headers['host']}/v1.1/Datastreams(85)/Observations?$top=3&$skip={skip + 3}"
        said = {} if count is None else {"@iot.count": count}
        return as_json(said | {"@iot.nextLink": link, "value": observations(1, 2, 3, 4, 5)[skip : skip + 3]})

    found = ask(server, STREAM, answer)
    if count is None:
        assert (found.code, len(found.asked)) == ("SERVICE-ENDLESS", 3)
    else:
        assert (found.column("@iot.id"), len(found.asked)) == (list("12345"), 2)


@pytest.mark.parametrize(
    "link",
    [
        "/v1.1/Datastreams(86)/Observations?$skip=3",
        "/v1.1/Things?$skip=3",
        "http://example.org/v1.1/Datastreams(85)/Observations?$skip=3",
        "/v1.1/Datastreams(85)/Observations?$skip=3&$filter=result%20gt%201",
    ],
)
def test_a_link_that_leaves_what_was_asked_is_not_followed(server: Loopback, link: str) -> None:
    body = {"@iot.count": 5, "@iot.nextLink": link, "value": observations(1, 2, 3)}
    found = ask(server, STREAM, lambda _asked: as_json(body))
    assert (found.code, len(found.asked)) == ("SERVICE-LINK", 1)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("/ngsi-ld/v1/entities?type=A&q=pm10%3E1&offset=3", None),
        ("?offset=3&type=A&q=pm10%3E1&limit=3", None),
        ("/ngsi-ld/v1/entities?type=A&offset=3", "SERVICE-LINK"),
        ("/ngsi-ld/v1/entities?type=B&q=pm10%3E1&offset=3", "SERVICE-LINK"),
        ("/ngsi-ld/v1/types?type=A&q=pm10%3E1&offset=3", "SERVICE-LINK"),
        ("http://evil.example.org/ngsi-ld/v1/entities?type=A&q=pm10%3E1&offset=3", "SERVICE-LINK"),
    ],
)
def test_links_of_a_broker(server: Loopback, link: str, code: str | None) -> None:
    asking = service("ngsi_ld", {"type": "A", "query": {"q": "pm10>1"}}, page_size=3)

    def answer(asked: Asked) -> Answer:
        assert asked.query["q"] == "pm10>1"
        offset = int(asked.query["offset"])
        more = {"Link": f'<{link}>; rel="next"'} if offset == 0 else {}
        return as_json([{"id": f"e{n}"} for n in range(5)][offset : offset + 3], **more)

    found = ask(server, asking, answer)
    assert found.code == code
    assert found.column("id") == ([] if code else ["e0", "e1", "e2", "e3", "e4"])


# --- packed replies ------------------------------------------------------------------------------------------------

WHOLE = json.dumps({"records": ALL, "total": 6}).encode()
HALVES = [gzip.compress(WHOLE[:40]), gzip.compress(WHOLE[40:])]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"".join(HALVES), None),
        (HALVES[0] + gzip.compress(b"") + HALVES[1], None),
        (b"".join(HALVES) + b"\0" * 512, None),
        (b"".join(HALVES)[:-5], "SERVICE-TRUNCATED"),
        (b"".join(HALVES) + b"garbage", "SERVICE-TRUNCATED"),
        (b"".join(HALVES) + b"\0\0x", "SERVICE-TRUNCATED"),
        (b"".join(HALVES) + HALVES[0][:6], "SERVICE-TRUNCATED"),
        (b"\0" * 512, "SERVICE-TRUNCATED"),
        (HALVES[0], "SERVICE-TRUNCATED"),  # a member is missing: the text ends in the middle
    ],
)
def test_every_member_of_a_packed_reply_is_read(server: Loopback, body: bytes, code: str | None) -> None:
    asking = service("moenv", {"path": "x"})
    found = ask(server, asking, lambda _asked: Answer(body, headers={"Content-Encoding": "gzip"}))
    assert found.code == code
    assert len(found.rows) == (0 if code else 6)


@given(parts=st.lists(st.binary(max_size=40), min_size=1, max_size=4), cut=st.integers(1, 7), data=st.data())
def test_members_come_in_pieces_of_any_size(parts: list[bytes], cut: int, data: st.DataObject) -> None:
    packed = b"".join(gzip.compress(part) for part in parts)
    unpack = Gunzip()
    pieces = [unpack.feed(packed[n : n + cut], 10_000) for n in range(0, len(packed), cut)]
    assert (b"".join(pieces), unpack.whole) == (b"".join(parts), True)
    end = data.draw(st.integers(1, len(packed) - 1))
    unpack = Gunzip()
    began = unpack.feed(packed[:end], 10_000)
    assert b"".join(parts).startswith(began)
    ends = {len(b"".join(gzip.compress(part) for part in parts[: n + 1])) for n in range(len(parts))}
    assert unpack.whole == (end in ends)


# --- entities in every form ----------------------------------------------------------------------------------------

BROKER = service("ngsi_ld", {"type": "AirQualityObserved"})


def entity(number: int, pm10: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": f"urn:{number}",
        "type": "AirQualityObserved",
        "dateObserved": "2026-07-21T10:00:00Z",
        "pm10": pm10,
    } | more


FORMS = [
    55,
    {"value": 55},
    {"value": 55, "unitCode": "GQ"},
    {"type": "Property", "value": 55},
    {"type": "Property", "value": 55, "unitCode": "GQ", "observedAt": "2026-07-21T10:00:00Z"},
    {"value": {"@type": "Number", "@value": 55}},
    [{"value": 55}, {"value": 9, "datasetId": "urn:b"}],
    [{"type": "Property", "value": 9, "datasetId": "urn:b"}, {"type": "Property", "value": 55}],
    {"dataset": {"@none": 55, "urn:b": 9}},
    {"object": "55"},
    {"type": "JsonProperty", "json": 55},
    {"vocab": "55"},
    {"type": "Property", "values": [[55, "2026-07-21T10:00:00Z"]]},
]


@pytest.mark.parametrize("first", range(len(FORMS)))
def test_every_form_beside_every_other_gives_the_value(server: Loopback, first: int) -> None:
    """ngsi-concise, and the others, mixed in one reply."""
    forms = [FORMS[first], *FORMS]
    body = [entity(n, form) for n, form in enumerate(forms)]
    found = ask(server, BROKER, lambda _asked: as_json(body, **{"NGSILD-Results-Count": str(len(body))}))
    assert (found.code, found.column("pm10")) == (None, ["55"] * len(forms))
    units = [form.get("unitCode") if isinstance(form, dict) else None for form in forms]
    if any(units):
        assert found.column("pm10.unitCode") == units


@pytest.mark.parametrize(
    "odd", [{"foo": 1}, {"type": "Property"}, {}, [1, 2], {"a": {"b": [1]}}, {"value": {"mean": 3}}]
)
def test_what_is_no_value_is_never_null(server: Loopback, odd: Any) -> None:
    found = ask(
        server, BROKER, lambda _asked: as_json([entity(1, 21), entity(2, odd)], **{"NGSILD-Results-Count": "2"})
    )
    assert found.column("pm10")[0] == "21"
    assert found.column("pm10")[1] not in (None, "")
    assert not found.column("pm10")[1].isdigit()


@pytest.mark.parametrize(
    "protocol", ["ckan", "socrata", "openaq", "data_go_kr", "moenv", "sensorthings", "seoul_openapi"]
)
def test_an_object_where_others_have_a_value_is_never_null(server: Loopback, protocol: str) -> None:
    rows = [station(1), station(2) | {"pm10": {"value": 55, "unit": "x"}}]
    paged = PAGED[protocol]
    reply = PAGED[protocol].wrap
    body = [row if paged.own_id is None else {paged.own_id: n, **row} for n, row in enumerate(rows)]

    def answer(asked: Asked) -> Answer:
        return as_json([{"count": "2"}]) if "$select" in asked.query else as_json(reply(body, 2, asked, server.base))

    assert ask(server, paged.asking, answer).column("pm10") == ["21", '{"value":55,"unit":"x"}']


@each_protocol
@pytest.mark.parametrize(
    ("inside", "what"),
    [
        (b'{"value":1,"value":2}', "'value'"),
        (b"[" * 3000 + b"]" * 3000, "nested"),
    ],
)
def test_rows_that_cannot_be_read_one_way_are_a_failure(
    server: Loopback, protocol: str, inside: bytes, what: str
) -> None:
    """A name twice in one object: the last value won. Nested too deep: the reader crashed."""
    paged = PAGED[protocol]
    reply = paged.reply(server.base, 1, lambda a, n: [station(1) | {"pm10": 77_777}][a : a + n])

    def answer(asked: Asked) -> Answer:
        found = reply(asked)
        body = found.body.replace(b'"pm10": 77777', b'"pm10": ' + inside)
        return Answer(body, headers=found.headers)

    found = ask(server, paged.asking, answer)
    assert found.code == "SERVICE-SHAPE"
    assert what in found.what


def test_one_entity_over_time_is_a_row_for_each_moment(server: Loopback) -> None:
    def instance(value: float, hour: int) -> dict[str, Any]:
        return {"type": "Property", "value": value, "observedAt": f"2026-07-21T{hour:02d}:00:00Z"}

    series = [[7, "2026-07-21T11:00:00Z"], [8, "2026-07-21T12:00:00Z"]]
    body = [
        {"id": "urn:1", "type": "A", "name": "x", "pm10": [instance(1, 10), instance(2, 11)], "no2": [instance(3, 11)]},
        {"id": "urn:2", "type": "A", "pm10": {"type": "Property", "values": series}},
    ]
    found = ask(server, BROKER, lambda _asked: as_json({"@context": [], "@graph": body}))
    assert found.column("pm10") == ["1", "2", "7", "8"]
    assert found.column("pm10.observedAt") == [f"2026-07-21T{hour}:00:00Z" for hour in (10, 11, 11, 12)]
    assert found.column("name") == ["x", "x", None, None]
    one = {"NGSILD-Results-Count": "1"}
    undated = [{"type": "Property", "value": 1}, {"type": "Property", "value": 2}]
    assert ask(server, BROKER, lambda _asked: as_json([entity(1, undated)], **one)).code == "SERVICE-SHAPE"
    aggregate = {"type": "Property", "avg": [[3, "2026-07-21T00:00:00Z", "2026-07-22T00:00:00Z"]]}
    assert ask(server, BROKER, lambda _asked: as_json([entity(1, aggregate)], **one)).code == "SERVICE-SHAPE"


# --- bicycles and timetables ---------------------------------------------------------------------------------------

MADE = 1784649600  # 2026-07-21T16:00:00Z
STATIONS = [
    {"station_id": "0001", "num_bikes_available": 3, "last_reported": 1784649000},
    {"station_id": "0003", "num_bikes_available": 0, "last_reported": 1600000000},
    {"station_id": "0004", "num_bikes_available": 7, "last_reported": 0},
]


def bikes(stations: Sequence[Mapping[str, Any]], made: int = MADE, answered: int = MADE + 30) -> Answer:
    body = {"last_updated": made, "ttl": 60, "version": "2.3", "data": {"stations": stations}}
    return as_json(body, Date=format_datetime(datetime.fromtimestamp(answered, UTC), usegmt=True))


def test_stations_that_nobody_hears_are_rows_and_named(server: Loopback) -> None:
    """gbfs-dead-stations"""
    asking = service("gbfs", {"path": "station_status.json"}, snapshot=True)
    found = ask(server, asking, lambda _asked: bikes(STATIONS), None)
    assert found.column("station_id") == ["0001", "0003", "0004"]
    assert found.column("last_reported")[1:] == ["2020-09-13T12:26:40+00:00", "1970-01-01T00:00:00+00:00"]
    assert found.notes == ["2 stations were not heard for more than a day: 0003, 0004"]


def test_data_older_than_their_ttl_are_noted(server: Loopback) -> None:
    asking = service("gbfs", {"path": "station_status.json"}, snapshot=True)
    assert ask(server, asking, lambda _asked: bikes(STATIONS[:1]), None).notes == []
    found = ask(server, asking, lambda _asked: bikes(STATIONS[:1], answered=MADE + 7200), None)
    assert found.notes == ["its data are 7,200 s old and say that they hold for 60 s"]
    strict = service("gbfs", {"path": "station_status.json", "stale_after_s": 900}, snapshot=True)
    assert ask(server, strict, lambda _asked: bikes(STATIONS[:1], answered=MADE + 7200), None).code == "SERVICE-STALE"


def test_stations_of_the_register_alone_and_of_the_feed_alone_are_named(server: Loopback) -> None:
    register = [{"station_id": name} for name in ("0001", "0002", "0003")]
    asking = service("gbfs", {"path": "status.json", "register": "information.json"}, snapshot=True)
    fresh = [one | {"last_reported": MADE - 60} for one in STATIONS]
    found = ask(server, asking, lambda asked: bikes(register if "information" in asked.path else fresh), None)
    assert found.notes == [
        "1 id of the register did not come: '0002'",
        "1 id came and is not in the register: '0004'",
    ]


def test_a_timetable_ends_on_the_last_day_on_which_a_trip_runs(server: Loopback) -> None:
    """gtfs-zero-calendar"""
    tables = {
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "W,0,0,0,0,0,0,0,20260101,20271231\n",
        "calendar_dates.txt": "service_id,date,exception_type\nW,20260601,1\nW,20260630,1\n",
        "trips.txt": "route_id,service_id,trip_id\nR1,W,T1\n",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as whole:
        for name, text in tables.items():
            whole.writestr(name, text)
    asking = service("gtfs", {"path": "feed.zip", "table": "trips"}, snapshot=True)
    found = ask(server, asking, lambda _asked: Answer(packed.getvalue()), None)
    assert (found.column("_feed_start"), found.column("_feed_end")) == (["20260601"], ["20260630"])


# --- answers to another question, and errors with status 200 --------------------------------------------------------


def test_rows_of_another_station_than_was_asked_for_are_refused(server: Loopback) -> None:
    own = {"path": "x", "query": {"stationName": "{each}"}}
    asking = service("data_go_kr", own, each=("중구", "종로구"), echo={"stationName": "{each}"})

    def answer(asked: Asked, said: str | None = None) -> Answer:
        return as_json(_data_go_kr([{"stationName": said or asked.query["stationName"], "pm10": 1}], 1, asked, ""))

    assert ask(server, asking, answer).column("stationName") == ["중구", "종로구"]
    found = ask(server, asking, lambda asked: answer(asked, "중구"))
    assert found.code == "SERVICE-OTHER-ANSWER"
    assert "'stationName'" in found.what


def test_the_same_rows_in_another_envelope_are_the_same_answer(server: Loopback) -> None:
    asking = service("moenv", {"path": "x", "query": {"county": "{each}"}}, each=("a", "b"))
    found = ask(server, asking, lambda asked: as_json({"records": ALL, "total": 6, "for": asked.query["county"]}))
    assert found.code == "SERVICE-SAME-ANSWER"


def test_hours_without_rows_are_named(server: Loopback) -> None:
    asking = service("seoul_openapi", {"service": "Air", "arguments": ["{hour:02d}"]}, hours=(0, 1, 2))

    def answer(asked: Asked) -> Answer:
        hour = asked.path[-2:]
        none = {"RESULT": {"CODE": "INFO-200", "MESSAGE": ""}}
        return as_json(none if hour == "01" else _seoul([{"hour": hour}], 1, asked, ""))

    found = ask(server, asking, answer)
    assert found.column("hour") == ["00", "02"]
    assert found.notes == ["1 of 3 questions had no rows: 2026-07-21 01h"]


@each_protocol
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (b"<html><body>Too many requests</body></html>", {"SERVICE-CONTENT", "SERVICE-QUOTA"}),
        (b"\xef\xbb\xbf<!DOCTYPE html><title>x</title>", {"SERVICE-CONTENT"}),
        (b"", {"SERVICE-CONTENT"}),
        (b'{"message": "Rate limit exceeded"}', {"SERVICE-BUSY", "SERVICE-SHAPE", "SERVICE-REQUEST", "SERVICE-QUOTA"}),
        (b"null", {"SERVICE-CONTENT", "SERVICE-SHAPE"}),
    ],
)
def test_errors_with_status_200_are_refused(server: Loopback, protocol: str, body: bytes, codes: set[str]) -> None:
    assert ask(server, PAGED[protocol].asking, lambda _asked: Answer(body)).code in codes


@each_protocol
def test_a_byte_order_mark_changes_nothing(server: Loopback, protocol: str) -> None:
    reply = PAGED[protocol].reply(server.base, 6, lambda a, n: ALL[a : a + n])

    def answer(asked: Asked) -> Answer:
        found = reply(asked)
        return Answer(b"\xef\xbb\xbf" + found.body, headers=found.headers)

    assert len(ask(server, PAGED[protocol].asking, answer).rows) == 6


# --- what the ledger keeps of it ------------------------------------------------------------------------------------


def test_the_ledger_has_the_code_and_what_is_odd(server: Loopback, tmp_path: Path) -> None:
    air = seoul().feed("air_daily")

    def attempt(asking: Service, reply: Reply) -> dict[str, Any]:
        server.replies = {"*": reply}
        contract = air.model_copy(update={"connector": Connector(services=(asking,))})
        home = Home(tmp_path / str(len(list(tmp_path.iterdir()))))
        base = f"{server.base}/x"
        run = RunContext(home, seoul(), "simulated", "r", DAY, simulator_address=base)
        fetch(run, contract, [DAY])
        (row,) = ledger.read(home, "attempt").filter(pl.col("feed") == "air_daily").collect().rows(named=True)
        return row

    paged = PAGED["moenv"]
    failed = attempt(paged.asking, paged.reply(server.base, 6, lambda a, n: ALL[max(0, a - 1) :][:n]))
    assert (failed["status"], failed["code"]) == ("failed", "SERVICE-ROW-TWICE")
    assert failed["sha256"] is not None  # what came is kept as evidence, and is no delivery
    noted = attempt(service("gbfs", {"path": "status.json"}, snapshot=True), lambda _asked: bikes(STATIONS))
    assert (noted["status"], noted["code"]) == ("landed", None)
    assert noted["detail"] == "2 stations were not heard for more than a day: 0003, 0004"
