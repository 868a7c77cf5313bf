"""GBFS (bicycles and scooters for hire) 1, 2.3 and 3.0: one feed of a system, what is now.

Total and pages: none, one reply is all there is. Whether a station is missing only its register knows.
Noted in ledger.attempt: ids that only the register or only the feed has, data older than their ttl, stations that were
not heard for a day. Every row has the columns _last_updated, _ttl and _version of its reply besides its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

import msgspec

from assets.connectors.protocol import Ask, Envelope, Page, Protocol, Reply, Request, Stated
from assets.connectors.refusals import refuse, refuse_json
from assets.failures import TransientFailure
from assets.readers import json_reply
from assets.readers.rows import RawRows
from quality.contract.connector import Service

_IDS = {"stations": "station_id", "bikes": "bike_id", "vehicles": "vehicle_id"}  # of the records of a feed
_PATIENCE_S, _SHOWN = 900, 5
_FLAGS = {"0": "false", "1": "true"}


class Gbfs(Protocol):
    """Stations of shared bicycles."""

    asked: ClassVar = {
        "path": "Path of the feed itself, such as station_status.json.",
        "feed": "The array below `data`; stations where it is not said, else bikes, vehicles, ...",
        "query": "Further parameters.",
        "stale_after_s": "Data that are older than so many seconds by the reply's own Date are refused.",
        "register": "Path of station_information.json, which knows whether a station is missing.",
    }

    paged = False

    def request(self, ask: Ask, page: Page) -> Request:
        return Request(ask.need("path"), ask.texts("query"))

    def envelope(self, service: Service, reply: Reply) -> Envelope:
        top, updated, records = _opened(service, reply.content, reply.label)
        age, most = _age_s(updated, reply), service.ask.get("stale_after_s")
        if most is not None and age is not None and age > float(most):
            _refuse_stale(age, float(most), reply)
        keys = json_reply.row_keys(json_reply.objects(top["data"])[_feed(service)], _IDS.get(_feed(service)))
        notes = (*_old(age, json_reply.value(top.get("ttl"))), *_silent(updated, records))
        return Envelope(len(records), len(records), keys=keys, notes=notes)

    def beside(self, ask: Ask) -> Request | None:
        register = ask.service.ask.get("register")
        return Request(str(ask.fill(register)), ask.texts("query")) if register else None

    def stated(self, service: Service, reply: Reply) -> Stated:
        """The stations of the register."""
        stations = _records(reply.content, "stations", reply.label)[2]
        return Stated(ids=frozenset(str(one["station_id"]) for one in stations if isinstance(one, dict) and _id(one)))

    def rows(self, service: Service, content: bytes, where: str) -> RawRows:
        top, updated, records = _opened(service, content, where)
        common = {
            "_last_updated": _text(updated),
            "_ttl": json_reply.value(top.get("ttl")),
            "_version": json_reply.value(top.get("version")),
        }
        return json_reply.reply_rows(
            [_plain(record) | common if isinstance(record, dict) and record else record for record in records], where
        )


def _feed(service: Service) -> str:
    return service.ask.get("feed", "stations")


def _opened(service: Service, content: bytes, where: str) -> tuple[json_reply.Slices, datetime, list[Any]]:
    return _records(content, _feed(service), where)


def _records(content: bytes, feed: str, where: str) -> tuple[json_reply.Slices, datetime, list[Any]]:
    """The envelope, the time at which it was made, and the records with their numbers as they were written."""
    try:
        top = json_reply.objects(content)
        data = json_reply.objects(top.get("data", msgspec.Raw(b"null")))
        updated = instant(json_reply.value(top.get("last_updated")))
        if feed in data:
            json_reply.array(data[feed])
    except json_reply.NotJsonError as error:
        refuse_json(error, content, where, f"there is no `data` with a list of {feed} as GBFS has it")
    if feed not in data:
        refuse("shape", f"there is no {feed!r} under `data`, it has {sorted(data)[:8]}", where)
    if updated is None:
        refuse("shape", "last_updated is missing or neither POSIX seconds nor RFC 3339", where)
    return top, updated, json_reply.exact(data[feed])


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """One text form for what the versions write differently; names stay those of the version."""
    return {name: _same(name, value) for name, value in record.items()}


def _same(name: str, value: Any) -> Any:
    if name == "last_reported":
        at = instant(value)
        return value if at is None else _text(at)  # what is no time stays visible
    if name.startswith("is_") and not isinstance(value, bool):
        return _FLAGS.get(str(value), value)  # version 1 writes 0 and 1
    if isinstance(value, list) and value and all(isinstance(v, dict) and {"text", "language"} <= set(v) for v in value):
        return value[0]["text"]  # version 3: one text for each language
    return value


def instant(value: Any) -> datetime | None:
    """A time in POSIX seconds or RFC 3339, None if it is neither."""
    text = str(value).strip()
    try:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return None if at.tzinfo is None else at.astimezone(UTC)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _age_s(updated: datetime, reply: Reply) -> float | None:
    """By the reply's own clock: ours may be wrong, and a reply may be looked at later."""
    try:
        answered = parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return (answered.replace(tzinfo=answered.tzinfo or UTC) - updated).total_seconds()


def _refuse_stale(age: float, most: float, reply: Reply) -> None:
    what = f"its data are {age:,.0f} s old, more than the {most:,.0f} s of `stale_after_s`"
    hint = "no action if it recovers; otherwise ask the operator: the feed answers, but nobody fills it"
    raise TransientFailure("SERVICE-STALE", what, reply.label, hint)


def _old(age: float | None, ttl: Any) -> list[str]:
    """A note where the data are older than they say that they can be, or of the future."""
    if age is None:
        return []
    allowed = (json_reply.whole(ttl) or 0) + _PATIENCE_S
    if age > allowed:
        return [f"its data are {age:,.0f} s old and say that they hold for {ttl} s"]
    return [f"its data are of {-age:,.0f} s after the reply"] if age < -_PATIENCE_S else []


def _silent(updated: datetime, records: list[Any]) -> list[str]:
    """A note on stations that were not heard in the day before the feed was made; they stay among the rows."""
    heard = {_id(one): instant(one.get("last_reported")) for one in records if isinstance(one, dict)}
    dead = [name for name, at in heard.items() if at is not None and updated - at > timedelta(days=1)]
    if not dead:
        return []
    more = f" and {len(dead) - _SHOWN} more" if len(dead) > _SHOWN else ""
    who = "station was" if len(dead) == 1 else "stations were"
    return [f"{len(dead):,} {who} not heard for more than a day: {', '.join(dead[:_SHOWN])}{more}"]


def _id(record: Mapping[str, Any]) -> str:
    return str(next((record[name] for name in _IDS.values() if record.get(name)), ""))


PROTOCOL = Gbfs()
