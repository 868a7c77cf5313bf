"""data.go.kr: every shape of the envelope, every code, and paging over a real connection."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from assets.connectors import archive
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.data_go_kr import DataGoKr
from assets.failures import FeedFailure, TransientFailure
from quality.contract.connector import Service
from tests.support.loopback import Answer, Asked
from tests.support.protocols import envelope_of, pulled, refusal, rows_of, sample, serving

DAY = date(2026, 3, 1)
KEY = "a+b/c=="
SERVICE = Service(
    protocol="data_go_kr",
    address="https://apis.data.go.kr",
    ask={"path": "B552584/Air/getMeasures", "query": {"stationName": "{each}", "dataTerm": "DAILY", "ver": 1.3}},
    each=("중구",),
    secrets={"key": "KEY"},
    page_size=3,
)
GATEWAY = "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>{said}</returnAuthMsg>"
GATEWAY += "<returnReasonCode>{code}</returnReasonCode></cmmMsgHeader></OpenAPI_ServiceResponse>"
CODES = {
    "1": "SERVICE-DOWN", "2": "SERVICE-DOWN", "4": "SERVICE-DOWN", "5": "SERVICE-DOWN", "99": "SERVICE-DOWN",
    "10": "SERVICE-REQUEST", "11": "SERVICE-REQUEST", "12": "SERVICE-REQUEST", "77": "SERVICE-REQUEST",
    "X1": "SERVICE-REQUEST", "20": "SERVICE-AUTH", "21": "SERVICE-AUTH", "30": "SERVICE-AUTH", "31": "SERVICE-AUTH",
    "32": "SERVICE-AUTH", "33": "SERVICE-AUTH", "22": "SERVICE-QUOTA",
}  # fmt: skip


def _reply(items: Any, total: Any = 1, code: str = "00", page: Any = 1) -> bytes:
    body = {"items": items, "totalCount": total, "pageNo": page, "numOfRows": 3}
    return json.dumps({"response": {"header": {"resultCode": code, "resultMsg": "M"}, "body": body}}).encode()


def test_the_request_has_airkoreas_names_unless_the_contract_gives_others() -> None:
    request = DataGoKr().request(Ask(SERVICE, DAY, "중구"), Page(6, 3, 3))
    assert request.path == "B552584/Air/getMeasures"
    assert request.query == {
        "stationName": "중구",
        "dataTerm": "DAILY",
        "ver": "1.3",
        "returnType": "json",
        "numOfRows": "3",
        "pageNo": "3",
        "serviceKey": "{key}",
    }


@pytest.mark.parametrize(("given", "sent"), [("dataType", "JSON"), ("_type", "json"), ("resultType=JSON", "JSON")])
def test_the_parameter_for_json_may_have_another_name(given: str, sent: str) -> None:
    ask = {"path": "x", "query": {"startDt": "{day:%Y%m%d}"}, "type": given, "rows": "perPage", "page": "page"}
    own = SERVICE.model_copy(update={"ask": ask})
    query = DataGoKr().request(Ask(own, DAY), Page(0, 10)).query
    expected = {
        "startDt": "20260301",
        given.split("=", maxsplit=1)[0]: sent,
        "perPage": "10",
        "page": "1",
        "serviceKey": "{key}",
    }
    assert query == expected


@pytest.mark.parametrize(
    ("items", "rows"),
    [
        ([{"a": "1"}, {"a": "-"}], [{"a": "1"}, {"a": "-"}]),
        ({"item": [{"a": "1"}, {"a": "2"}]}, [{"a": "1"}, {"a": "2"}]),
        ({"item": {"a": "1", "b": None}}, [{"a": "1", "b": None}]),
        ({"a": "1"}, [{"a": "1"}]),
        ({"item": "x", "a": "1"}, [{"item": "x", "a": "1"}]),  # a column that happens to be called item
        ([{"item": {"a": "1"}}, {"item": {"a": "2"}}], [{"a": "1"}, {"a": "2"}]),
        ("", []),
        (" ", []),
        (None, []),
        ([], []),
        ({}, []),
        ({"item": ""}, []),
        ({"item": []}, []),
    ],
)
def test_rows_are_found_in_every_shape(items: Any, rows: list[dict[str, Any]]) -> None:
    content = _reply(items, len(rows))
    assert envelope_of(SERVICE, content) == Envelope(len(rows), len(rows))
    assert rows_of(SERVICE, content) == rows


@pytest.mark.parametrize(("total", "expected"), [(7, 7), ("7", 7), ("", None), (None, None)])
def test_the_total_may_be_a_text(total: Any, expected: int | None) -> None:
    found = envelope_of(SERVICE, _reply([{"a": "1"}], total))
    assert found == Envelope(1, expected, most=3 if expected is None else None)  # else the size of the page counts


@pytest.mark.parametrize("code", ["00", "0000", "0"])
def test_every_spelling_of_ok(code: str) -> None:
    assert envelope_of(SERVICE, _reply([{"a": "1"}], 1, code)).rows == 1


def test_header_and_body_may_stand_at_the_top() -> None:
    content = json.dumps(json.loads(_reply([{"item": {"a": "1"}}]))["response"]).encode()
    assert envelope_of(SERVICE, content) == Envelope(1, 1)
    assert rows_of(SERVICE, content) == [{"a": "1"}]


@pytest.mark.parametrize(
    "content",
    [
        b'{"response":{"header":{"resultCode":"03","resultMsg":"NO_DATA"}}}',  # KMA: there is no body at all
        GATEWAY.format(said="NODATA_ERROR", code="03").encode(),
        b'{"OpenAPI_ServiceResponse":{"cmmMsgHeader":{"returnReasonCode":"3"}}}',
    ],
)
def test_no_data_is_empty_and_no_failure(content: bytes) -> None:
    assert envelope_of(SERVICE, content) == Envelope(0, 0)
    assert rows_of(SERVICE, content) == []  # one of many questions may be answered so: its page lies in the bundle, too


@pytest.mark.parametrize(("code", "expected"), CODES.items())
def test_every_code_in_every_dress(code: str, expected: str) -> None:
    header = {"errMsg": "SERVICE ERROR", "returnAuthMsg": "SAID_SO", "returnReasonCode": code}
    bodies = [
        GATEWAY.format(said="SAID_SO", code=code),
        json.dumps({"OpenAPI_ServiceResponse": {"cmmMsgHeader": header}}),
        json.dumps({"cmmMsgHeader": header}),
        json.dumps({"response": {"header": {"resultCode": code, "resultMsg": "SAID_SO"}}}),
        f"<response><header><resultCode>{code}</resultCode><resultMsg>SAID_SO</resultMsg></header></response>",
    ]
    for body in bodies:
        failure = refusal(SERVICE, body)
        assert failure.code == expected, body
        assert "SAID_SO" in failure.what
        assert code in failure.what


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        (_reply([{"a": "1"}])[:-9], "SERVICE-TRUNCATED", "middle"),
        (b"<!DOCTYPE html><html><body>maintenance</body></html>", "SERVICE-CONTENT", "HTML"),
        (b"<html><br>not closed", "SERVICE-CONTENT", "HTML"),
        (b"Unauthorized", "SERVICE-CONTENT", "JSON"),
        (b"", "SERVICE-CONTENT", "empty"),
        (b"<other/>", "SERVICE-CONTENT", "other"),
        (b'<?xml version="1.0" encoding="euc-kr"?><a/>', "SERVICE-CONTENT", "XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "SERVICE-CONTENT", "XML"),
        (b"<response><header><resultCode>00</resultCode></header></response>", "SERVICE-SHAPE", "type"),
        (b'{"response":{"header":{"resultCode":"00"}}}', "SERVICE-SHAPE", "unexpected structure"),
        (b'{"response":{"body":{}}}', "SERVICE-SHAPE", "result code"),
        (b'{"nothing":1}', "SERVICE-SHAPE", "result code"),
        (_reply("x"), "SERVICE-SHAPE", "items"),
        (_reply([], "many"), "SERVICE-TOTAL", "many"),
        (b"[]", "SERVICE-SHAPE", "unexpected structure"),
    ],
)
def test_what_is_no_reply_is_refused(body: bytes, code: str, word: str) -> None:
    failure = refusal(SERVICE, body)
    assert failure.code == code, failure
    assert word in failure.what


def test_a_saved_error_is_refused_when_it_is_read() -> None:
    with pytest.raises(FeedFailure) as caught:
        archive.read_pages("saved.json", GATEWAY.format(said="SAID_SO", code="30").encode(), SERVICE)
    assert caught.value.code == "SERVICE-AUTH"


def _air(asked: Asked) -> Answer:
    rows = [
        {"dataTime": f"2026-03-01 {hour:02d}:00", "pm10Value": "-" if hour == 2 else str(hour)} for hour in range(1, 6)
    ]
    size, page = int(asked.query["numOfRows"]), int(asked.query["pageNo"])
    return Answer(_reply(rows[(page - 1) * size : page * size], "5", page=page))


def test_two_pages_over_a_real_connection() -> None:
    with serving(_air) as (base, asked):
        result = pulled(SERVICE, base, {"key": KEY}, day=DAY)
    assert result.failure is None
    assert [(got.envelope.rows, got.envelope.total) for got in result.pages] == [(3, 5), (2, 5)]
    assert [request.query["pageNo"] for request in asked] == ["1", "2"]
    assert {request.query["serviceKey"] for request in asked} == {KEY}  # encoded once, not twice
    assert asked[0].query["stationName"] == "중구"
    content, _ = archive.pack(result.pages)
    assert KEY.encode() not in content
    frames = [raw.frame for raw in archive.read_pages("air 2026-03-01", content, SERVICE)]
    assert [value for frame in frames for value in frame["pm10Value"]] == ["1", "-", "3", "4", "5"]
    assert [line for frame in frames for line in frame["_line"]] == [1, 2, 3, 4, 5]


def test_a_total_that_is_not_reached_fails_the_pull() -> None:
    def answer(asked: Asked) -> Answer:
        page = asked.query["pageNo"]
        return Answer(_reply([{"a": "1"}, {"a": "2"}] if page == "1" else "", 9, page=page))

    with serving(answer) as (base, _):
        result = pulled(SERVICE, base, {"key": KEY}, day=DAY)
    assert result.failure is not None
    assert result.failure.code == "SERVICE-SHORT"


def test_no_data_for_one_of_two_questions_is_not_the_end() -> None:
    own = SERVICE.model_copy(update={"each": ("중구", "종로구"), "page_size": 100})

    def answer(asked: Asked) -> Answer:
        none = GATEWAY.format(said="NODATA_ERROR", code="03").encode()
        return Answer(none) if asked.query["stationName"] == "중구" else Answer(_reply({"item": {"a": "1"}}))

    with serving(answer) as (base, _):
        result = pulled(own, base, {"key": KEY}, day=DAY)
    assert (result.failure, result.rows) == (None, 1)
    (raw,) = archive.read_pages("air 2026-03-01", archive.pack(result.pages)[0], own)
    assert raw.frame["a"].to_list() == ["1"]


@pytest.mark.parametrize(("status", "code", "expected"), [(403, 30, "SERVICE-AUTH"), (200, 22, "SERVICE-QUOTA")])
def test_gateway_errors_come_with_200_or_403_and_are_not_asked_again(status: int, code: int, expected: str) -> None:
    with serving(lambda _: Answer(GATEWAY.format(said="NO", code=code).encode(), status)) as (base, asked):
        result = pulled(SERVICE, base, {"key": KEY}, day=DAY)
    assert result.failure is not None
    assert result.failure.code == expected
    assert str(code) in result.failure.what
    assert len(asked) == 1


def test_samples() -> None:
    air = sample("airkorea_ctprvn.json").read_bytes()
    assert envelope_of(SERVICE, air) == Envelope(2, 40)
    raw = DataGoKr().rows(SERVICE, air, "sample").frame
    assert raw["dataTime"].to_list() == ["2023-08-23 24:00"] * 2  # the typing layer knows what 24:00 is
    assert raw["pm10Value"].to_list() == ["20", "-"]
    assert envelope_of(SERVICE, sample("datago_empty_items.json").read_bytes()) == Envelope(0, 0)
    assert rows_of(SERVICE, sample("datago_single_item_dict.json").read_bytes()) == [{"id": "1", "nm": "x"}]
    failure = refusal(SERVICE, sample("datago_gateway_error.xml").read_bytes())
    assert failure.code == "SERVICE-QUOTA"
    assert isinstance(failure, TransientFailure)


@pytest.mark.holds("attack 8", "A result code of 5,000 digits is refused with a code as well.")
def test_a_result_code_of_thousands_of_digits_is_refused() -> None:
    body = {"response": {"header": {"resultCode": "9" * 5000, "resultMsg": "x"}}}
    with pytest.raises(FeedFailure) as caught:
        DataGoKr().envelope(SERVICE, Reply(200, {}, json.dumps(body).encode(), "label"))
    assert caught.value.code == "SERVICE-REQUEST"
    assert len(str(caught.value)) < 500
