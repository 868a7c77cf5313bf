"""What a pull may bring, and what of it is in memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from assets.connectors import archive, pull, spilled
from assets.connectors.http import Client
from assets.connectors.protocol import Reply, Request
from assets.connectors.secrets import Secrets
from assets.connectors.spilled import Spill, SpilledReply
from tests.support.loopback import Answer, Loopback, service

ASK = {"id": "abcd-1234"}
MIB = 2**20


def page(server: Loopback, size: int) -> Any:
    """A page of one row that no other page has, filled up with white space."""
    return lambda _asked: Answer((b'[{":id": "%d"}' % len(server.asked)).ljust(size) + b"]")


@pytest.mark.holds(
    "attack 6",
    "Pages of megabytes without end: the pull ends at its bound on bytes, most of what came lies on the disk and not "
    "in memory, and no more than 64 MiB of it land as evidence.",
)
def test_pages_without_end_end_at_the_bytes_of_a_pull(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "IN_MEMORY", 2 * MIB)
    server.replies["*"] = page(server, MIB)
    asking = service("socrata", ASK, max_mib=2, max_pull_mib=12, page_size=1)
    with Client(asking, server.base, Secrets({}), spill_folder=tmp_path) as client:
        client._spill = Spill(tmp_path, 2 * MIB)
        tracemalloc.start()
        pulled = pull.pull(client, asking, None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert pulled.failure is not None
    assert pulled.failure.code == "SERVICE-TOO-LARGE"
    assert "12 MiB" in pulled.failure.what
    assert 11 <= len(server.asked) <= 13  # and no second try
    assert most < 9 * MIB  # the two that stay, and copies of the one that comes
    assert len(archive.pack(pulled.pages)[0]) < 4 * MIB


def test_a_pull_that_is_whole_is_the_same_from_the_disk(server: Loopback, tmp_path: Path) -> None:
    nine = [Answer(b'[{":id": "%d"}]' % number) for number in range(9)]
    packed = []
    for most in (0, MIB):
        server.replies["*"] = [*nine, Answer(b"[]")]
        asking = service("socrata", ASK, page_size=1)
        with Client(asking, server.base, Secrets({}), spill_folder=tmp_path) as client:
            client._spill = Spill(tmp_path, most)
            pulled = pull.pull(client, asking, None)
        assert pulled.failure is None
        assert {type(got.reply) for got in pulled.pages} == {SpilledReply if most == 0 else Reply}
        packed.append(archive.pack(pulled.pages)[0])
    assert packed[0] == packed[1]
    assert list(tmp_path.iterdir()) == []  # the file has no name


def test_the_first_64_mib_stay_in_memory(server: Loopback) -> None:
    assert spilled.IN_MEMORY == 64 * MIB
    server.replies["*"] = Answer(b"x")
    with Client(service(), server.base, Secrets({})) as client:
        assert type(client.ask(Request("data"), "x", lambda reply: None)[0]) is Reply
