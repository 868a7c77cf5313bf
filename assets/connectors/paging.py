"""All pages of one question: which one comes next, whether it is the one that was asked for, and where they end.

Reading ends where the service's own statement says so: at its total, at the last link, or, of services that state
nothing, at an empty page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assets.connectors import links
from assets.connectors.account import Account, against_register
from assets.connectors.protocol import Ask, Envelope, FetchedPage, Page, Protocol, Reply, Request, Stated
from assets.connectors.refusals import refuse_json
from assets.failures import FeedFailure, PermanentFailure, TransientFailure
from assets.readers.json_reply import NotJsonError
from quality.contract.connector import Service

if TYPE_CHECKING:  # it imports httpx
    from assets.connectors.http import Client

MOST_PAGES = 10_000  # of one question; the largest real feed, a quarter of card sales, has 22


@dataclass
class Answered:
    """What came for one question, and what ended it too early."""

    pages: list[FetchedPage] = field(default_factory=list)
    failure: FeedFailure | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pager:
    """Asks one service, question by question. Safe for several threads."""

    client: Client
    service: Service
    protocol: Protocol
    conditions: Mapping[str, str]
    at_once: bool  # pages at the same time; not where questions are, that would be parallel times parallel

    def all_pages(self, ask: Ask) -> Answered:
        """All pages of one question. Where rows came or went while they were being read, they are read once more."""
        answered, moved = self._round(ask)
        return self._round(ask)[0] if moved and answered.failure is not None else answered

    def _round(self, ask: Ask) -> tuple[Answered, bool]:
        account = Account(Stated(), same_rows=self.service.same_rows)
        answered = Answered(account.pages)
        try:
            stated = self._stated(ask)
            account.total = stated.total
            self._read(ask, account)
            if self.service.echo:
                self._compare_echo(answered.pages)
            notes = dict.fromkeys(note for got in answered.pages for note in got.envelope.notes)
            answered.notes = (*stated.notes, *notes, *against_register(account.ids, stated.ids))
        except FeedFailure as failure:
            if failure.refused is not None:  # an error page, half a reply: the best witness of what went wrong
                page = Page(number=len(answered.pages) + 1)
                answered.pages.append(FetchedPage(ask, page, failure.refused, Envelope(0)))
                failure.refused = None
            answered.failure = failure
        return answered, account.moved

    def _stated(self, ask: Ask) -> Stated:
        request = self.protocol.beside(ask)
        if request is None:
            return Stated()
        label = f"{self.service.protocol} {ask}, what there is"
        try:
            return self.client.ask(request, label, lambda reply: self.protocol.stated(self.service, reply))[1]
        except PermanentFailure as failure:
            if failure.code not in ("SERVICE-REQUEST", "SERVICE-SHAPE"):
                raise
            return Stated(notes=(f"the service does not say what there is ({failure.code})",))

    def _read(self, ask: Ask, account: Account) -> None:
        size = min(self.service.page_size or self.protocol.page_cap, self.protocol.page_cap)
        first = self._page(ask, Page(0, size))
        account.take(first)
        if not self.protocol.paged or first.reply.status == 304:
            return
        if account.total is not None and self.at_once and not (self.protocol.linked or first.envelope.next):
            self._rest_at_once(ask, account)
        self._rest_one_by_one(ask, account)
        account.settle()

    def _page(self, ask: Ask, page: Page) -> FetchedPage:
        request = self.protocol.request(ask, page)
        where = f"{self.service.protocol} {ask}"
        if page.link is not None:
            request = links.followed(
                self.protocol.request(ask, replace(page, offset=0, number=1)),
                page.link,
                bases=(self.client.base, self.service.address),
                secrets=self.client.secrets,
                paging=self.protocol.paging,
                where=where,
            )
        request = replace(request, headers={**request.headers, **self.conditions})
        label = where + (f", page {page.number}" if page.number > 1 else "")
        reply, envelope = self.client.ask(request, label, self._envelope)
        _is_the_asked(request, envelope, reply)
        return FetchedPage(ask, page, reply, envelope)

    def _envelope(self, reply: Reply) -> Envelope:
        return Envelope(0) if reply.status == 304 else self.protocol.envelope(self.service, reply)

    def _rest_one_by_one(self, ask: Ask, account: Account) -> None:
        followed: set[str] = set()
        while (page := self._after(account)) is not None:
            account.refuse_endless(MOST_PAGES)
            if page.link is not None and page.link in followed:
                raise _endless("its link to the next page was followed before", account)
            followed |= set() if page.link is None else {page.link}
            got = self._page(ask, page)
            if got.envelope.rows == 0 and page.link is None:
                return  # past the end; what is missing to the total is seen when all is settled
            account.take(got)

    def _after(self, account: Account) -> Page | None:
        """The page that follows. A server that gives fewer rows than asked for clips silently (CKAN: at its
        rows_max); then its own number is the step, and nothing is left out."""
        last = account.pages[-1]
        page, envelope, total = last.page, last.envelope, account.total
        reached = page.offset + envelope.rows
        by_links = self.protocol.linked or page.link is not None or envelope.next is not None
        if total is not None and (account.different if by_links else reached) >= total:
            # a total of exactly one page, full to its last row, may be that of the page: the one after it shows
            full = envelope.total is not None and page.number == 1 and envelope.rows == page.size == total
            return Page(reached, page.size, 2) if full and not by_links else None
        if envelope.next is not None:
            if envelope.rows == 0:
                raise _endless("a page is empty and has a link to a next one", account)
            return Page(reached, page.size, page.number + 1, envelope.next)
        ended = total is None and page.link is not None
        if self.protocol.linked or ended or envelope.rows == 0:
            return None
        if total is None and envelope.most is not None and envelope.rows < min(page.size, envelope.most):
            return None  # without a word on its limit, a short page may be one that was clipped
        return Page(reached, page.size, page.number + 1)

    def _rest_at_once(self, ask: Ask, account: Account) -> None:
        step, total = account.pages[0].envelope.rows, account.total or 0
        if step == 0 or total <= step:
            return
        account.refuse_endless(MOST_PAGES)
        # of the first page's size, where the service clipped it: should it clip no more, pages would overlap
        wanted = [Page(start, step, number) for number, start in enumerate(range(step, total, step), 2)]
        together = self.service.parallel
        with ThreadPoolExecutor(together) as pool:
            for begin in range(0, len(wanted), together):  # not all at once: after a failure no more should be sent
                for got in pool.map(lambda page: self._page(ask, page), wanted[begin : begin + together]):
                    account.take(got)

    def _compare_echo(self, pages: list[FetchedPage]) -> None:
        """Rows name what they are of: a service that answers for another place must not fill this one's rows."""
        for got in pages:
            if not got.envelope.rows:
                continue
            try:
                raw = self.protocol.rows(self.service, got.reply.content, got.reply.label)
            except NotJsonError as error:
                refuse_json(error, got.reply.content, got.reply.label)
            for source, template in self.service.echo.items():
                asked = _plain(str(got.ask.fill(template)))
                if source not in raw.frame.columns:
                    what = f"there is no {source!r} in its rows, which `echo` in the contract names"
                    raise PermanentFailure("SERVICE-SHAPE", what, got.reply.label, "correct `echo` in the contract")
                others = [text for text in raw.frame[source] if text is not None and _plain(text) != asked]
                if others:
                    what = f"{len(others):,} of {raw.frame.height:,} rows have another {source!r} than was asked for"
                    hint = "the service ignores what it is asked; correct `ask`, or `echo`, in the contract"
                    raise PermanentFailure("SERVICE-OTHER-ANSWER", what, got.reply.label, hint)


def _is_the_asked(request: Request, envelope: Envelope, reply: Reply) -> None:
    """What a reply repeats of its request has to be what was sent: a service that ignores where we are gives the
    first page forever, and one that answers for another resource fills this one with its rows."""
    sent = {**request.query, **{name: str(value) for name, value in (request.body or {}).items()}}
    for name, said in envelope.echo.items():
        asked = sent.get(name)
        if asked is None or _plain(asked) == _plain(said) or _number(asked) == _number(said) is not None:
            continue
        hint = "it will be retried in the next nightly run; if it stays, the paging of the service is broken"
        what = f"the page is not the one that was asked for: {name} is {said[:60]!r} and not {asked[:60]!r}"
        failure = TransientFailure("SERVICE-OTHER-PAGE", what, reply.label, hint)
        failure.refused = reply
        raise failure


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _number(text: str) -> int | None:
    short = text.strip()
    return int(short) if len(short) <= 18 and short.isascii() and short.isdigit() else None


def _endless(what: str, account: Account) -> PermanentFailure:
    hint = "ask the provider; reading ends here, or it would never end"
    return PermanentFailure("SERVICE-ENDLESS", what, account.pages[-1].reply.label, hint)
