"""One deadline over all that a service can draw out: names, handshakes, headers, bodies, pages, retries."""

from __future__ import annotations

import socket
import threading
from datetime import date
from typing import Any

import httpcore
import pytest

from assets.connectors import pull
from assets.connectors.deadline import Deadline
from assets.connectors.http import Client
from assets.connectors.protocol import Request, protocol_names
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure, TransientFailure
from tests.support.loopback import Answer, Loopback, closed_port, loopback, service
from tests.support.unfair import UNFAIR, dripping, unfair

SHORT_S = 0.3
# what any of the protocols cannot do without
ASK: dict[str, Any] = dict.fromkeys(("path", "resource_id", "table", "type", "service", "id", "key"), "x")
ASK |= {"days_back": 1, "groups": {"a": ["b"]}}


def failure_of(base: str, **more: Any) -> FeedFailure:
    with Client(service(**{"timeout_s": SHORT_S, **more}), base, Secrets({})) as client:
        with pytest.raises(FeedFailure) as caught:
            client.ask(Request("data"), "feed 2026-03-09", lambda reply: None)
        return caught.value


@pytest.mark.holds(
    "attack 5",
    "A service that sends its status line, headers, replies 103, body, chunk extension or trailers bit by bit and "
    "without end: the pull ends at its one deadline.",
)
@pytest.mark.parametrize("kind", UNFAIR)
def test_what_is_drawn_out_ends_at_the_time_out(kind: str) -> None:
    with unfair(UNFAIR[kind]) as base:
        failure = failure_of(base)
    assert (failure.code, type(failure)) == ("SERVICE-TIMEOUT", TransientFailure)
    assert f"{SHORT_S} s" in failure.what


@pytest.mark.parametrize("kind", ["no word", "103 without end", "a chunk extension that drips"])
def test_the_deadline_is_over_all_retries(kind: str) -> None:
    with unfair(UNFAIR[kind]) as base:
        failure = failure_of(base, timeout_s=1000, deadline_s=SHORT_S, attempts=10)
    assert failure.code == "SERVICE-DEADLINE"


def test_a_handshake_that_never_ends() -> None:
    # the length of a TLS record, then its letters one by one
    with unfair(dripping(b"\x16\x03\x03\x40\x00", b"\x02")) as base:
        failure = failure_of(base.replace("http:", "https:"))
    assert failure.code == "SERVICE-TIMEOUT"


def test_a_name_that_is_never_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(60) and [])
    try:
        failure = failure_of("http://localhost:1")
    finally:
        ended.set()
    assert failure.code == "SERVICE-TIMEOUT"


def test_a_name_of_many_addresses_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 addresses of 10 s each would be three hours."""
    tried: list[tuple[str, float]] = []

    def connect(self: Any, host: str, port: int, timeout: float, *more: Any) -> Any:
        tried.append((host, timeout))
        threading.Event().wait(timeout)
        raise httpcore.ConnectTimeout("nobody")

    many = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.{n // 250}.{n % 250}", 80)) for n in range(1000)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: many)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    assert failure_of("http://localhost:1").code == "SERVICE-TIMEOUT"
    assert len(tried) == 1  # it was given all that was left
    assert tried[0][1] <= SHORT_S


def test_the_next_address_of_a_name_is_tried(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    server.replies["/data"] = Answer(b"ok")
    port = server.server_address[1]
    both = [(2, 1, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with Client(service(), f"http://localhost:{port}", Secrets({})) as client:
        assert client.ask(Request("data"), "x", lambda reply: None)[0].content == b"ok"
    assert server.asked[0].headers["host"] == f"localhost:{port}"


def test_a_body_that_nobody_takes() -> None:
    """A service that reads nothing of what is posted, of more than the buffers of the system hold."""
    gone = threading.Event()
    try:
        with (
            unfair(lambda _client: gone.wait(60)) as base,
            Client(service(timeout_s=SHORT_S), base, Secrets({})) as client,
            pytest.raises(FeedFailure) as caught,
        ):
            client.ask(Request("data", body={"x": "y" * 20_000_000}), "x", lambda reply: None)
    finally:
        gone.set()
    assert caught.value.code == "SERVICE-TIMEOUT"


@pytest.mark.holds("attack 5", "The same with each of the protocols, and at the deadline of a pull with retries.")
@pytest.mark.parametrize("protocol", protocol_names())
def test_every_protocol_ends_at_the_deadline_of_its_pull(protocol: str) -> None:
    asking = service(protocol, ASK, timeout_s=1000, deadline_s=SHORT_S, attempts=3, parallel=2)
    with unfair(UNFAIR["103 without end"]) as base, Client(asking, base, Secrets({})) as client:
        pulled = pull.pull(client, asking, date(2026, 3, 9))
    assert pulled.failure is not None
    assert pulled.failure.code == "SERVICE-DEADLINE"


def test_pages_without_end_end_at_the_deadline() -> None:
    stop = threading.Event()

    def page(_asked: Any) -> Answer:
        stop.wait(0.05)
        return Answer(b'[{":id": "%d"}]' % len(server.asked))

    with loopback() as server:
        server.replies["*"] = page
        asking = service("socrata", ASK, deadline_s=SHORT_S, page_size=1)
        with Client(asking, server.base, Secrets({})) as client:
            pulled = pull.pull(client, asking, None)
    assert pulled.failure is not None
    assert pulled.failure.code == "SERVICE-DEADLINE"


def test_threads_have_deadlines_of_their_own(server: Loopback) -> None:
    """One question that is answered late does not cost the others their time."""
    never = threading.Event()
    server.replies["/late"] = Answer(b"", hold=never)
    server.replies["/data"] = Answer(b"ok")
    asking = service(timeout_s=SHORT_S, parallel=2)
    codes: list[str] = []
    with Client(asking, server.base, Secrets({})) as client:

        def late() -> None:
            try:
                client.ask(Request("late"), "x", lambda reply: None)
            except FeedFailure as failure:
                codes.append(failure.code)

        thread = threading.Thread(target=late)
        thread.start()
        answered = [client.ask(Request("data"), "x", lambda reply: None)[0].content for _ in range(3)]
        thread.join()
    never.set()
    assert answered == [b"ok"] * 3
    assert codes == ["SERVICE-TIMEOUT"]


def test_nothing_begins_when_the_time_is_over() -> None:
    deadline = Deadline()
    with deadline.within(0), pytest.raises(httpcore.ReadTimeout):
        deadline.left(httpcore.ReadTimeout)


def test_a_proxy_of_the_environment_is_asked_for_live_services(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies["*"] = Answer(b"of the proxy")
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, server.base.replace("http://", "http://user:word@"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Client(service(), "http://city.example.org", Secrets({})) as client:
        assert client.ask(Request("data"), "x", lambda reply: None)[0].content == b"of the proxy"
    (asked,) = server.asked
    assert asked.target == "http://city.example.org/data"
    assert asked.headers["proxy-authorization"].startswith("Basic ")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    server.asked.clear()
    assert "no connection" in failure_of(closed_port().replace("127.0.0.1", "localhost")).what
    assert server.asked == []
