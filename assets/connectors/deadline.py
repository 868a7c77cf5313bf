"""Connections on which nothing outlasts one moment, whatever the service sends or keeps back.

A time-out of httpx begins again with each byte that comes: headers of a line a second, replies 103 without end and a
chunk extension that drips held a night for 150 s with `timeout_s` 5 and `deadline_s` 30. Here each look-up of a name,
connection, handshake, write and read is given the time that is left, and none begins when there is none. Knows nothing
of services.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

CONNECT_S = 10.0  # for one address: a host that is not there answers nothing


class Deadline:
    """The moment at which what this thread does with the network has to be over; threads have their own."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All that this thread does in the block ends in so many seconds."""
        self._of_thread.ends = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._of_thread.ends

    def left(self, late: type[httpcore.TimeoutException]) -> float:
        """The seconds that are left. Raises `late` where there are none: a socket takes 0 for "do not wait"."""
        left = self._of_thread.ends - time.monotonic()
        if left <= 0:
            raise late("the time is over")
        return left


class DeadlineTransport(httpx.BaseTransport):
    """What httpx sends and receives through: HTTP/1.1 on connections that keep to a deadline, and no redirect.

    `base` is the service's address: whether a proxy of the environment is used depends on it.
    """

    def __init__(self, base: str, trusted: ssl.SSLContext, deadline: Deadline, *, connections: int) -> None:
        self._deadline = deadline
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted,
            proxy=_proxy_for(base),
            max_connections=connections,
            network_backend=_Network(deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply, whose body comes as it is read. Raises httpx.TransportError."""
        url = request.url
        with _as_httpx():
            asked = httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.read(),
                extensions={"timeout": {"pool": self._deadline.left(httpcore.PoolTimeout)}},
            )
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Network(httpcore.NetworkBackend):
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first of the host's addresses that answers; a name may have hundreds that do not."""
        refused: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("the name has no address")
        for address in _addresses(host, port, self._deadline.left(httpcore.ConnectTimeout)):
            left = min(CONNECT_S, self._deadline.left(httpcore.ConnectTimeout))
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
                continue
            return _Stream(stream, self._deadline)
        raise refused


class _Stream(httpcore.NetworkStream):
    """Time-outs of httpcore are not used. One call of a TLS socket is held to its time-out as a whole (CPython)."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name. The look-up knows no time-out: it is left to a thread, and not waited for longer."""
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put([str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=look_up, name="look-up of a name", daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError("the name was not found") from answer
    return list(dict.fromkeys(answer))


def _proxy_for(base: str) -> httpcore.Proxy | None:
    """The proxy that the environment names for live services; our own simulated city is reached without one."""
    try:
        address = urlsplit(base)
        host = address.hostname or ""
        if base.startswith("http://127.0.0.1") or proxy_bypass(address.netloc.rpartition("@")[2]):
            return None
    except ValueError:  # no address at all: what is sent to it says so
        return None
    known = getproxies()
    named = known.get(address.scheme) or known.get("all")
    if not named or not host:
        return None
    proxy = httpx.URL(named if "://" in named else f"http://{named}")
    login = (proxy.username, proxy.password) if proxy.username else None
    return httpcore.Proxy(httpcore.URL(str(proxy.copy_with(userinfo=b""))), auth=login)


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Failures of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
