"""Sending one request of a service and getting one reply: bounded in size and time, retried, at the allowed rate.

Knows nothing of paging or rows. The only place that puts keys into a request; what leaves it has none.
"""

from __future__ import annotations

import functools
import math
import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import stamina

from assets.connectors.deadline import Deadline, DeadlineTransport
from assets.connectors.gunzip import Gunzip
from assets.connectors.protocol import Reply, Request
from assets.connectors.refusals import refuse, refused
from assets.connectors.secrets import Secrets
from assets.connectors.spilled import Spill
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from quality.contract.connector import Service
from quality.disclosure import OwnWords

Checked = TypeVar("Checked")
AGENT = "madang/0.1 (open-source city data platform)"
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
_TRANSIENT = {202, 408, 425, 429, 500, 502, 503, 504}  # 202: Socrata is still preparing the answer


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Reading the certificates takes 25 ms, and a night makes a client for each feed."""
    return httpx.create_ssl_context()


class Client:
    """A connection to one service for one pull. Safe for several threads; close it, or use it in a `with`.

    `budget` is how many requests are left of the daily quota (None: no quota); `ends` (monotonic clock) is when
    the whole night has to be over. `paced`: requests keep to `per_second`, which is what the provider bears; our own
    simulated city on this machine bears any pace. `spill_folder`: where replies lie that memory is not to hold.
    """

    def __init__(
        self,
        service: Service,
        base: str,
        secrets: Secrets,
        *,
        budget: int | None = None,
        ends: float = math.inf,
        paced: bool = True,
        at_request: Callable[[], None] = lambda: None,
        spill_folder: Path | None = None,
    ) -> None:
        self.service, self.secrets = service, secrets
        self.base = base.rstrip("/")
        self.sent = 0
        self._left = budget
        self._pause = 1 / service.per_second if paced and service.per_second is not None else 0.0
        self._at_request = at_request
        self._lock = threading.Lock()
        self._next_slot = 0.0
        self._ends = min(ends, time.monotonic() + service.deadline_s)
        # No redirects: a key must not follow one to a stranger.
        self._deadline, self._spill = Deadline(), Spill(spill_folder)
        self._http = httpx.Client(
            transport=DeadlineTransport(self.base, _trusted(), self._deadline, connections=service.parallel),
            follow_redirects=False,
            headers={"user-agent": AGENT, "accept-encoding": "gzip"},
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def ask(self, request: Request, label: str, check: Callable[[Reply], Checked]) -> tuple[Reply, Checked]:
        """Send and check, again after transient failures. Raises FeedFailure, never anything that holds a key."""

        def again(error: Exception) -> bool | float:
            if not isinstance(error, TransientFailure) or error.code in ("SERVICE-QUOTA", "SERVICE-DEADLINE"):
                return False
            wait = error.retry_after_s
            if wait is None:
                return True
            return wait if time.monotonic() + wait < self._ends else False

        left = max(0.001, self._ends - time.monotonic())
        for attempt in stamina.retry_context(
            on=again,
            attempts=self.service.attempts,
            timeout=left,
            wait_initial=FIRST_WAIT_S,
            wait_max=min(LONGEST_WAIT_S, left / self.service.attempts),  # waits alone cannot outlast the deadline
            wait_jitter=FIRST_WAIT_S,
        ):
            with attempt:
                reply = self._send(request, label)
                try:
                    checked = check(self._usable(reply, check))
                    return self._spill.keep(reply), checked
                except FeedFailure as failure:
                    failure.refused = reply
                    raise
        raise AssertionError("a retry context always returns or raises")

    def _usable(self, reply: Reply, check: Callable[[Reply], object]) -> Reply:
        """A reply with a status that carries data. A service's own words come before the status: data.go.kr
        explains a refused key in the body of a 403, and Seoul answers everything with 200."""
        status = reply.status
        if status in (200, 304):
            return reply
        own: FeedFailure | None = None
        if reply.content:
            try:
                check(reply)
            except FeedFailure as failure:
                own = failure
        telling = ("SERVICE-AUTH", "SERVICE-QUOTA", "SERVICE-REQUEST")
        if own is not None and (own.code in telling or (status in (401, 403) and own.code == "SERVICE-DOWN")):
            if isinstance(own, TransientFailure):
                own.retry_after_s = _retry_after(reply.headers)
            raise own
        if status in (401, 403):
            refuse("auth", f"HTTP {status}", reply.label)
        if status in _TRANSIENT:
            failure = TransientFailure(
                "SERVICE-BUSY" if status == 429 else "SERVICE-DOWN",
                OwnWords(f"the service answered HTTP {status}"),
                reply.label,
                "no action if it recovers; otherwise check the provider's status page",
            )
            failure.retry_after_s = _retry_after(reply.headers)
            raise failure
        if 300 <= status < 400:
            hint = "look where the service went and correct `address` in the contract; a redirect is not followed"
            raise PermanentFailure("SERVICE-MOVED", OwnWords(f"the service answered HTTP {status}"), reply.label, hint)
        hint = "correct `address` and `ask` in the contract of this feed"
        raise PermanentFailure("SERVICE-REQUEST", OwnWords(f"the service answered HTTP {status}"), reply.label, hint)

    def _send(self, request: Request, label: str) -> Reply:
        """One request. Its failure is raised here, where nothing holds a key: a traceback that shows the variables of
        each frame, or the exceptions that came before, would print what `_exchange` and httpx hold."""
        self._wait_for_a_slot(label)
        found = self._exchange(request, label)
        if isinstance(found, FeedFailure):
            raise found
        return found

    def _exchange(self, request: Request, label: str) -> Reply | FeedFailure:
        values = self.secrets.values
        # one key may hold braces or slashes: it is put in after everything else was formatted, and encoded
        path = _put_in(request.path, {name: quote(value, safe="") for name, value in values.items()})
        query = {key: _put_in(text, values) for key, text in request.query.items()}
        headers = {key: _put_in(text, values) for key, text in request.headers.items()}
        method = "GET" if request.body is None else "POST"
        address = f"{self.base}/{path.lstrip('/')}" if path else self.base
        sent: dict[str, Any] = {"params": query or None, "headers": headers, "json": request.body}
        try:
            left = min(self._ends - time.monotonic(), self.service.timeout_s)
            with self._deadline.within(left), self._http.stream(method, address, **sent) as answer:
                content = self._body(answer, label)
                if isinstance(content, FeedFailure):
                    return content
                if self.secrets.in_packed(content):
                    what = OwnWords("a packed file in the reply repeats the key that it was asked with")
                    hint = "ask the provider to leave it out; nothing of the reply is kept"
                    return PermanentFailure("SERVICE-KEY", what, label, hint)
                found = {key.lower(): self.secrets.hide(text) for key, text in answer.headers.items()}
                return Reply(answer.status_code, found, self.secrets.hide_bytes(content), label)
        except httpx.TimeoutException:
            return self._too_slow(label)
        except (httpx.TransportError, httpx.StreamError) as error:
            cut = "incomplete" in str(error) or "without sending complete" in str(error)
            what = "it broke off in the middle of the reply" if cut else _plain(error)
            hint = "no action if it recovers; otherwise check the network and the provider's status page"
            return TransientFailure("SERVICE-TRUNCATED" if cut else "SERVICE-DOWN", what, label, hint)
        except (httpx.InvalidURL, ValueError):
            hint = "check `address` and `ask` in the contract, and the key for stray characters"
            return PermanentFailure("SERVICE-ASK", "the request cannot be sent as it is", label, hint)

    def _body(self, answer: httpx.Response, label: str) -> bytes | FeedFailure:
        """The whole body.

        Unpacked here and not by httpx, which takes a gzip stream that was cut for a whole one.
        """
        most = self.service.max_mib * 2**20
        left = max(0, self.service.max_pull_mib * 2**20 - self._spill.held)  # of the pull
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip", "x-gzip"):
            return refused("content", f"it is packed as {coding!r}, which was not asked for", label)
        unpack = Gunzip() if "gzip" in coding else None
        content = bytearray()  # as a list, chunks of a byte each would take forty times as much
        for packed in answer.iter_raw():
            try:
                piece = packed if unpack is None else unpack.feed(packed, most - len(content) + 1)
            except zlib.error:
                return refused("truncated", "the compressed reply cannot be unpacked", label)
            if len(content) + len(piece) > most or answer.num_bytes_downloaded > most:
                hint = "ask for smaller pages, or raise max_mib in the contract"
                what = f"the reply is larger than the {self.service.max_mib} MiB that are allowed"
                return PermanentFailure("SERVICE-TOO-LARGE", what, label, hint)
            if len(content) + len(piece) > left:
                hint = "ask for less in `ask`, or raise max_pull_mib in the contract"
                what = f"all replies of the pull are larger than the {self.service.max_pull_mib} MiB that are allowed"
                return PermanentFailure("SERVICE-TOO-LARGE", what, label, hint)
            content += piece
        if unpack is not None and answer.num_bytes_downloaded and not unpack.whole:
            return refused("truncated", "the compressed reply ends in the middle", label)
        return bytes(content)

    def _too_slow(self, label: str) -> TransientFailure:
        if time.monotonic() >= self._ends:
            return self._over(label)
        what = f"no whole reply within {self.service.timeout_s:g} s"
        return TransientFailure("SERVICE-TIMEOUT", what, label, "no action if it recovers; otherwise raise timeout_s")

    def _over(self, label: str) -> TransientFailure:
        what = f"the time for this pull is over ({self.service.deadline_s:g} s, or that of the whole night)"
        return TransientFailure(
            "SERVICE-DEADLINE", what, label, "it will be retried in the next nightly run; or raise deadline_s"
        )

    def _wait_for_a_slot(self, label: str) -> None:
        """Count the request, keep to the rate. Raises when the quota or the time is used up."""
        with self._lock:
            now = time.monotonic()
            if self._left is not None and self.sent >= self._left:
                what = f"the {self.service.per_day:,} requests a day that the contract allows are used up"
                hint = "it will be retried tomorrow; or ask the provider for a higher quota and raise per_day"
                raise TransientFailure("SERVICE-QUOTA", what, label, hint)
            start = max(now, self._next_slot)
            if start >= self._ends:
                raise self._over(label)
            self._next_slot = start + self._pause
            self.sent += 1
            self._at_request()
        if start > now:
            time.sleep(start - now)


def _put_in(template: str, values: Mapping[str, str]) -> str:
    """`template` with {name} replaced for the given names alone; other braces are the service's own, and a key may
    hold what reads like a name."""
    if not values:
        return template
    return re.sub("|".join(rf"{{{re.escape(name)}}}" for name in values), lambda m: values[m[0][1:-1]], template)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: Retry-After is a number or a date; OpenAQ sends x-ratelimit-reset, others a moment in it."""
    text = headers.get("retry-after", headers.get("x-ratelimit-reset", "")).strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        wait = float(text)
        return max(0.0, wait - time.time()) if wait > 1e9 else wait
    try:
        return max(0.0, math.ceil((parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()))
    except (TypeError, ValueError):
        return None


def _plain(error: Exception) -> str:
    """What a transport error means, without its text: that may name the address."""
    if isinstance(error, httpx.ConnectError):
        return "no connection to the service"
    return f"the connection failed ({type(error).__name__})"
