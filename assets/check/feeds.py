"""What is wrong in the feeds of a pack beyond what reading a contract finds: where they come from, and their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from assets.check.where import Loc, below, column_loc, key_loc, mistake_at
from assets.connectors.protocol import Ask, Page, protocol_for, protocol_names
from assets.failures import PermanentFailure
from assets.mart import marts_of_tables
from assets.pack.city import PackFiles
from assets.personal.names import named_of_persons
from quality.contract.columns import DAY, Column
from quality.contract.connector import Service
from quality.contract.mistakes import Mistake
from quality.contract.model import Contract
from quality.contract.nearest import what_to_write

# how other tools write a date -> how it is written here
_LETTERS = (("YYYY", "%Y"), ("yyyy", "%Y"), ("YY", "%y"), ("yy", "%y"), ("MM", "%m"), ("DD", "%d"), ("dd", "%d"))
_LETTERS += (
    ("HH24", "%H"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("MI", "%M"),
    ("mi", "%M"),
    ("ss", "%S"),
    ("SS", "%S"),
)


def feed_mistakes(pack: PackFiles) -> Iterator[Mistake]:
    """Names that are taken, connectors that cannot be asked, formats of dates."""
    prefixes = dict[str, Path]()
    for path, contract in pack.contracts.items():
        other = prefixes.setdefault(contract.prefix, path)
        if other != path:
            what = f"the prefix {contract.prefix} is that of {other.name} too: codes of rules would mean two things"
            yield mistake_at(path, key_loc(path, "prefix"), what, "give one of the two another prefix")
        if contract.name in marts_of_tables():
            yield mistake_at(
                path,
                ("name",),
                "the feed has the name of a mart",
                "name it otherwise",
            )
        if contract.reference_since is None and not any(
            column.spec.sources or column.spec.of for column in contract.columns if column.name == DAY
        ):
            what = "the rows have no day: there is no column `day` or `time`"
            yield mistake_at(
                path, ("columns",), what, "write where it stands, or `reference_since` if the feed is a register"
            )
        if contract.first_day is not None and contract.first_day > datetime.now(UTC).date() + timedelta(days=1):
            what = f"{contract.first_day} is yet to come: until then nothing is asked for, and nothing is missed"
            loc = key_loc(path, "first_day")
            yield mistake_at(path, loc, what, "write the day with which the data begin", warning=True)
        for column in contract.columns:
            yield from _formats(path, column)
            yield from _personal(path, contract, column)
        yield from _connector(path, contract)


def _personal(path: Path, contract: Contract, column: Column) -> Iterator[Mistake]:
    """A column that no delivery may have: the feed would be refused every night."""
    for source in column.spec.sources:
        said = named_of_persons(source)
        if said is not None and said.sure and source not in contract.not_personal:
            what = f"{source!r} is the name of {said.kind}: deliveries with it are refused, as they are about persons"
            hint = "have sums by area and time delivered; if no person is meant, say why in `not_personal`"
            yield mistake_at(path, column_loc(path, column.name), what, hint)


def _connector(path: Path, contract: Contract) -> Iterator[Mistake]:
    connector = contract.connector
    if connector is None:
        yield mistake_at(path, (), "the feed comes from nowhere", "write `files`, `services` or both")
        return
    for number, service in enumerate(connector.services):
        loc = (*key_loc(path, "services"), number)
        yield from _service(path, loc, service)


def _service(path: Path, loc: Loc, service: Service) -> Iterator[Mistake]:
    names = protocol_names()
    if service.protocol not in names:
        hint = what_to_write(service.protocol, names)
        yield mistake_at(path, (*loc, "protocol"), f"there is no protocol {service.protocol!r}", hint)
        return
    if not re.match(r"https?://[^/\s]+", service.address):
        yield mistake_at(
            path, (*loc, "address"), "the address does not begin with https:// and a host", "write it in full"
        )
    if service.since is not None and service.until is not None and service.until < service.since:
        yield mistake_at(path, (*loc, "until"), "the service ends before it begins", "exchange `since` and `until`")
    asked = below(path, loc, "ask")
    unknown = sorted(service.ask.keys() - protocol_for(service).asked.keys())
    for key in unknown:
        known = protocol_for(service).asked.keys() - service.ask.keys()
        hint = what_to_write(key, known)
        yield mistake_at(path, (*asked, key), f"{service.protocol} has no such key of `ask`", hint)
    if unknown:  # what it lacks may be what is meant
        return
    each = service.each[0] if service.each else None
    ask = Ask(service, day=date(2024, 1, 15), each=each, hour=service.hours[0] if service.hours else 0)
    try:
        protocol_for(service).request(ask, Page())
    except PermanentFailure as failure:
        yield mistake_at(path, asked, failure.what, failure.hint)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        yield mistake_at(
            path,
            asked,
            f"cannot be asked ({type(error).__name__}: {error})",
            "compare it with docs/contracts.md, Protocols",
        )


def _formats(path: Path, column: Column) -> Iterator[Mistake]:
    for form in column.spec.formats:
        said = _wrong_format(form, column.type)
        if said is not None:
            loc = column_loc(path, column.name) or column_loc(path, column.spec.of or "")
            yield mistake_at(path, below(path, loc, "format", "formats"), f"{form!r} {said[0]}", said[1])


def _wrong_format(form: str, kind: str) -> tuple[str, str] | None:
    if "%" not in form:
        written = form
        for letters, wanted in _LETTERS:
            written = written.replace(letters, wanted)
        return ("is no format of a date", f"write {written}") if written != form else None
    parts = re.findall(r"%[-_0]?([A-Za-z])", form)
    if "D" in parts:
        return "has %D, which is %m/%d/%y", f"write {form.replace('%D', '%d')}"
    twice = next((part for part in parts if parts.count(part) > 1), None)
    if twice == "m":
        return "has the month (%m) twice", "minutes are %M"
    if twice == "M":
        return "has the minutes (%M) twice", "the month is %m"
    if twice is not None:
        return f"has %{twice} twice", "take one out"
    hours = any(part in parts for part in "HIkl")
    if "M" in parts and not hours:
        return "has minutes (%M) without an hour", "the month is %m"
    if "h" in parts and "m" in parts and kind == "timestamp":
        return "has %h, which is the name of a month", "the hour is %H"
    if "S" in parts and "d" not in parts and "m" in parts and not hours:
        return "has seconds (%S) without an hour", "write %H:%M:%S for a time"
    if ("I" in parts or "l" in parts) and "p" not in parts and "P" not in parts:
        return "has an hour of 12 (%I) and does not say whether before or after noon", "write %H, or add %p"
    return None
