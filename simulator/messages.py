"""What the simulated city is asked and what it answers: the types that its server, replies, shapes and faults share.

A question names a feed of a pack and the provider's own path and parameters. Rows are frames of text under the
provider's own names, written by hand, never taken from the contract that they are to test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property

import polars as pl

from simulator.feed import ServedFeed
from simulator.world.world import World

REFUSED_KEY = "wrong"  # the key that every service refuses; it takes any other


@dataclass(frozen=True)
class Question:
    """One request, below the address of a feed."""

    world: World
    feed: ServedFeed
    now: datetime  # the clock of the simulated city, naive local time
    path: tuple[str, ...]  # decoded parts
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    address: str = ""  # of this feed, for services that answer with links

    def ended(self, day: date) -> bool:
        """Has the provider published this day? At 23:30 of the day on which the feed's lag is over.

        A night of the simulated city stands still at 23:30, so that what is polled "now" is of the night's day, too.
        """
        return self.now >= datetime.combine(day + timedelta(days=self.feed.lag_days), time(23, 30))


@dataclass(frozen=True)
class Rows:
    """Rows that a service has for a question, all pages of them, and one JSON text per row."""

    frame: pl.DataFrame  # provider's names; text, numbers or nested, as the provider writes them

    @cached_property
    def lines(self) -> Sequence[bytes]:
        """Each row as a JSON object."""
        return self.frame.write_ndjson().encode().splitlines() if self.frame.width else []

    def __len__(self) -> int:
        return self.frame.height

    def page(self, start: int, stop: int) -> bytes:
        """The rows from `start` up to `stop` as a JSON array."""
        return b"[" + b",".join(self.lines[max(0, start) : stop]) + b"]"


@dataclass(frozen=True)
class Answer:
    """A reply, before it goes out."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json;charset=UTF-8"})
    hangs: bool = False  # hold the connection and send nothing
    cut_at: int | None = None  # promise the whole body, send so many bytes and close
    drip_s: float | None = None  # send byte by byte with so many seconds between them


Selection = tuple[str, ...]  # what is asked for without the page: service and arguments, in the protocol's own terms
MakeRows = Callable[[Question, Selection], pl.DataFrame | None]  # None: the service does not know such a thing
FindRows = Callable[[Question, Selection], Rows | None]
MakeReply = Callable[[Question, FindRows], Answer]
