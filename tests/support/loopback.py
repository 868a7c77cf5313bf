"""A scripted HTTP server on the loopback interface: each path has a list of replies, the last one stays.

Nothing here waits for a clock: what is slow is slow until the test sets an event.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from quality.contract.connector import Service


@dataclass(frozen=True)
class Asked:
    """A request as it arrived. `path` and `query` are decoded, `target` is what was sent."""

    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Answer:
    """One reply. `length` is what is claimed (None: the truth); `hold` is waited for before anything is sent."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    hold: threading.Event | None = None
    drip: threading.Event | None = None  # after the body, single bytes without end until it is set
    hang_up: bool = False  # close without a word


Script = Answer | list[Answer] | Callable[[Asked], Answer]


class Loopback(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.replies: dict[str, Script] = {}  # by path; "*" for any other
        self.lock = threading.Lock()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, asked: Asked) -> Answer:
        with self.lock:
            self.asked.append(asked)
            script = self.replies.get(asked.path, self.replies.get("*", Answer(b"not scripted", 404)))
            if isinstance(script, list):
                return script.pop(0) if len(script) > 1 else script[0]
        return script(asked) if callable(script) else script

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each reply waits 40 ms for the client's acknowledgement of its headers

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("content-length", 0))
        asked = Asked(
            self.path,
            unquote(url.path),
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        reply = cast(Loopback, self.server).answer(asked)
        if reply.hold is not None:
            reply.hold.wait(300)
        if reply.hang_up:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        endless = reply.drip is not None
        claimed = len(reply.body) if reply.length is None else reply.length
        self.send_response_only(reply.status)
        headers = {"Date": self.date_time_string()} | {name.title(): value for name, value in reply.headers.items()}
        for name, value in headers.items():  # a scripted Date in place of ours: two would come as one text
            self.send_header(name, value)
        self.send_header("content-length", str(10**9 if endless else claimed))
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
        for _ in range(1000):  # "without end" within reason: a client that never gives up must not hang the tests
            if reply.drip is None or reply.drip.wait(0.005):
                break
            self.wfile.write(b" ")
            self.wfile.flush()
        if endless or claimed != len(reply.body):
            self.close_connection = True

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def loopback() -> Iterator[Loopback]:
    """A running server, stopped at the end."""
    server = Loopback()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(300)


def closed_port() -> str:
    """The address of a port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


class Clock:
    """A clock that moves by being slept on. Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1_700_000_000.0 + self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def service(protocol: str = "seoul_openapi", ask: Mapping[str, Any] | None = None, **more: Any) -> Service:
    """A service with short times. The address is never used by the tests: they give the client another base."""
    short = {"timeout_s": 5, "deadline_s": 60, "attempts": 1}
    return Service(protocol=protocol, address="http://city.example.org", ask=ask or {}, **(short | more))
