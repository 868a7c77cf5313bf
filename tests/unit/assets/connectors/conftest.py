"""What the tests of the connectors share: a scripted server on the loopback, and a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.loopback import Clock, Loopback, loopback


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the client and of its retries: `slept` is how long they would have waited."""
    fake = Clock()
    monkeypatch.setattr("assets.connectors.http.time", fake)
    monkeypatch.setattr("tenacity.nap.time", fake)
    return fake
