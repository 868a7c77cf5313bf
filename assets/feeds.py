"""The way of what was fetched: read, parse, and knock at the gate. One function per step, no Dagster here.

What is known about deliveries lives in the landing area and in `ledger.attempt`, not in the drop folder:
a partner may empty the folder, and a correction may arrive weeks later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from assets import deliveries, parse
from assets.connectors import bundles
from assets.deliveries import Feed
from assets.failures import FeedFailure, PermanentFailure
from assets.fetch import Fetched
from assets.readers import formats
from quality.contract import DAY, Contract, Files
from quality.gated import Incoming, Outcome
from warehouse import landing, ledger


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


def read(feed: Feed, fetched: Fetched) -> None:
    """Read what the fetch found and the ledger does not know yet: rows, first and last day, what is unreadable.

    One attempt row for each. A delivery that can not be read is a failure of its own, tonight and every
    night on which it is still delivered; the others go on.
    """
    known, parsed, attempts = deliveries.coverage(feed), [], []
    # what could be read under an earlier contract is read again from the landing area, delivered tonight or not
    for sha256, name in (deliveries.names(feed) | fetched.landed).items():
        if sha256 in known:
            continue
        try:
            delivery = _parse(feed, sha256, name)
            _of_the_day(delivery)
        except FeedFailure as failure:
            fetched.failures.append(failure)
            attempts.append(deliveries.attempt(feed, delivery=name, sha256=sha256, status="failed", failure=failure))
            continue
        parsed.append(delivery)
        attempts.append(deliveries.parsed_attempt(feed, delivery))
    deliveries.keep_undated(feed, parsed)
    feed.at_step("read")
    ledger.append(feed.home, "attempt", attempts)


def _of_the_day(delivery: parse.Parsed) -> None:
    """A service that was asked for one day and answers with others (its clock is wrong, or its cache is old) must
    not have its figures counted for the wrong day a night later."""
    day, first, last = deliveries.asked_for(delivery.name), delivery.day_min, delivery.day_max
    if day is not None and first is not None and last is not None and not first <= day <= last:
        other = f"{first}" if first == last else f"{first} to {last}"
        hint = "it is asked again with the next night; if it stays, correct `ask` in the contract or ask the provider"
        raise PermanentFailure(
            "SERVICE-OTHER-DAY", f"it was asked for {day} and has rows of {other}", delivery.name, hint
        )


def pending(feed: Feed, days: Sequence[date]) -> list[date]:
    """Of `days`, those for which something was delivered that has not been judged yet."""
    inputs = _inputs(feed, days)
    settled = feed.door.settled(inputs)
    return [day for day in inputs if day not in settled]


def judged(feed: Feed, days: Sequence[date]) -> dict[date, Outcome]:
    """Of `days`, those whose present deliveries have been judged, with what came of it."""
    return feed.door.settled(_inputs(feed, days))


def ingest(feed: Feed, days: Sequence[date]) -> Report:
    """Parse what has landed for `days`, and let it in or hold it back. Days already settled cost nothing."""
    if feed.contract.reference_since is not None:
        days = [feed.contract.reference_since]
    inputs = _inputs(feed, days)
    report = Report(missing=[day for day in days if day not in inputs])
    settled = feed.door.settled(inputs)
    report.outcomes = list(settled.values())
    todo = {day: shas for day, shas in inputs.items() if day not in settled}
    if todo:
        names = deliveries.names(feed)
        needed = sorted({sha for shas in todo.values() for sha in shas})
        report.outcomes += _let_in(feed, [_parse(feed, sha, names[sha]) for sha in needed], todo, report)
    report.outcomes.sort(key=lambda o: o.day)
    return report


def _inputs(feed: Feed, days: Sequence[date]) -> dict[date, list[str]]:
    """Which deliveries reach over each day.

    A register is replaced whole: its newest delivery alone counts. So is a day that a service was asked for again:
    what is not in the newest answer any more was withdrawn.
    """
    coverage = deliveries.coverage(feed)
    if feed.contract.reference_since is not None:
        coverage = dict(list(coverage.items())[-1:])
    names = deliveries.names(feed) if feed.asks else {}
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
    return {day: shas for day, shas in inputs.items() if shas}


def _let_in(feed: Feed, read: Sequence[parse.Parsed], todo: dict[date, list[str]], report: Report) -> list[Outcome]:
    read = [parse.window(p, list(todo)) for p in read]
    resolved = parse.resolve(feed.contract, read)
    # a delivery may span a day and yet have no row for it: bicycles between two half-year files
    empty = [day for day in todo if resolved.rows.filter(pl.col(DAY) == day).is_empty()]
    report.missing = sorted({*report.missing, *empty})
    todo = {day: shas for day, shas in todo.items() if day not in empty}
    if not todo:
        return []
    shares = {p.sha256: p.unreadable_share for p in read}
    incoming = Incoming(
        rows=resolved.rows,
        superseded=resolved.superseded,
        unreadable_rows={day: max(shares[sha] for sha in shas) for day, shas in todo.items()},
        cells=pl.concat([p.cells for p in read]).join(
            resolved.rows.select("_sha256", "_line"), on=["_sha256", "_line"], how="semi"
        ),
    )
    return feed.door.let_in(incoming, todo)


_MEMO_ROWS = 5_000_000
_memo: dict[tuple[str, str], parse.Parsed] = {}  # what `read` has parsed a moment ago, for `ingest` in the same process


def _parse(feed: Feed, sha256: str, name: str) -> parse.Parsed:
    known = _memo.get((sha256, feed.contract.hash))
    if known is not None:
        return replace(known, name=name)
    path = landing.find(feed.home, feed.city, feed.contract.name, sha256)
    if path is None:
        raise PermanentFailure(
            "LANDING-LOST",
            f"landed object {sha256} is gone",
            name,
            "have it delivered again; landing is never emptied",
        )
    try:
        content = landing.read(path)
    except landing.DamagedError as error:
        hint = "restore it from a backup, or have it delivered again after removing it"
        raise PermanentFailure("LANDING-DAMAGED", str(error), name, hint) from error
    members = rows_of(feed.contract, name, content, pulled=feed.asks)
    parsed = parse.parse(feed.contract, name, sha256, members)
    if sum(p.rows.height for p in _memo.values()) + parsed.rows.height > _MEMO_ROWS:
        _memo.clear()
    if parsed.rows.height <= _MEMO_ROWS:
        _memo[sha256, feed.contract.hash] = parsed
    return parsed


def rows_of(contract: Contract, name: str, content: bytes, *, pulled: bool) -> list[formats.RawRows]:
    """The rows of one delivery as text: a file of the drop folder, or the pages of a pull.

    A file under `layout: {kind: reply}` is a service's reply that somebody saved.
    """
    connector = contract.connector
    assert connector is not None
    if pulled or (connector.files is not None and connector.files.layout.get("kind") == "reply"):
        return bundles.read(name, content, connector.services)
    assert connector.files is not None
    return formats.read_rows(name, content, layout(connector.files))


def layout(files: Files) -> formats.Layout:
    return formats.layout(files.layout)
