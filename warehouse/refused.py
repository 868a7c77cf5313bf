"""Deliveries that were refused because they are about single persons: kept apart, for their owner alone, until removed.

Nothing else of the home reads them. The ledger knows none of their hashes: of a short delivery whose form is known the
hash is as good as the number in it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from warehouse.failpoint import failpoint
from warehouse.files import write_atomically
from warehouse.home import Home
from warehouse.modes import make_private_folder


@dataclass(frozen=True)
class RefusedDelivery:
    """What is known of a refused delivery; `why` says the place and the kind, and no value."""

    id: str
    city: str
    feed: str
    name: str
    refused_at: str
    size_bytes: int
    why: str
    sha256: str


def keep(home: Home, city: str, feed: str, name: str, content: bytes, why: str) -> str:
    """Keep the bytes under `refused/<city>/<feed>/`. The id under which they lie; that of before, if they lie there."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = next((one for one in listed(home, city, feed) if one.sha256 == sha256), None)
    if known is not None and _bytes(home, known).exists():
        return known.id
    now = datetime.now(UTC)
    one = known or RefusedDelivery(
        f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}",  # sorts by time: two may come in one second
        city,
        feed,
        name,
        now.isoformat(timespec="seconds"),
        len(content),
        why,
        sha256,
    )
    make_private_folder(_bytes(home, one).parent, home.root)
    # what is known comes first: bytes that are not listed would never be removed
    write_atomically(_bytes(home, one).with_suffix(".json"), json.dumps(asdict(one), ensure_ascii=False).encode())
    failpoint("refused.said")
    write_atomically(_bytes(home, one), zstandard.compress(content))
    failpoint("refused.kept")
    return one.id


def listed(home: Home, city: str = "", feed: str = "") -> Iterator[RefusedDelivery]:
    """All that lie there, in the order in which they were refused."""
    for path in sorted(home.refused.glob(f"{city or '*'}/{feed or '*'}/*.json"), key=lambda path: path.name):
        yield RefusedDelivery(**json.loads(path.read_bytes()))


def refused_content(home: Home, one: RefusedDelivery) -> bytes:
    """The bytes as they were delivered."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(_bytes(home, one).read_bytes())


def remove(home: Home, one: RefusedDelivery) -> None:
    """Remove the bytes, and then what is known of them: what was interrupted between them is still listed."""
    _bytes(home, one).unlink(missing_ok=True)
    failpoint("refused.removed")
    _bytes(home, one).with_suffix(".json").unlink(missing_ok=True)


def _bytes(home: Home, one: RefusedDelivery) -> Path:
    return home.refused / one.city / one.feed / f"{one.id}.zst"
