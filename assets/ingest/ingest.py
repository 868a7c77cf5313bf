"""The way of what was fetched: read, parse, and knock at the gate. One function per step, no Dagster here.

What is known about deliveries lives in the landing area and in `ledger.attempt`, not in the drop folder:
a partner may empty the folder, and a correction may arrive weeks later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

from assets.connectors import archive
from assets.context import RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest import deliveries, parse, parse_cache
from assets.ingest.cast import numbers
from assets.ingest.deduplicate import Part, resolve
from assets.ingest.fetch import Fetched
from assets.ingest.parse_cache import ParsedDelivery
from assets.readers import read as formats
from quality.contract.model import Contract
from quality.gate import Outcome
from quality.inputs import Inputs
from quality.staging import Incoming
from warehouse import landing
from warehouse.failpoint import failpoint
from warehouse.ledger import ledger

_AT_A_TIME = 3  # deliveries parsed at once, each in memory whole: with two, two cores idle a fifth of the time


@dataclass
class Report:
    """What became of the days of a table: outcomes of its batches, and days for which there is nothing."""

    outcomes: list[Outcome] = field(default_factory=list)
    missing: list[date] = field(default_factory=list)

    @property
    def open_days(self) -> list[date]:
        return [o.day for o in self.outcomes if o.verdict.open]

    @property
    def closed(self) -> list[Outcome]:
        return [o for o in self.outcomes if not o.verdict.open]


def read(run: RunContext, contract: Contract, fetched: Fetched) -> None:
    """Read what the fetch found and the ledger does not know yet: rows, first and last day, what is unreadable.

    One attempt row for each. A delivery that can not be read is a failure of its own, tonight and every
    night on which it is still delivered; the others go on.
    """
    known, read, attempts = deliveries.coverage(run, contract), [], []
    # what could be read under an earlier contract is read again from the landing area, delivered tonight or not
    names = {sha: name for sha, name in (deliveries.names(run, contract) | fetched.landed).items() if sha not in known}
    for (sha256, name), found in zip(names.items(), _parsed(run, contract, names), strict=True):
        failure = found if isinstance(found, FeedFailure) else _of_another_day(found)
        if failure is not None:
            fetched.failures.append(failure)
            attempts.append(
                deliveries.attempt(run, contract, delivery=name, sha256=sha256, status="failed", failure=failure)
            )
        elif isinstance(found, ParsedDelivery):
            read.append(found)
            attempts.append(deliveries.parsed_attempt(run, contract, found))
    deliveries.keep_undated(run, contract, read)
    failpoint("ingest.read")
    ledger.append(run.home, "attempt", attempts)


def _of_another_day(delivery: ParsedDelivery) -> PermanentFailure | None:
    """A service that was asked for one day and answers with others (its clock is wrong, or its cache is old) must
    not have its figures counted for the wrong day a night later."""
    day, first, last = deliveries.asked_for(delivery.name), delivery.day_min, delivery.day_max
    if day is None or first is None or last is None or first <= day <= last:
        return None
    other = f"{first}" if first == last else f"{first} to {last}"
    hint = "it is asked again with the next night; if it stays, correct `ask` in the contract or ask the provider"
    return PermanentFailure("SERVICE-OTHER-DAY", f"it was asked for {day} and has rows of {other}", delivery.name, hint)


def pending(run: RunContext, contract: Contract, days: Sequence[date]) -> list[date]:
    """Of `days`, those for which something was delivered that has not been judged yet."""
    inputs = _inputs(run, contract, days)
    settled = run.gate(contract).settled(inputs)
    return [day for day in inputs if day not in settled]


def judged(run: RunContext, contract: Contract, days: Sequence[date]) -> dict[date, Outcome]:
    """Of `days`, those whose present deliveries have been judged, with what came of it."""
    return run.gate(contract).settled(_inputs(run, contract, days))


def ingest(run: RunContext, contract: Contract, days: Sequence[date]) -> Report:
    """Parse what has landed for `days`, and let it in or hold it back. Days already settled cost nothing."""
    if contract.reference_since is not None:
        days = [contract.reference_since]
    inputs = _inputs(run, contract, days)
    report = Report(missing=[day for day in days if day not in inputs])
    settled = run.gate(contract).settled(inputs)
    report.outcomes = list(settled.values())
    todo = {day: own for day, own in inputs.items() if day not in settled}
    if todo:
        report.outcomes += _let_in(run, contract, todo, report)
    report.outcomes.sort(key=lambda o: o.day)
    return report


def _inputs(run: RunContext, contract: Contract, days: Sequence[date]) -> dict[date, Inputs]:
    """Which deliveries reach over each day.

    A register is replaced whole: its newest delivery alone counts. So is a day that a service was asked for again:
    what is not in the newest answer any more was withdrawn.
    """
    coverage = deliveries.coverage(run, contract)
    if contract.reference_since is not None:
        coverage = dict(list(coverage.items())[-1:])
    names = deliveries.names(run, contract) if run.asks_services else {}
    answers = {deliveries.asked_for(names.get(sha)): sha for sha in coverage}  # the newest to each question
    inputs = {
        day: [
            sha
            for sha, (low, high) in coverage.items()
            if low is not None
            and high is not None
            and low <= day <= high
            and (day not in answers or sha == answers[day])
        ]
        for day in sorted(days)
    }
    return {day: Inputs(deliveries=shas) for day, shas in inputs.items() if shas}


def _let_in(run: RunContext, contract: Contract, todo: dict[date, Inputs], report: Report) -> list[Outcome]:
    names = deliveries.names(run, contract)
    needed = {sha: names[sha] for sha in sorted({sha for own in todo.values() for sha in own.deliveries})}
    read: dict[str, ParsedDelivery] = {}
    for sha, found in zip(needed, _parsed(run, contract, needed), strict=True):
        if isinstance(found, FeedFailure):
            raise found
        read[sha] = found
    # a delivery may span a day and yet have no row for it: bicycles between two half-year files
    rows_read = {day: sum(read[sha].days.get(day, 0) for sha in own.deliveries) for day, own in todo.items()}
    report.missing = sorted({*report.missing, *(day for day in todo if not rows_read[day])})
    todo = {day: own for day, own in todo.items() if rows_read[day]}
    if not todo:
        return []
    days = {sha: {day for day, own in todo.items() if sha in own.deliveries} for sha in read}
    parts = [Part(d.name, d.day_max, d.rows(days[sha]), d.cells(days[sha])) for sha, d in read.items() if days[sha]]
    incoming = Incoming(
        resolve(contract, parts),
        rows_read,
        unreadable_rows={day: max(read[sha].unreadable_share for sha in own.deliveries) for day, own in todo.items()},
    )
    outcomes = run.gate(contract).admit(incoming, todo)
    settled = {*todo, *(o.day for o in report.outcomes)}
    for delivery in read.values():
        if set(delivery.days) <= settled:
            parse_cache.forget(delivery)
    return outcomes


def _parsed(run: RunContext, contract: Contract, names: Mapping[str, str]) -> Iterator[ParsedDelivery | FeedFailure]:
    """Each delivery (sha256 -> name) as parsed, or why it can not be; in their order, two at a time."""
    # half of the work is unpacking and checking text, which Python does on one core
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        yield from pool.map(lambda item: _parse(run, contract, *item), names.items())


def _parse(run: RunContext, contract: Contract, sha256: str, name: str) -> ParsedDelivery | FeedFailure:
    found = parse_cache.find(run.home, run.city.name, contract, sha256, name)
    if found is not None:
        return found
    try:
        content = _landed(run, contract, sha256, name)
        members = rows_of(contract, name, content, pulled=run.asks_services)
        return parse_cache.keep(run.home, run.city.name, contract, parse.parse(contract, name, sha256, members))
    except FeedFailure as failure:
        return failure


def _landed(run: RunContext, contract: Contract, sha256: str, name: str) -> bytes:
    path = landing.find(run.home, run.city.name, contract.name, sha256)
    if path is None:
        hint = "have it delivered again; landing is never emptied"
        raise PermanentFailure("LANDING-LOST", f"landed object {sha256} is gone", name, hint)
    try:
        return landing.read(path)
    except landing.DamagedError as error:
        hint = "restore it from a backup, or have it delivered again after removing it"
        raise PermanentFailure("LANDING-DAMAGED", str(error), name, hint) from error


def rows_of(contract: Contract, name: str, content: bytes, *, pulled: bool) -> list[formats.RawRows]:
    """The rows of one delivery as text: a file of the drop folder, or the pages of a pull.

    A file under `layout: {kind: reply}` is a service's reply that somebody saved.
    """
    connector = contract.connector
    assert connector is not None
    if pulled or (connector.files is not None and connector.files.layout.get("kind") == "reply"):
        return archive.read(name, content, connector.services)
    assert connector.files is not None
    return formats.read_rows(name, content, formats.layout(connector.files.layout), numbers(contract))
