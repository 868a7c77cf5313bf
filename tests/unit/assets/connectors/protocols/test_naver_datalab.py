"""NAVER DataLab: what is posted, groups as columns, and its errors."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from assets.connectors import archive
from assets.connectors.protocol import Ask, Envelope, Page, Reply
from assets.connectors.protocols.naver_datalab import NaverDatalab
from assets.failures import PermanentFailure
from quality.contract.connector import Service
from tests.support.loopback import Answer
from tests.support.protocols import pulled, refusal, serving

DAY = date(2026, 3, 1)
ASK = {"groups": {"cold": ["감기", "코감기"], "flu": ["독감"]}, "days_back": 2, "whole": True}
SERVICE = Service(
    protocol="naver_datalab",
    address="https://openapi.naver.com",
    ask=ASK,
    secrets={"client_id": "ID", "client_secret": "SECRET"},
)
BODY = {
    "startDate": "2026-02-27",
    "endDate": "2026-03-01",
    "timeUnit": "date",
    "keywordGroups": [
        {"groupName": "cold", "keywords": ["감기", "코감기"]},
        {"groupName": "flu", "keywords": ["독감"]},
    ],
}


def _reply(**groups: dict[str, Any]) -> bytes:
    results = [
        {"title": title, "keywords": ["x"], "data": [{"period": p, "ratio": ratio} for p, ratio in points.items()]}
        for title, points in groups.items()
    ]
    return json.dumps({"startDate": "2026-02-27", "endDate": "2026-03-01", "results": results}).encode()


GOOD = _reply(cold={"2026-02-27": 100, "2026-03-01": 47.0}, flu={"2026-02-28": 0.90909, "2026-03-01": 5}).replace(
    b"0.90909", b"0.9090909090909090909"
)


def test_the_request() -> None:
    request = NaverDatalab().request(Ask(SERVICE, DAY), Page())
    assert (request.path, dict(request.query), request.body) == ("v1/datalab/search", {}, BODY)
    assert request.headers == {"X-Naver-Client-Id": "{client_id}", "X-Naver-Client-Secret": "{client_secret}"}


def test_further_members_of_the_request() -> None:
    ask = {**ASK, "unit": "week", "body": {"device": "pc", "ages": ["1", "2"]}, "path": "v2/trend"}
    request = NaverDatalab().request(Ask(SERVICE.model_copy(update={"ask": ask}), DAY), Page())
    assert request.path == "v2/trend"
    assert request.body == BODY | {"timeUnit": "week", "device": "pc", "ages": ["1", "2"]}


def test_without_a_day_there_is_no_window() -> None:
    with pytest.raises(PermanentFailure) as caught:
        NaverDatalab().request(Ask(SERVICE), Page())
    assert caught.value.code == "SERVICE-ASK"


@pytest.mark.parametrize(
    ("term", "given"), [("days_back", None), ("days_back", "2"), ("groups", None), ("groups", {}), ("groups", "감기")]
)
def test_what_it_can_not_do_without(term: str, given: Any) -> None:
    ask = {**ASK, term: given} if given is not None else {name: ASK[name] for name in ASK if name != term}
    with serving(lambda _: Answer(GOOD)) as (base, asked):
        result = pulled(
            SERVICE.model_copy(update={"ask": ask}), base, {"client_id": "a", "client_secret": "b"}, day=DAY
        )
    assert result.failure is not None
    assert (result.failure.code, asked) == ("SERVICE-ASK", [])
    assert term in result.failure.what


def test_one_row_a_period_and_one_column_a_group() -> None:
    assert NaverDatalab().envelope(SERVICE, Reply(200, {}, GOOD, "label")) == Envelope(3)
    frame = NaverDatalab().rows(SERVICE, GOOD, "label").frame
    assert frame.select("period", "cold", "flu").rows() == [
        ("2026-02-27", "100", None),  # NAVER leaves out the days on which nobody searched
        ("2026-02-28", None, "0.9090909090909090909"),
        ("2026-03-01", "47.0", "5"),
    ]


@pytest.mark.parametrize("body", [_reply(), _reply(cold={}, flu={})])
def test_nothing_searched_is_empty(body: bytes) -> None:
    assert NaverDatalab().envelope(SERVICE, Reply(200, {}, body, "label")) == Envelope(0)
    assert NaverDatalab().rows(SERVICE, body, "label").frame.height == 0


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, "024", "SERVICE-AUTH"),
        (401, "028", "SERVICE-AUTH"),
        (429, "010", "SERVICE-QUOTA"),
        (200, "010", "SERVICE-QUOTA"),
        (429, "012", "SERVICE-QUOTA"),
        (400, "400", "SERVICE-REQUEST"),
        (404, "051", "SERVICE-REQUEST"),
        (500, "900", "SERVICE-DOWN"),
    ],
)
def test_every_error(status: int, error: str, code: str) -> None:
    failure = refusal(SERVICE, json.dumps({"errorMessage": "SAID SO", "errorCode": error}), status)
    assert failure.code == code
    assert f"{error} SAID SO" in failure.what


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        (GOOD[:-5], "SERVICE-TRUNCATED", "middle"),
        (b"<html>", "SERVICE-CONTENT", "JSON"),
        (b"[]", "SERVICE-SHAPE", "results"),
        (b'{"startDate":"2026-02-27"}', "SERVICE-SHAPE", "results"),
        (b'{"results":[{"title":"cold"}]}', "SERVICE-SHAPE", "data"),
        (b'{"results":[1]}', "SERVICE-SHAPE", "results"),
        (b'{"results":[{"title":"cold","data":[{"period":"2026-03-01"}]}]}', "SERVICE-SHAPE", "ratio"),
    ],
)
def test_what_is_no_reply_is_refused(body: bytes, code: str, word: str) -> None:
    failure = refusal(SERVICE, body)
    assert failure.code == code
    assert word in failure.what


def test_a_pull_comes_back_as_rows() -> None:
    with serving(lambda _: Answer(GOOD)) as (base, asked):
        result = pulled(SERVICE, base, {"client_id": "me", "client_secret": "s3cret"}, day=DAY)
    assert (result.failure, result.rows, result.requests) == (None, 3, 1)
    assert json.loads(asked[0].body) == BODY
    assert (asked[0].headers["x-naver-client-id"], asked[0].headers["x-naver-client-secret"]) == ("me", "s3cret")
    (raw,) = archive.read_pages("trend 2026-03-01", archive.pack(result.pages)[0], SERVICE)
    assert raw.frame["period"].to_list() == ["2026-02-27", "2026-02-28", "2026-03-01"]


@pytest.mark.parametrize(
    ("status", "error", "code", "times"),
    [(401, "024", "SERVICE-AUTH", 1), (429, "010", "SERVICE-QUOTA", 1), (500, "900", "SERVICE-DOWN", 2)],
)
def test_errors_over_a_real_connection(status: int, error: str, code: str, times: int) -> None:
    said = json.dumps({"errorMessage": "NO", "errorCode": error}).encode()
    with serving(lambda _: Answer(said, status)) as (base, asked):
        result = pulled(SERVICE, base, {"client_id": "me", "client_secret": "s3cret"}, day=DAY)
    assert result.failure is not None
    assert (result.failure.code, len(asked)) == (code, times)


def test_of_a_window_only_its_last_day_is_taken():
    """The same day has another ratio in every window; tonight's window must not rewrite last week."""
    ask = {"groups": {"cold": ["감기"]}, "days_back": 2}
    service = Service(protocol="naver_datalab", address="http://127.0.0.1", ask=ask)
    data = [{"period": f"2026-03-0{n}", "ratio": 10 * n} for n in (1, 2, 3)]
    reply = {
        "startDate": "2026-03-01",
        "endDate": "2026-03-03",
        "timeUnit": "date",
        "results": [{"title": "cold", "keywords": ["감기"], "data": data}],
    }
    found = NaverDatalab().rows(service, json.dumps(reply).encode(), "page").frame
    assert found.select("period", "cold").rows() == [("2026-03-03", "30")]


def test_a_figure_says_by_which_group_and_day_it_is_measured():
    """Two windows of which the same day is 100 have one scale; figures of another one do not compare."""
    frame = NaverDatalab().rows(SERVICE, GOOD, "label").frame
    assert set(frame["measured_by"]) == {"cold 2026-02-27"}
