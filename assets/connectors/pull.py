"""Pulling all pages of a service for one day: paging and its traps.

One pull is one delivery: whole or failed, never half. What is special to a protocol is in its own module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import SplitResult, urlsplit

from assets.connectors.http import Client
from assets.connectors.protocol import Ask, Envelope, FetchedPage, Page, Protocol, Reply, protocol_for
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from quality.contract.connector import Service

MOST_PAGES = 10_000  # of one question; the largest real feed, a quarter of card sales, has 22


@dataclass
class PullResult:
    """What a pull brought. `pages` holds what came before a failure, too: raw bytes are never thrown away."""

    pages: list[FetchedPage] = field(default_factory=list)
    failure: FeedFailure | None = None
    requests: int = 0
    unchanged: bool = False  # the service says that nothing changed since the last pull

    @property
    def rows(self) -> int:
        """Rows on all pages, as the envelopes count them."""
        return sum(got.envelope.rows for got in self.pages)


def questions(service: Service, day: date | None) -> list[Ask]:
    """What has to be asked for one day: each value at each hour."""
    return [Ask(service, day, each, hour) for hour in service.hours or (None,) for each in service.each or (None,)]


def pull(client: Client, service: Service, day: date | None, known: Mapping[str, str] | None = None) -> PullResult:
    """All pages for one day (None: what is now). Never raises for what the service does: see `PullResult.failure`.

    `known` are the headers of the last landed reply: where the service gave an ETag or a date, it is asked
    only for what changed since.
    """
    asks = questions(service, day)
    alone = len(asks) == 1
    work = _Pull(
        client, service, protocol_for(service), _conditions(known) if alone else {}, alone and service.parallel > 1
    )
    pulled = PullResult()
    if alone or service.parallel == 1:
        done: Iterable[tuple[list[FetchedPage], FeedFailure | None]] = map(work.question, asks)
        pulled.pages, pulled.failure = _gathered(done)
    else:
        with ThreadPoolExecutor(service.parallel) as pool:
            pulled.pages, pulled.failure = _gathered(pool.map(work.question, asks))
    pulled.requests = client.sent
    pulled.unchanged = any(got.reply.status == 304 for got in pulled.pages)
    if pulled.failure is None:
        pulled.failure = _the_same_twice(pulled.pages)
    return pulled


def _gathered(
    done: Iterable[tuple[list[FetchedPage], FeedFailure | None]],
) -> tuple[list[FetchedPage], FeedFailure | None]:
    """Pages in the order of the questions up to the first failure: what comes after it would not be used."""
    pages: list[FetchedPage] = []
    for found, failure in done:
        pages += found
        if failure is not None:
            return pages, failure
    return pages, None


@dataclass(frozen=True)
class _Pull:
    client: Client
    service: Service
    protocol: Protocol
    conditions: Mapping[str, str]
    at_once: bool  # pages at the same time; not where questions are, that would be parallel times parallel

    def question(self, ask: Ask) -> tuple[list[FetchedPage], FeedFailure | None]:
        """All pages of one question, and what ended it too early."""
        pages: list[FetchedPage] = []
        try:
            size = min(self.service.page_size or self.protocol.page_cap, self.protocol.page_cap)
            first = self._page(ask, Page(0, size))
            pages.append(first)
            if not self.protocol.paged or first.reply.status == 304:
                return pages, None
            if first.envelope.total is not None and self.at_once and not self.protocol.linked:
                self._rest_at_once(ask, first, pages)
            else:
                self._rest_one_by_one(ask, first, pages)
            self._complete(pages)
        except FeedFailure as failure:
            if failure.refused is not None:  # an error page, half a reply: the best witness of what went wrong
                pages.append(FetchedPage(ask, Page(number=len(pages) + 1), failure.refused, Envelope(0)))
                failure.refused = None
            return pages, failure
        return pages, None

    def _page(self, ask: Ask, page: Page) -> FetchedPage:
        request = self.protocol.request(ask, page)
        if page.link is not None:
            request = replace(request, path=self._below(page.link, ask), query={})
        request = replace(request, headers={**request.headers, **self.conditions})
        label = f"{self.service.protocol} {ask}" + (f", page {page.number}" if page.number > 1 else "")
        reply, envelope = self.client.ask(request, label, self._envelope)
        return FetchedPage(ask, page, reply, envelope)

    def _envelope(self, reply: Reply) -> Envelope:
        return Envelope(0) if reply.status == 304 else self.protocol.envelope(self.service, reply)

    def _rest_one_by_one(self, ask: Ask, first: FetchedPage, pages: list[FetchedPage]) -> None:
        last = first
        while (page := self._after(last)) is not None:
            if page.number > MOST_PAGES:
                what = f"more than {MOST_PAGES:,} pages and no end"
                raise PermanentFailure("SERVICE-ENDLESS", what, last.reply.label, "check `ask` and the paging")
            last = self._page(ask, page)
            _not_seen_before(pages, last)
            _not_shrunk(first, last)
            if last.envelope.rows == 0 and page.link is None:
                return  # past the end; what is missing to the total is seen by `_complete`
            pages.append(last)

    def _after(self, got: FetchedPage) -> Page | None:
        """The page that follows. A server that gives fewer rows than asked for clips silently (CKAN: at its
        rows_max); then its own number is the step, and nothing is left out."""
        page, envelope = got.page, got.envelope
        if envelope.next is not None:
            return Page(page.offset + envelope.rows, page.size, page.number + 1, envelope.next)
        if self.protocol.linked or page.link is not None or envelope.rows == 0:
            return None
        reached = page.offset + envelope.rows
        if envelope.total is None and envelope.rows < min(page.size, envelope.most or page.size):
            return None
        if envelope.total is not None and reached >= envelope.total:
            return None
        return Page(reached, page.size, page.number + 1)

    def _rest_at_once(self, ask: Ask, first: FetchedPage, pages: list[FetchedPage]) -> None:
        step, total = first.envelope.rows, first.envelope.total or 0
        if step == 0 or total <= step:
            return
        starts = range(step, total, step)
        if len(starts) > MOST_PAGES:
            what = f"{total:,} rows at {step:,} a page are more than {MOST_PAGES:,} pages"
            raise PermanentFailure("SERVICE-ENDLESS", what, first.reply.label, "ask for larger pages, or for less")
        # of the first page's size, where the service clipped it: should it clip no more, pages would overlap
        wanted = [Page(start, step, number) for number, start in enumerate(starts, 2)]
        together = self.service.parallel
        with ThreadPoolExecutor(together) as pool:
            for begin in range(0, len(wanted), together):  # not all at once: after a failure no more should be sent
                for got in pool.map(lambda page: self._page(ask, page), wanted[begin : begin + together]):
                    _not_seen_before(pages, got)
                    _not_shrunk(first, got)
                    pages.append(got)

    def _complete(self, pages: Sequence[FetchedPage]) -> None:
        # the greatest: rows may have come in meanwhile
        total = max((got.envelope.total for got in pages if got.envelope.total is not None), default=None)
        rows = sum(got.envelope.rows for got in pages)
        if total is not None and rows < total:
            hint = "it will be retried; if it stays, the service clips: ask for smaller pages"
            what = f"the service promised {total:,} rows and gave {rows:,}"
            raise TransientFailure("SERVICE-SHORT", what, pages[0].reply.label, hint)

    def _below(self, link: str, ask: Ask) -> str:
        """The path of a next link below the base address. One that leads elsewhere is not followed: it would take
        the key along."""
        try:
            found = urlsplit(self.client.secrets.hide(link))
            for base in (urlsplit(self.client.base), urlsplit(self.service.address.rstrip("/"))):
                relative = not found.scheme and not found.netloc
                if (relative or _host(found) == _host(base)) and found.path.startswith(f"{base.path}/"):
                    path = found.path.removeprefix(f"{base.path}/") + (f"?{found.query}" if found.query else "")
                    return self.client.secrets.templates(path)
        except ValueError:
            pass  # no address at all
        what = "its link to the next page leads to another address"
        raise PermanentFailure(
            "SERVICE-LINK", what, f"{self.service.protocol} {ask}", "ask the provider; it is not followed"
        )


def _host(address: SplitResult) -> tuple[str | None, int | None]:
    """Servers behind a proxy write links with http where they are reached with https; only the path is used anyway."""
    port = address.port
    return address.hostname, None if port == {"http": 80, "https": 443}.get(address.scheme) else port


def _not_seen_before(pages: Sequence[FetchedPage], got: FetchedPage) -> None:
    """The same page again means that the service ignores where we are: its rows would count twice and others never."""
    if (got.envelope.rows or got.page.link) and any(p.reply.content == got.reply.content for p in pages):
        hint = "it will be retried in the next nightly run; if it stays, the paging of the service is broken"
        what = f"page {got.page.number} is the same as one before"
        raise TransientFailure("SERVICE-PAGE-TWICE", what, got.reply.label, hint)


def _not_shrunk(first: FetchedPage, got: FetchedPage) -> None:
    before, now = first.envelope.total, got.envelope.total
    if before is not None and now is not None and now < before:
        hint = "it will be retried in the next nightly run: rows went away while they were being read"
        what = f"the total fell from {before:,} to {now:,} while paging"
        raise TransientFailure("SERVICE-SHRANK", what, got.reply.label, hint)


def _the_same_twice(pages: Sequence[FetchedPage]) -> FeedFailure | None:
    """Different questions with one and the same answer: the service ignores what it is asked (an hour, a district)."""
    seen: dict[str, FetchedPage] = {}
    for got in pages:
        if not got.envelope.rows:
            continue
        digest = hashlib.sha256(got.reply.content).hexdigest()
        other = seen.setdefault(digest, got)
        if other is not got and other.ask != got.ask:
            what = f"the answer is the same as for {other.ask}"
            hint = "the service ignores what it is asked; correct `ask` in the contract"
            return PermanentFailure("SERVICE-SAME-ANSWER", what, got.reply.label, hint)
    return None


def _conditions(known: Mapping[str, str] | None) -> dict[str, str]:
    pairs = (("if-none-match", "etag"), ("if-modified-since", "last-modified"))
    return {header: known[name] for header, name in pairs if known and known.get(name)}
