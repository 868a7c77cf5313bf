"""Landed bytes -> parsed deliveries. Each is read once, whatever number of runs and days need it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from assets.connectors import archive
from assets.context import RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest import parse, parse_cache
from assets.ingest.cast import numbers
from assets.ingest.deliveries import Deliveries, Delivery, attempt
from assets.ingest.expected_days import judged
from assets.ingest.parse_cache import ParsedDelivery
from assets.ingest.undated import quarantine_without_day
from assets.private_failures import reported
from assets.readers import read as formats
from assets.readers.rows import Watch
from quality.contract.layout import Layout
from quality.contract.model import Contract
from warehouse import landing
from warehouse.failpoint import failpoint
from warehouse.ledger import ledger

if TYPE_CHECKING:
    from assets.ingest.fetch import Fetched  # which reads ahead

_AT_A_TIME = 3  # deliveries parsed at once, each in memory whole: with two, two cores idle a fifth of the time


def read_new(
    run: RunContext, contract: Contract, fetched: Fetched, again: Collection[str] = ()
) -> list[ParsedDelivery]:
    """Read what the ledger does not know yet: how many rows, their first and last day, what is unreadable.

    That is what was fetched now and, after a change of the contract, all that could be read under an earlier one; of
    the deliveries in `again` (SHA-256) also those that another version of the code has read.
    One attempt row for each. A delivery that cannot be read is a failure of its own (added to `fetched.failures`), in
    this run and in every run in which it is still delivered; the others go on. Returns those that could be read.
    Of two runs the second waits, and reads what the first has not.
    """
    with run.lease_of_feed(contract):
        return _read_new(run, contract, fetched, again)


def _read_new(run: RunContext, contract: Contract, fetched: Fetched, again: Collection[str]) -> list[ParsedDelivery]:
    deliveries = Deliveries.of(run, contract)
    if deliveries.standing.stops:  # what a contract that has ended left behind is not read under another one
        return []
    unread = deliveries.unread(fetched.landed.values())
    unread += deliveries.read_otherwise(again, parse_cache.reading_version())
    readable, attempts = [], []
    # which days can be expected is asked again: more of them have come since
    unread = [replace(delivery, day_min=None, day_max=None) for delivery in unread]
    for delivery, result in zip(unread, _parsed(run, contract, unread), strict=True):
        found = result if isinstance(result, FeedFailure) else judged(run, contract, result)
        if isinstance(found, FeedFailure):
            failure = reported(contract, found, delivery.label)
            fetched.failures.append(failure)
            attempts.append(attempt(run, contract, status="failed", failure=failure, **delivery.columns()))
        else:
            parsed, sentence = found
            readable.append(parsed)
            attempts.append(parsed_attempt(run, contract, parsed) | {"detail": sentence})
    quarantine_without_day(run, contract, readable)
    failpoint("ingest.read")
    ledger.append(run.home, "attempt", attempts)
    return readable


def read_all(run: RunContext, contract: Contract, deliveries: Sequence[Delivery]) -> dict[str, ParsedDelivery]:
    """These deliveries as parsed, by SHA-256. Raises the FeedFailure of the first that cannot be read."""
    parsed = {}
    for delivery, result in zip(deliveries, _parsed(run, contract, deliveries), strict=True):
        if isinstance(result, FeedFailure):
            raise result
        parsed[delivery.sha256] = result
    return parsed


def _parsed(
    run: RunContext, contract: Contract, deliveries: Sequence[Delivery]
) -> Iterator[ParsedDelivery | FeedFailure]:
    """Each delivery as parsed, or why it cannot be; in their order, some at a time."""
    # half of the work is unpacking and checking text, which Python does on one core
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        yield from pool.map(lambda delivery: _parse_once(run, contract, delivery), deliveries)


def _parse_once(run: RunContext, contract: Contract, delivery: Delivery) -> ParsedDelivery | FeedFailure:
    known = parse_cache.cached(run.home, run.city.name, contract, delivery)
    if known is not None:
        return known
    try:
        return parsed_from(run, contract, delivery, landed_bytes(run, contract, delivery))[0]
    except FeedFailure as failure:
        return reported(contract, failure, delivery.label)


def read_ahead(
    run: RunContext, contract: Contract, delivery: Delivery, content: bytes, members: list[formats.RawRows]
) -> None:
    """Type the rows of a delivery that landed just now, so that `read_new` need not unpack and verify it again.

    What cannot be read is left to `read_new`, which tries it from the landing area and says why.
    """
    with contextlib.suppress(Exception):
        if parse_cache.cached(run.home, run.city.name, contract, delivery) is None:
            parsed_from(run, contract, delivery, content, members)


def parsed_from(
    run: RunContext,
    contract: Contract,
    delivery: Delivery,
    content: bytes,
    members: list[formats.RawRows] | None = None,
) -> tuple[ParsedDelivery, list[formats.RawRows]]:
    """One delivery as parsed from its bytes, stored in the home, and the rows of text that it was made from.
    `members` are these rows where they have been read.

    Raises FeedFailure when it cannot be read.
    """
    read = functools.partial(rows_of_delivery, contract, delivery, content, pulled=delivery.asked_at is not None)
    members = read() if members is None else members
    frames = parse.parse(contract, delivery.label, delivery.sha256, members, lambda: read(as_text=True))
    return parse_cache.store(run.home, run.city.name, contract, delivery, frames), members


def landed_bytes(run: RunContext, contract: Contract, delivery: Delivery) -> bytes:
    """The bytes of a delivery as they landed. Raises PermanentFailure where they are lost or damaged."""
    path = landing.find(run.home, run.city.name, contract.name, delivery.sha256)
    if path is None:
        hint = "have it delivered again; landing is never emptied"
        raise PermanentFailure("LANDING-LOST", f"landed object {delivery.sha256} is gone", delivery.label, hint)
    try:
        return landing.read_bytes(path)
    except landing.DamagedError as error:
        hint = "restore it from a backup, or have it delivered again after removing it"
        raise PermanentFailure("LANDING-DAMAGED", str(error), delivery.label, hint) from error


def rows_of_delivery(
    contract: Contract,
    delivery: Delivery,
    content: bytes,
    *,
    pulled: bool,
    as_text: bool = False,
    watch: Watch | None = None,
) -> list[formats.RawRows]:
    """The rows of one delivery as text: a file of the drop folder, or the pages of a pull. Plain numbers of a file
    may come as numbers, unless all is wanted `as_text`.

    A file under `layout: {kind: reply}` is a service's reply that somebody saved. `watch` sees all that was read.
    """
    connector = contract.connector
    assert connector is not None
    if pulled or (connector.files is not None and connector.files.layout.kind == "reply"):
        answered = None if delivery.asked_day is None else connector.service(delivery.asked_day)
        service = answered or connector.services[-1]
        return archive.read_pages(delivery.label, content, service, _missing(contract, service.layout), watch)
    assert connector.files is not None
    at_once = () if as_text else numbers(contract)
    layout = connector.files.layout
    return formats.read_rows(delivery.label, content, layout, at_once, _missing(contract, layout), watch)


def _missing(contract: Contract, layout: Layout) -> set[str]:
    """Texts that stand for no value in the sums of a layout: those of the columns that read them."""
    sums = {*layout.sum, *(() if layout.unpivot is None else (layout.unpivot.value_name,))}
    return {text for column in contract.columns if sums & {*column.spec.sources} for text in column.spec.sentinels}


def parsed_attempt(run: RunContext, contract: Contract, parsed: ParsedDelivery) -> dict[str, object]:
    """The row of ledger.attempt that says that a delivery was read, and what was found in it."""
    return attempt(
        run,
        contract,
        status="parsed",
        **parsed.delivery.columns(),
        day_min=parsed.delivery.day_min,
        day_max=parsed.delivery.day_max,
        rows_read=parsed.rows_read,
        rows_undated=parsed.undated_rows,
        rows_blank=parsed.blank_rows,
        rows_outside=parsed.rows_outside,
        guesses=list(parsed.guesses),
        units=list(parsed.units),
        read_by=parse_cache.reading_version(),
        cells_normalised=parsed.cells_normalised,
    )
