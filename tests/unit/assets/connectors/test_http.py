"""One request and one reply: what goes wrong on the way, how often it is tried, and how long is waited."""

from __future__ import annotations

import gzip
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from assets.connectors.http import Client
from assets.connectors.protocol import Reply, Request
from assets.connectors.refusals import refuse
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from tests.support.loopback import Answer, Clock, Loopback, closed_port, loopback, service


def _ask(
    base: str, request: Request | None = None, *, budget: int | None = None, check: Any = None, **more: Any
) -> Any:
    with Client(service(**more), base, Secrets({}), budget=budget) as client:
        reply, _ = client.ask(request or Request("data"), "feed 2026-03-09", check or (lambda reply: None))
        return reply


def _fails(code: str, kind: type[FeedFailure], base: str, request: Request | None = None, **more: Any) -> FeedFailure:
    with pytest.raises(FeedFailure) as caught:
        _ask(base, request, **more)
    assert (caught.value.code, type(caught.value)) == (code, kind)
    assert caught.value.where == "feed 2026-03-09"
    return caught.value


def test_a_reply_comes_whole_with_headers_in_lower_case(server: Loopback) -> None:
    server.replies["/data"] = Answer(b"\x00\xff", headers={"ETag": '"1"', "X-Two": "b"})
    reply = _ask(server.base, Request("data", {"a b": "c&d", "ü": "é"}, {"x-own": "1"}))
    assert (reply.status, reply.content, reply.headers["etag"], reply.label) == (
        200,
        b"\0\xff",
        '"1"',
        "feed 2026-03-09",
    )
    (asked,) = server.asked
    assert asked.query == {"a b": "c&d", "ü": "é"}
    assert asked.headers["x-own"] == "1"
    assert asked.headers["user-agent"].startswith("madang/")


def test_a_body_is_posted_as_json(server: Loopback) -> None:
    server.replies["/data"] = Answer(b"ok")
    _ask(server.base, Request("data", body={"keyword": "빗물"}))
    assert server.asked[0].body.decode() == '{"keyword":"빗물"}'


def test_time_out_is_transient_and_says_how_long(server: Loopback) -> None:
    never = threading.Event()
    server.replies["/data"] = Answer(b"late", hold=never)
    try:
        failure = _fails("SERVICE-TIMEOUT", TransientFailure, server.base, timeout_s=0.1)
    finally:
        never.set()
    assert "0.1 s" in failure.what


def test_connection_refused() -> None:
    assert "no connection" in _fails("SERVICE-DOWN", TransientFailure, closed_port()).what


def test_hung_up_without_a_word(server: Loopback) -> None:
    server.replies["/data"] = Answer(hang_up=True)
    _fails("SERVICE-DOWN", TransientFailure, server.base)


def test_content_length_larger_than_the_body(server: Loopback) -> None:
    server.replies["/data"] = Answer(b'{"half": ', length=1000)
    assert "middle" in _fails("SERVICE-TRUNCATED", TransientFailure, server.base).what


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_truncated_gzip_with_the_right_length(server: Loopback, cut: int) -> None:
    packed = gzip.compress(bytes(range(256)) * 4)
    server.replies["/data"] = Answer(packed[:-cut], headers={"content-encoding": "gzip"})
    _fails("SERVICE-TRUNCATED", TransientFailure, server.base)


def test_gzip_that_is_none_and_packing_that_was_not_asked_for(server: Loopback) -> None:
    server.replies["/data"] = Answer(b"not packed", headers={"content-encoding": "gzip"})
    _fails("SERVICE-TRUNCATED", TransientFailure, server.base)
    server.replies["/data"] = Answer(b"?", headers={"content-encoding": "br"})
    _fails("SERVICE-CONTENT", TransientFailure, server.base)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_is_unpacked(server: Loopback, coding: str) -> None:
    body = b"0123456789" * 100_000
    server.replies["/data"] = Answer(gzip.compress(body), headers={"content-encoding": coding})
    assert _ask(server.base, max_mib=1).content == body


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_is_too_large_is_not_tried_again(server: Loopback, packed: bool) -> None:
    body = b"0" * (2**20 + 1)
    headers = {"content-encoding": "gzip"} if packed else {}
    server.replies["/data"] = Answer(gzip.compress(body) if packed else body, headers=headers)
    failure = _fails("SERVICE-TOO-LARGE", PermanentFailure, server.base, max_mib=1, attempts=3)
    assert "1 MiB" in failure.what
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [202, 408, 425, 429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again_with_growing_waits(server: Loopback, clock: Clock, status: int) -> None:
    server.replies["/data"] = [Answer(b"", status), Answer(b"", status), Answer(b"good")]
    assert _ask(server.base, attempts=3).content == b"good"
    first, second = clock.slept
    assert 0.5 <= first <= 1.0
    assert 1.0 <= second <= 1.5


def test_trying_is_bounded(server: Loopback, clock: Clock) -> None:
    server.replies["/data"] = Answer(b"", 500)
    _fails("SERVICE-DOWN", TransientFailure, server.base, attempts=3)
    assert len(server.asked) == 3
    assert len(clock.slept) == 2


@pytest.mark.parametrize("header", ["Retry-After", "x-ratelimit-reset"])
def test_too_many_requests_waits_as_long_as_it_is_told(server: Loopback, clock: Clock, header: str) -> None:
    server.replies["/data"] = [Answer(b"", 429, {header: "17"}), Answer(b"good")]
    assert _ask(server.base, attempts=2).content == b"good"
    assert clock.slept == [17.0]


def test_retry_after_as_a_date_and_as_a_moment(server: Loopback, clock: Clock) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    server.replies["/data"] = [
        Answer(b"", 503, {"Retry-After": later}),
        Answer(b"", 429, {"x-ratelimit-reset": str(int(clock.time()) + 30)}),
        Answer(b"good"),
    ]
    assert _ask(server.base, attempts=3).content == b"good"
    assert 15 <= clock.slept[0] <= 20
    assert sum(clock.slept) == pytest.approx(30, abs=1)


@pytest.mark.parametrize("header", ["soon", "-5", "Thu, 99 Foo 2026", "1e9", ""])
def test_a_retry_after_that_says_nothing_is_not_obeyed(server: Loopback, clock: Clock, header: str) -> None:
    server.replies["/data"] = [Answer(b"", 429, {"Retry-After": header}), Answer(b"good")]
    assert _ask(server.base, attempts=2).content == b"good"
    assert 0.5 <= clock.slept[0] <= 1.0


def test_a_wait_beyond_the_deadline_is_not_waited(server: Loopback, clock: Clock) -> None:
    server.replies["/data"] = [Answer(b"", 429, {"Retry-After": "61"}), Answer(b"good")]
    failure = _fails("SERVICE-BUSY", TransientFailure, server.base, attempts=3, deadline_s=60)
    assert clock.slept == []
    assert len(server.asked) == 1
    assert failure.retry_after_s == 61  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: Loopback, status: int) -> None:
    with loopback() as stranger:
        server.replies["/data"] = Answer(b"", status, {"Location": f"{stranger.base}/data"})
        _fails("SERVICE-MOVED", PermanentFailure, server.base, attempts=3)
        assert stranger.asked == []
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "SERVICE-AUTH"),
        (403, "SERVICE-AUTH"),
        (404, "SERVICE-REQUEST"),
        (400, "SERVICE-REQUEST"),
        (418, "SERVICE-REQUEST"),
    ],
)
def test_refusals_are_permanent(server: Loopback, status: int, code: str) -> None:
    server.replies["/data"] = Answer(b"no", status)
    _fails(code, PermanentFailure, server.base, attempts=3)
    assert len(server.asked) == 1


def test_a_service_s_own_words_come_before_the_status(server: Loopback) -> None:
    def check(reply: Reply) -> None:
        refuse("quota", "22 LIMITED", reply.label)

    server.replies["/data"] = Answer(b"<quota>", 403)
    _fails("SERVICE-QUOTA", TransientFailure, server.base, check=check, attempts=3)
    assert len(server.asked) == 1


def test_a_page_that_is_no_data_does_not_hide_the_status(server: Loopback, clock: Clock) -> None:
    def check(reply: Reply) -> None:
        refuse("content", "it is an HTML page", reply.label)

    server.replies["/data"] = Answer(b"<html>", 503)
    _fails("SERVICE-DOWN", TransientFailure, server.base, check=check, attempts=2)
    assert len(server.asked) == 2


def test_not_modified_is_a_reply(server: Loopback) -> None:
    server.replies["/data"] = Answer(b"", 304)
    assert _ask(server.base).status == 304


def test_the_rate_is_kept(server: Loopback, clock: Clock) -> None:
    server.replies["*"] = Answer(b"ok")
    with Client(service(per_second=4), server.base, Secrets({})) as client:
        for number in range(4):
            client.ask(Request(f"p{number}"), "x", lambda reply: None)
    assert clock.slept == pytest.approx([0.25, 0.25, 0.25])


def test_a_server_that_is_our_own_is_not_waited_for(server: Loopback, clock: Clock) -> None:
    server.replies["*"] = Answer(b"ok")
    with Client(service(per_second=4), server.base, Secrets({}), paced=False) as client:
        for number in range(4):
            client.ask(Request(f"p{number}"), "x", lambda reply: None)
    assert len(server.asked) == 4
    assert clock.slept == []


def test_the_rate_does_not_lead_past_the_deadline(server: Loopback, clock: Clock) -> None:
    server.replies["*"] = Answer(b"ok")
    with Client(service(per_second=0.01, deadline_s=60), server.base, Secrets({})) as client:
        client.ask(Request("a"), "x", lambda reply: None)
        with pytest.raises(TransientFailure, match="SERVICE-DEADLINE"):
            client.ask(Request("b"), "x", lambda reply: None)
    assert clock.slept == []


def test_retries_count_against_the_quota_which_is_not_exceeded(server: Loopback, clock: Clock) -> None:
    server.replies["/data"] = Answer(b"", 500)
    with pytest.raises(TransientFailure, match="SERVICE-QUOTA") as caught:
        _ask(server.base, budget=2, per_day=1000, attempts=5)
    assert len(server.asked) == 2
    assert "1,000 requests a day" in caught.value.what


def test_no_request_without_quota_left_or_after_the_night(server: Loopback, clock: Clock) -> None:
    _fails("SERVICE-QUOTA", TransientFailure, server.base, budget=0, per_day=1)
    client = Client(service(), server.base, Secrets({}), ends=clock.now - 1)
    with client, pytest.raises(TransientFailure, match="SERVICE-DEADLINE"):
        client.ask(Request("data"), "x", lambda reply: None)
    assert server.asked == []


def test_every_request_is_reported(server: Loopback, clock: Clock) -> None:
    server.replies["/data"] = [Answer(b"", 500), Answer(b"good")]
    seen: list[int] = []
    with Client(service(attempts=2), server.base, Secrets({}), at_request=lambda: seen.append(1)) as client:
        client.ask(Request("data"), "x", lambda reply: None)
        assert client.sent == len(seen) == 2


def test_an_address_that_is_none_is_a_failure_of_the_contract() -> None:
    _fails("SERVICE-ASK", PermanentFailure, "http://127.0.0.1:notaport")
    _fails("SERVICE-ASK", PermanentFailure, closed_port(), Request("data", headers={"x": "é"}))
    with pytest.raises(FeedFailure):
        _ask(closed_port(), Request("data", headers={"x": "a\nb: c"}))
