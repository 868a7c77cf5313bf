"""Which day, value and hour a request asks for: the one whose request the protocol itself would send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import unquote

from assets.connectors.protocol import Ask, Page, Request, protocol_for
from assets.connectors.pull import questions
from quality.contract.connector import Service
from quality.contract.due import due
from quality.contract.model import Contract
from simulator.messages import Question

_PLACES = frozenset(
    ("limit", "offset", "$limit", "$offset", "$order", "$top", "$skip", "$count", "page", "pageNo", "numOfRows")
)
_KEY = re.compile(r"\{[A-Za-z_]+\}")
_PAGES_IN_PATH = {"seoul_openapi": (3, 4)}  # which parts of the path are the first and the last row
_DAYS = 100  # before the newest that is due


@dataclass(frozen=True)
class Asked:
    """What is asked for; `beside`: it is what is asked before the pages."""

    service: Service
    ask: Ask
    beside: bool = False


def asked_by(question: Question, contract: Contract) -> Asked | None:
    """What a request to a feed asks for; None where the contract would never send it."""
    services = () if contract.connector is None else contract.connector.services
    body = _body(question.body)
    for service in services:
        protocol = protocol_for(service)
        for day in _days(question, contract, service):
            for ask in questions(service, day, question.world.city.timezone):
                if _same(protocol.request(ask, Page()), question, body, service):
                    return Asked(service, ask)
                other = protocol.beside(ask)
                if other is not None and _same(other, question, body, service):
                    return Asked(service, ask, beside=True)
    return None


def _days(question: Question, contract: Contract, service: Service) -> Iterator[date | None]:
    """The days that may be meant, the newest first."""
    if service.snapshot:
        yield None
        return
    newest = due(contract, question.now.date())
    said = json.dumps(dict(service.ask), default=str)
    if re.search("[{](?:day|next_day|month_end|quarter)", said) is None:
        yield newest
        return
    ahead = contract.lag_days + contract.ahead_days
    last = question.now.date() if contract.every == "day" else newest
    for back in range(_DAYS + ahead):
        day = last - timedelta(days=back)
        if service.serves(day) and (contract.every == "day" or day.day == 1):
            yield day


def _body(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _same(request: Request, question: Question, body: Any, service: Service) -> bool:
    wanted = [unquote(part) for part in request.path.split("?")[0].split("/") if part]
    pages = _PAGES_IN_PATH.get(service.protocol, ())
    if len(wanted) != len(question.path):
        return False
    for at, (one, other) in enumerate(zip(wanted, question.path, strict=True)):
        if at not in pages and not _alike(one, other):
            return False
    named = {str(service.ask[name]) for name in ("rows", "page") if name in service.ask}
    left = _left(request.query, named)
    return (
        left.keys() == _left(question.query, named).keys()
        and all(_alike(text, question.query[name]) for name, text in left.items())
        and (request.body is None or json.loads(json.dumps(request.body)) == body)
    )


def _left(query: Mapping[str, str], named: set[str]) -> dict[str, str]:
    return {name: text for name, text in query.items() if name not in _PLACES and name not in named}


def _alike(template: str, text: str) -> bool:
    """Whether it is the text of the contract, with any key where one stands."""
    if "{" not in template:
        return template == text
    pattern = "".join(
        re.escape(part) if at % 2 == 0 else ".+" for at, part in enumerate(re.split(f"({_KEY.pattern})", template))
    )
    return template == text or re.fullmatch(pattern, text) is not None
