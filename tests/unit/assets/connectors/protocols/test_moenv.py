"""Taiwan MOENV: two versions, names with dots, pages of 1,000, and the many ways to refuse a key."""

from __future__ import annotations

import json

import pytest

from assets.connectors import archive
from assets.connectors.protocol import Ask, Envelope, Page
from assets.connectors.protocols.moenv import Moenv
from quality.contract.connector import Service
from tests.support.loopback import Answer, Asked
from tests.support.protocols import envelope_of, pulled, refusal, rows_of, sample, serving

KEY = "0f-key"
SERVICE = Service(
    protocol="moenv",
    address="https://data.moenv.gov.tw/api/v2",
    ask={"path": "aqx_p_432", "query": {"sort": "ImportDate desc"}},
    secrets={"key": "KEY"},
    snapshot=True,
)
ROWS = [{"sitename": f"S{n}", "pm2.5": str(n), "wind_direc": ""} for n in range(5)]


def test_the_request() -> None:
    request = Moenv().request(Ask(SERVICE), Page(2000, 1000, 3))
    assert request.path == "aqx_p_432"
    assert request.query == {
        "format": "JSON",
        "sort": "ImportDate desc",
        "limit": "1000",
        "offset": "2000",
        "api_key": "{key}",
    }


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_records_or_a_bare_list(mark: bytes) -> None:
    expected = [
        {"sitename": "S0", "pm2.5": "0", "wind_direc": None},
        {"sitename": "S1", "pm2.5": "1", "wind_direc": None},
    ]
    bare, wrapped = (mark + json.dumps(body).encode() for body in (ROWS[:2], {"total": "2", "records": ROWS[:2]}))
    assert (envelope_of(SERVICE, bare), envelope_of(SERVICE, wrapped)) == (Envelope(2), Envelope(2, 2))
    assert rows_of(SERVICE, bare) == rows_of(SERVICE, wrapped) == expected


def test_the_old_names_and_no_rows() -> None:
    assert rows_of(SERVICE, b'{"records":[{"SiteName":"A","PM2.5":"5","PM2.5_AVG":"1.4"}]}') == [
        {"SiteName": "A", "PM2.5": "5", "PM2.5_AVG": "1.4"}
    ]
    assert envelope_of(SERVICE, b"[]") == Envelope(0)
    assert envelope_of(SERVICE, b'{"records":[],"total":""}') == Envelope(0)
    assert envelope_of(SERVICE, b'{"records":[],"total":0}') == Envelope(0, 0)
    assert rows_of(SERVICE, b"[]") == []


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        ('{"error":"api_key is wrong"}', "SERVICE-AUTH", "api_key is wrong"),
        ('{"error":{"code":1,"text":"API KEY expired"}}', "SERVICE-AUTH", "expired"),
        ('{"Message":"金鑰錯誤"}', "SERVICE-AUTH", "金鑰錯誤"),
        ('{"message":"api_key: daily quota used up"}', "SERVICE-QUOTA", "quota"),
        ('{"error":"no such data set"}', "SERVICE-REQUEST", "no such data set"),
        ("api_key 錯誤", "SERVICE-AUTH", "錯誤"),
        ('"api_key 錯誤"', "SERVICE-AUTH", "錯誤"),
        ("<html><style>p{}</style><p>The <b>API key</b> is new</p></html>", "SERVICE-AUTH", "The API key is new"),
        ("<html><script>var api_key</script><p>maintenance</p></html>", "SERVICE-CONTENT", "HTML"),
        ("service stopped", "SERVICE-CONTENT", "plain text"),
        ("", "SERVICE-CONTENT", "empty"),
        ('{"fields":[]}', "SERVICE-SHAPE", "fields"),
        ('{"records":{}}', "SERVICE-SHAPE", "unexpected structure"),
        ('{"records":[],"total":"all"}', "SERVICE-TOTAL", "all"),
        ('{"records":[{"a":"1"}', "SERVICE-TRUNCATED", "middle"),
        ('[{"a":"1"}', "SERVICE-TRUNCATED", "middle"),
    ],
)
def test_every_refusal(body: str, code: str, word: str) -> None:
    failure = refusal(SERVICE, body)
    assert failure.code == code, failure
    assert word in failure.what


def _answer(asked: Asked, *, total: bool) -> Answer:
    start, size = int(asked.query["offset"]), int(asked.query["limit"])
    page = ROWS[start : start + size]
    # the real service repeats the key and has a link to a next page on the last one, too
    link = f"/api/v2/aqx_p_432?api_key={asked.query['api_key']}&offset={start + size}"
    whole = {"total": str(len(ROWS)), "_links": {"next": link}, "records": page}
    return Answer(json.dumps(whole if total else page).encode())


@pytest.mark.parametrize("total", [True, False])
def test_pages_over_a_real_connection(total: bool) -> None:
    service = SERVICE.model_copy(update={"page_size": 2})
    with serving(lambda asked: _answer(asked, total=total)) as (base, asked):
        result = pulled(service, base, {"key": KEY})
    assert (result.failure, result.rows) == (None, 5)
    assert [request.query["offset"] for request in asked] == ["0", "2", "4", *([] if total else ["5"])]
    assert {request.query["api_key"] for request in asked} == {KEY}
    content, _ = archive.pack(result.pages)
    assert KEY.encode() not in content
    frames = [raw.frame for raw in archive.read_pages("air now", content, service)]
    assert [value for frame in frames for value in frame["pm2.5"]] == ["0", "1", "2", "3", "4"]


def test_more_is_never_asked_for_than_the_service_gives() -> None:
    service = SERVICE.model_copy(update={"page_size": 5000})
    with serving(lambda _: Answer(b"[]")) as (base, asked):
        result = pulled(service, base, {"key": KEY})
    assert (result.failure, result.rows) == (None, 0)
    assert asked[0].query["limit"] == "1000"


def test_samples() -> None:
    (new,) = rows_of(SERVICE, sample("moenv_aqx_p_432_v2.json").read_bytes())
    (old,) = rows_of(SERVICE, sample("moenv_aqx_p_432_v1.json").read_bytes())
    assert (new["pm2.5"], new["pm2.5_avg"], new["pollutant"], new["publishtime"][:10]) == (
        "5",
        "1.4",
        None,
        "2026/08/23",
    )
    assert (old["PM2.5"], old["SiteId"], old["PublishTime"]) == ("5", "72", "2020/08/23 07:00:00")
