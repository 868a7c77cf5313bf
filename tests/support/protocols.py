"""What the tests of several protocols need: a pull from a server on the loopback, refusals, and real replies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stamina

from assets.connectors import pull
from assets.connectors.http import Client
from assets.connectors.protocol import Envelope, Reply, protocol_for
from assets.connectors.pull import PullResult
from assets.connectors.secrets import Secrets
from assets.failures import FeedFailure
from assets.readers.rows import LINE
from quality.contract.connector import Service
from tests.support.loopback import Answer, Asked, loopback
from tests.support.paths import SAMPLES


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """Base address of a server that answers so, and what it was asked."""
    with loopback() as server:
        server.replies["*"] = answer
        yield server.base, server.asked


def pulled(service: Service, base: str, secrets: Mapping[str, str] | None = None, **more: Any) -> PullResult:
    """One pull without waiting between retries; `more` goes to `pulls.pull` (day, known)."""
    stamina.set_testing(True, attempts=2)
    try:
        with Client(service, base, Secrets(secrets or {})) as client:
            return pull.pull(client, service, **{"day": None, **more})
    finally:
        stamina.set_testing(False)


def envelope_of(service: Service, body: Any, status: int = 200, **headers: str) -> Envelope:
    """What the protocol of a service makes of a reply; anything but bytes is sent as JSON."""
    return protocol_for(service).envelope(service, Reply(status, headers, _content(body), "the label"))


def rows_of(service: Service, body: Any) -> list[dict[str, Any]]:
    """The rows of a reply, without the numbers of their lines."""
    return protocol_for(service).rows(service, _content(body), "the label").frame.drop(LINE).to_dicts()


def _content(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def refusal(service: Service, body: bytes | str, status: int = 200, **headers: str) -> FeedFailure:
    """The failure that the protocol of a service makes of a reply. Fails the test if it takes the reply."""
    content = body.encode() if isinstance(body, str) else body
    with pytest.raises(FeedFailure) as caught:
        protocol_for(service).envelope(service, Reply(status, headers, content, "the label"))
    assert caught.value.where == "the label"
    return caught.value


def sample(name: str) -> Path:
    """A real or retyped reply, kept outside the repository; skips where it is not there."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"{path} is not there; set MADANG_SAMPLES to the folder of samples")
    return path
