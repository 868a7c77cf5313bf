"""What came for one question, held against what the service states: its total, and which rows have come already.

The count is held against the different rows, not against all: where pages overlap, one row comes twice and another
never, and the number of rows is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from assets.connectors.protocol import FetchedPage, Key, Stated
from assets.failures import FeedFailure, PermanentFailure, TransientFailure

_SHOWN = 5  # ids in a message
_STRAY = 10  # requests beyond those that the total needs, for servers that clip some pages


class Account:
    """The pages of one question as they come. `same_rows`: the source itself has the very same row more than once."""

    def __init__(self, stated: Stated, *, same_rows: bool) -> None:
        self.pages: list[FetchedPage] = []
        self.total = stated.total
        self.moved = False  # its total changed while its pages were being read
        self._same_rows = same_rows
        self._seen: dict[Key | tuple[Key, int], int] = {}  # row -> number of the first page that has it
        self._twice: dict[Key | tuple[Key, int], tuple[int, int]] = {}  # row -> the first page and a later one
        self._contents: set[bytes] = set()
        self._rows = 0

    @property
    def different(self) -> int:
        """How many different rows came."""
        return self._rows if self._same_rows else len(self._seen)

    @property
    def ids(self) -> frozenset[str]:
        """The ids that the service itself gives to the rows that came."""
        return frozenset(key for key in self._seen if isinstance(key, str))

    def take(self, got: FetchedPage) -> None:
        """Enter a page. Raises TransientFailure where it is one that came before, or where rows went away."""
        self._refuse_seen(got)
        self._follow_total(got)
        new = self._enter(got)
        if self.pages and got.envelope.keys and not new and not self._same_rows:
            raise _page_twice(got, "has no row that did not come before")
        self.pages.append(got)

    def settle(self) -> None:
        """All pages are there. Raises FeedFailure unless as many different rows came as the service says there are."""
        first = self.pages[0].reply.label
        total, different = self.total, self.different
        if self._twice and not self._same_rows and total != different:
            raise self._row_twice(first)
        if total is not None and different < total:
            hint = "it will be retried; if it stays, the service clips: ask for smaller pages"
            what = f"the service promised {total:,} rows and gave {different:,}"
            raise TransientFailure("SERVICE-SHORT", what, first, hint)
        if total is not None and different > total:
            hint = "where its total is that of a page, say `total: false` in `ask`; otherwise ask the provider"
            what = f"the service says that it has {total:,} rows and gave {different:,}"
            raise PermanentFailure("SERVICE-TOTAL", what, first, hint)

    def refuse_endless(self, most: int) -> None:
        """Before one more request. Raises PermanentFailure where there were more than the stated total can need."""
        first, asked = self.pages[0], len(self.pages)
        step = max(1, first.envelope.rows)
        allowed, why = most, f"more than {most:,} pages and no end"
        if self.total is not None:
            needed = -(-self.total // step)
            if needed > most:
                allowed, why = 0, f"{self.total:,} rows at {step:,} a page are more than {most:,} pages"
            elif 4 * needed + _STRAY < most:
                allowed = 4 * needed + _STRAY
                why = f"more than {allowed:,} pages for {self.total:,} rows"
        if asked >= allowed:
            hint = "ask for larger pages, or for less; check `ask` and the paging of the service"
            raise PermanentFailure("SERVICE-ENDLESS", why, first.reply.label, hint)

    def _refuse_seen(self, got: FetchedPage) -> None:
        content = hashlib.sha256(got.reply.content).digest()
        if content in self._contents and (got.envelope.rows or got.page.link):
            raise _page_twice(got, "is the same as one before")
        self._contents.add(content)

    def _follow_total(self, got: FetchedPage) -> None:
        """The newest total counts: rows that are added at the end while the pages are being read come, too."""
        before, now = self.total, got.envelope.total
        if now is None:
            return
        self.total = now
        self.moved |= before is not None and now != before
        if before is not None and now < before:
            hint = (
                "it will be retried in the next nightly run: rows went away while they were being read; where its "
                "total is that of a page, say `total: false` in `ask`"
            )
            what = f"the total fell from {before:,} to {now:,} while paging"
            raise TransientFailure("SERVICE-SHRANK", what, got.reply.label, hint)

    def _enter(self, got: FetchedPage) -> int:
        """How many rows of a page are new. One answer may hold the very same row twice, as its source does; a row
        that comes again on another page, or an id that comes again at all, is not another row."""
        number, new = got.page.number, 0
        here: dict[Key, int] = {}
        for key in got.envelope.keys or [b"row %d" % (self._rows + n) for n in range(got.envelope.rows)]:
            here[key] = here.get(key, 0) + 1
            row = key if isinstance(key, str) else (key, here[key])
            if row in self._seen:
                self._twice.setdefault(row, (self._seen[row], number))
            else:
                self._seen[row] = number
                new += 1
        self._rows += got.envelope.rows
        return new

    def _row_twice(self, where: str) -> FeedFailure:
        pages = sorted({(first, again) for first, again in self._twice.values()})
        named = sorted(row for row in self._twice if isinstance(row, str))
        what = f"{_some(named)} came twice" if named else _counted(len(self._twice), "row") + " came twice"
        on = ", ".join(f"{a} and {b}" if a != b else f"{a}" for a, b in pages[:_SHOWN])
        what = f"{self.different:,} different rows came, {what} (pages {on})"
        hint = "it will be retried; if it stays, give the pages an order that does not change"
        if not named:
            hint += ", or say `same_rows: true` where the source has the very same row more than once"
        if self.total is None:
            return TransientFailure("SERVICE-ROW-TWICE", what, where, hint)
        missing = self.total - self.different
        what = f"the service says that it has {self.total:,} rows; {what}"
        if missing > 0:
            what += f", and {missing:,} did not come"
        return TransientFailure("SERVICE-ROW-TWICE", what, where, hint)


def against_register(came: frozenset[str], register: frozenset[str]) -> tuple[str, ...]:
    """What a register and what came do not have in common, one sentence each."""
    if not register:
        return ()
    pairs = (
        ("of the register did not come", register - came),
        ("came and is not in the register", came - register),
    )
    return tuple(f"{_counted(len(ids), 'id')} {what}: {_some(sorted(ids))}" for what, ids in pairs if ids)


def _page_twice(got: FetchedPage, what: str) -> TransientFailure:
    hint = "it will be retried in the next nightly run; if it stays, the paging of the service is broken"
    return TransientFailure("SERVICE-PAGE-TWICE", f"page {got.page.number} {what}", got.reply.label, hint)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _some(ids: Iterable[str]) -> str:
    shown = [repr(one[:60]) for one in ids]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more
