"""What a protocol is: how a question becomes requests, what a reply says about itself, and its rows as text.

The types that all protocol modules share, and how a protocol is found by its file name.
"""

from __future__ import annotations

import calendar
import importlib
import pkgutil
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, ClassVar, TypeVar

from assets.connectors import protocols
from assets.failures import PermanentFailure
from assets.readers.rows import RawRows
from quality.contract.connector import Service

Needed = TypeVar("Needed", str, int, dict[str, Any])
_KINDS: Mapping[type, str] = {str: "a text", int: "a number", dict: "a mapping"}


@dataclass(frozen=True)
class Ask:
    """One question to a service: its `ask` for one day, one of its `each` values and one hour."""

    service: Service
    day: date | None = None
    each: str | None = None
    hour: int | None = None
    zone: tzinfo = UTC  # of the city, whose midnights are the instants {day_begins} and {day_ends}

    def __str__(self) -> str:
        parts = (self.day, self.each, None if self.hour is None else f"{self.hour:02d}h")
        return " ".join(str(part) for part in parts if part is not None) or "now"

    def need(self, term: str, kind: type[Needed] = str) -> Needed:
        """A term of `ask` that the protocol cannot do without, filled: a text unless another `kind` is named."""
        found = self.fill(self.service.ask.get(term))
        if not isinstance(found, kind) or found in ("", {}):
            what = f"`ask` has no {term!r} ({_KINDS[kind]}), which {self.service.protocol} needs"
            raise PermanentFailure("SERVICE-ASK", what, self.service.address, "add it to the contract of this feed")
        return found

    def texts(self, term: str) -> dict[str, str]:
        """A mapping of `ask`, such as its `query`, filled; empty where there is none."""
        return {str(key): str(value) for key, value in self.fill(self.service.ask.get(term) or {}).items()}

    def fill(self, template: Any) -> Any:
        """Texts of `ask` with {day}, {day_begins}, {quarter}, {each}, {hour} and so on put in, also inside lists and
        mappings.

        Names of secrets stay as they are: their values are put in only when a request is sent.
        """
        if isinstance(template, Mapping):
            return {key: self.fill(value) for key, value in template.items()}
        if isinstance(template, list | tuple):
            return [self.fill(value) for value in template]
        if not isinstance(template, str):
            return template
        known: dict[str, Any] = {"each": self.each, "hour": self.hour}
        if self.day is not None:
            quarter = (self.day.month - 1) // 3 + 1
            known |= {
                "day": self.day,
                "next_day": self.day + timedelta(days=1),
                "day_begins": self._midnight(self.day),
                "day_ends": self._midnight(self.day + timedelta(days=1)),
                "month_end": self.day.replace(day=calendar.monthrange(self.day.year, self.day.month)[1]),
                "quarter": f"{self.day.year}{quarter}",
            }
        return _Filler(known, self.service.secrets).format(template)

    def _midnight(self, day: date) -> datetime:
        """The instant in UTC at which a day of the city begins."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


class _Filler(string.Formatter):
    def __init__(self, known: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self.known, self.secrets = known, secrets

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        if key in self.secrets:
            return _SecretPlaceholder(str(key))
        if self.known.get(str(key)) is None:
            raise PermanentFailure(
                "SERVICE-ASK",
                f"{{{key}}} has no value here",
                "the contract's `ask`",
                f"it may hold {sorted(k for k, v in self.known.items() if v is not None)} and its secrets",
            )
        return self.known[str(key)]


class _SecretPlaceholder(str):
    def __format__(self, spec: str) -> str:
        return "{" + str(self) + "}"  # an f-string would call this again


@dataclass(frozen=True)
class Request:
    """What is sent: path below the base address, query, headers. {name} stands for a secret in all three."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None  # posted as JSON


@dataclass(frozen=True)
class Reply:
    """What came back. `label` names the request without keys and without the host."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes
    label: str

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return len(self.content)


Key = str | bytes  # a row's own id in its service as text; where it has none, a hash of the whole row


@dataclass(frozen=True)
class Envelope:
    """What a reply says about itself before any row is looked at."""

    rows: int
    total: int | None = None  # rows that all pages have together, where the service can be trusted to know
    next: str | None = None  # link to the next page, for services that give one
    most: int | None = None  # rows on a full page, where the service says that it gives fewer than were asked for
    keys: tuple[Key, ...] = field(default=(), compare=False)  # one for each row; empty where rows are not counted
    echo: Mapping[str, str] = field(default_factory=dict, compare=False)  # parameters of the request that it repeats
    notes: tuple[str, ...] = field(default=(), compare=False)  # what is odd about it, for ledger.attempt


def echoed(said: Mapping[str, Any]) -> dict[str, str]:
    """What a reply repeats of its request, as texts; without what it leaves out."""
    return {name: str(value).strip() for name, value in said.items() if isinstance(value, str | int | float)}


@dataclass(frozen=True)
class Stated:
    """What a service says beside its pages: how many rows there are, or which."""

    total: int | None = None
    ids: frozenset[str] = frozenset()  # those of a register
    notes: tuple[str, ...] = ()  # what is odd about it, for ledger.attempt


@dataclass(frozen=True)
class Page:
    """Which page is asked for: rows before it, rows on it, its number from 1, or the link to it."""

    offset: int = 0
    size: int = 1000
    number: int = 1
    link: str | None = None


@dataclass(frozen=True)
class FetchedPage:
    """One page as it came."""

    ask: Ask
    page: Page
    reply: Reply
    envelope: Envelope


class Protocol:
    """One protocol. Subclasses hold no state; one instance serves all feeds and threads."""

    page_cap = 1000  # most rows that the service gives at once
    paged = True  # False: one reply is all there is
    linked = False  # True: further pages are reached through links of the service alone
    asked: ClassVar[Mapping[str, str]]  # the keys of `ask` that it knows, and what they mean
    paging: frozenset[str] = frozenset()  # parameters in which a next link may differ, besides the usual ones

    def request(self, ask: Ask, page: Page) -> Request:
        """The request for one page of a question."""
        raise NotImplementedError

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        """Look at the envelope. Raises what `refused` makes of an error that the service reports in its own way;
        an answer that says "no data" is an envelope without rows, not a failure."""
        raise NotImplementedError

    def beside(self, ask: Ask) -> Request | None:
        """What is asked before the pages of a question, of services that do not say with a page what there is."""
        return None

    def stated(self, service: Service, reply: Reply) -> Stated:
        """What the answer to `beside` says. Raises as `envelope` does."""
        raise NotImplementedError

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        """The rows of one page as text, source names as columns, nested values under dotted names."""
        raise NotImplementedError


def protocol_names() -> list[str]:
    """The protocols there are: the files of protocols/."""
    return sorted(module.name for module in pkgutil.iter_modules(protocols.__path__))


def protocol_for(service: Service) -> Protocol:
    """The protocol of a service: `PROTOCOL` of the module of its name. Raises PermanentFailure."""
    if service.protocol not in protocol_names():
        what = f"there is no protocol {service.protocol!r}"
        raise PermanentFailure("SERVICE-PROTOCOL", what, service.address, f"choose one of {protocol_names()}")
    return importlib.import_module(f"{protocols.__name__}.{service.protocol}").PROTOCOL
