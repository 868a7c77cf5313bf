"""Pulling all a service has for one day: its questions, one after the other or at the same time.

One pull is one delivery: whole or failed, never half. Paging is in `paging`, what is special to a protocol in its own
module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import TYPE_CHECKING

from assets.connectors.paging import Answered, Pager
from assets.connectors.protocol import Ask, FetchedPage, protocol_for
from assets.connectors.spilled import IN_MEMORY
from assets.failures import FeedFailure, PermanentFailure
from quality.contract.connector import Service

if TYPE_CHECKING:  # it imports httpx
    from assets.connectors.http import Client

_SHOWN = 5  # questions in a note


@dataclass
class PullResult:
    """What a pull brought. `pages` holds what came before a failure, too, up to 64 MiB."""

    pages: list[FetchedPage] = field(default_factory=list)
    failure: FeedFailure | None = None
    requests: int = 0
    unchanged: bool = False  # the service says that nothing changed since the last pull
    notes: list[str] = field(default_factory=list)  # what is odd about a pull that is whole, one sentence each

    @property
    def rows(self) -> int:
        """Rows on all pages, as the envelopes count them."""
        return sum(got.envelope.rows for got in self.pages)


def questions(service: Service, day: date | None, zone: tzinfo = UTC) -> list[Ask]:
    """What has to be asked for one day of a city of this zone: each value at each hour."""
    hours, values = service.hours or (None,), service.each or (None,)
    return [Ask(service, day, each, hour, zone) for hour in hours for each in values]


def pull(
    client: Client,
    service: Service,
    day: date | None,
    known: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
) -> PullResult:
    """All pages for one day (None: what is now). Never raises for what the service does: see `PullResult.failure`.

    `known` are the headers of the last landed reply: where the service gave an ETag or a date, it is asked
    only for what changed since. `zone`: of the city, whose day it is.
    """
    asks = questions(service, day, zone)
    alone = len(asks) == 1
    pager = Pager(
        client, service, protocol_for(service), _conditions(known) if alone else {}, alone and service.parallel > 1
    )
    if alone or service.parallel == 1:
        pulled = _gathered(map(pager.all_pages, asks))
    else:
        with ThreadPoolExecutor(service.parallel) as pool:
            pulled = _gathered(pool.map(pager.all_pages, asks))
    pulled.requests = client.sent
    pulled.unchanged = any(got.reply.status == 304 for got in pulled.pages)
    if pulled.failure is not None:
        pulled.pages = _evidence(pulled.pages)
    else:
        pulled.failure = _the_same_twice(pulled.pages)
        pulled.notes += _without_rows(asks, pulled.pages)
    return pulled


def _evidence(pages: Sequence[FetchedPage]) -> list[FetchedPage]:
    """Of a pull that failed the pages that fit into memory, and the last one, which is often why: a service that sends
    pages without end fills no disk, night by night."""
    kept, size = list[FetchedPage](), 0
    for got in pages:
        size += got.reply.size
        if size > IN_MEMORY and got is not pages[-1]:
            continue
        kept.append(got)
    return kept


def _gathered(answers: Iterable[Answered]) -> PullResult:
    """Pages in the order of the questions up to the first failure: what comes after it would not be used."""
    pulled = PullResult()
    for answered in answers:
        pulled.pages += answered.pages
        pulled.notes += [note for note in answered.notes if note not in pulled.notes]
        if answered.failure is not None:
            pulled.failure = answered.failure
            break
    return pulled


def _the_same_twice(pages: Sequence[FetchedPage]) -> FeedFailure | None:
    """Different questions with one and the same answer: the service ignores what it is asked (an hour, a district)."""
    seen: dict[Hashable, FetchedPage] = {}
    for got in pages:
        if not got.envelope.rows:
            continue
        # the same rows in another envelope, with its own time or number, are the same answer; one row may be alike
        rows = frozenset(got.envelope.keys)
        same: list[Hashable] = [hashlib.sha256(got.reply.content).digest()]
        same += [rows] if len(rows) > 1 and all(isinstance(key, bytes) for key in rows) else []
        for answer in same:
            other = seen.setdefault(answer, got)
            if other is not got and other.ask != got.ask:
                what = f"the answer is the same as for {other.ask}"
                hint = "the service ignores what it is asked; correct `ask` in the contract"
                return PermanentFailure("SERVICE-SAME-ANSWER", what, got.reply.label, hint)
    return None


def _without_rows(asks: Sequence[Ask], pages: Sequence[FetchedPage]) -> list[str]:
    """Which of several questions had no rows, where others had: an hour or a district that is missing is named."""
    answered = {str(got.ask) for got in pages if got.envelope.rows}
    empty = [str(ask) for ask in asks if str(ask) not in answered]
    if not empty or not answered:
        return []
    more = f" and {len(empty) - _SHOWN} more" if len(empty) > _SHOWN else ""
    return [f"{len(empty)} of {len(asks)} questions had no rows: {', '.join(empty[:_SHOWN])}{more}"]


def _conditions(known: Mapping[str, str] | None) -> dict[str, str]:
    pairs = (("if-none-match", "etag"), ("if-modified-since", "last-modified"))
    return {header: known[name] for header, name in pairs if known and known.get(name)}
