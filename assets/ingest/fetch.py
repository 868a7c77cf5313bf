"""The first step of a feed: ask the drop folder or the service, and land what comes, byte by byte.

One attempt row for each delivery or pull, also for those that failed, and one for all files that nobody has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from assets.connectors import archive, files, folders, pull, secrets
from assets.context import RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest.deliveries import Deliveries, Delivery, attempt, pull_label, pull_name
from assets.ingest.land_files import is_barred, landed_files
from assets.ingest.not_read import files_not_read
from assets.ingest.own_work import night_delivered
from assets.ingest.personal import persons_in, refuse_persons
from assets.private_failures import reported
from assets.terms.standing import Standing, why_stopped
from quality.contract.connector import Files, Service
from quality.contract.model import Contract
from warehouse import landing
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger


@dataclass
class Fetched:
    """What a fetch brought: landed objects by SHA-256, and what could not be landed."""

    landed: dict[str, Delivery] = field(default_factory=dict)
    new: int = 0
    requests: int = 0
    size_bytes: int = 0
    failures: list[FeedFailure] = field(default_factory=list)

    def failed(self, contract: Contract, failure: FeedFailure, where: str) -> FeedFailure:
        """Add a failure as it may be reported; `where` names the file, or what a service was asked for. Returns it."""
        self.failures.append(reported(contract, failure, where))
        return self.failures[-1]


def fetch(run: RunContext, contract: Contract, days: Sequence[date]) -> Fetched:
    """Get what is there and land it. A drop folder is looked through whole; a service is asked for each of `days`.

    Of two runs the second waits, and knows what the first has landed. Raises PermanentFailure where nothing can be
    fetched at all.
    """
    with run.lease_of_feed(contract):
        return _fetch(run, contract, days)


def _fetch(run: RunContext, contract: Contract, days: Sequence[date]) -> Fetched:
    require_single_source_kind(run.home, run.city.name, run.source)
    failpoint("fetch.begun")
    connector, standing = contract.connector, Standing.of(run.home, run.city.name, contract, run.today)
    if standing.stops:
        row = attempt(run, contract, status="stopped", code="FEED-STOPPED", detail=why_stopped(standing))
        ledger.append(run.home, "attempt", [row])
        return Fetched()
    days = [day for day in days if not standing.bars(day)]
    if run.asks(contract):
        return _from_service(run, contract, days)
    if connector is None or connector.files is None:
        detail = f"{contract.name} comes from a service only: it is not fetched with --source files"
        ledger.append(run.home, "attempt", [attempt(run, contract, status="missing", detail=detail)])
        return Fetched()
    if connector.of_ledger:
        return _from_ledger(run, contract, days)
    if run.drop is None:
        hint = (
            "see docs/adding-a-city.md, Files of several cities"
            if run.no_drop
            else "use --from-dir, or set MADANG_DROP"
        )
        raise PermanentFailure("FEED-NO-SOURCE", run.no_drop or "no drop folder is given", contract.name, hint)
    return _from_files(run, contract, connector.files)


def require_single_source_kind(home: Home, city: str, source: str) -> None:
    """Simulated and real values must never stand side by side under one city's name. Raises PermanentFailure."""
    kinds = ledger.sources(home, city)
    if kinds and ("simulated" in kinds) != (source == "simulated"):
        what = f"holds {'/'.join(sorted(kinds))} data of {city}, and this run would add {source} data"
        hint = "give each its own --home, or choose the --source that is there"
        raise PermanentFailure("FEED-MIXED", what, str(home.root), hint)


def _from_files(run: RunContext, contract: Contract, source: Files) -> Fetched:
    fetched, attempts = Fetched(), []
    assert run.drop is not None
    root = run.drop / source.root
    if source.root != "." and not root.is_dir():  # nobody delivers national feeds here
        detail = f"{root} is not there: {contract.name} is delivered beside the city's folder"
        ledger.append(run.home, "attempt", [attempt(run, contract, status="missing", detail=detail)])
        return fetched
    deliveries = Deliveries.of(run, contract)
    landed_before, unchanged, idle, barred = deliveries.landed_before, deliveries.unchanged_files(), 0, 0
    try:
        collected = folders.deliveries_in(root, source, known=unchanged, languages=run.city.config.languages)
        for item, landed in landed_files(run, contract, collected, deliveries.barred):
            if is_barred(item, landed, unchanged, deliveries.barred):
                barred += 1
            elif isinstance(item, files.UnchangedFile):
                idle += 1
                delivery = Delivery(contract.name, item.name, unchanged.sha256(item.name))
                fetched.landed.setdefault(delivery.sha256, delivery)
            elif isinstance(item, files.RefusedFile):
                failure = fetched.failed(contract, item.failure, item.name)
                attempts.append(attempt(run, contract, delivery=item.name, status="failed", failure=failure))
            elif landed is not None:
                delivery = Delivery(contract.name, item.name, landed.sha256)
                row = _landed_attempt(run, contract, fetched, landed_before, delivery, landed)
                attempts.append(row | {"modified_at": item.received_at})
    except FeedFailure as broken:
        failure = fetched.failed(contract, broken, contract.name)
        attempts.append(attempt(run, contract, status="failed", failure=failure))
    if idle:  # one row for all: after 400 days of hourly files there would be 9,600 a night that say the same
        detail = f"{'a file is' if idle == 1 else f'{idle:,} files are'} unchanged since landing"
        attempts.append(attempt(run, contract, status="known", detail=detail))
    if barred:
        what = "a file is" if barred == 1 else f"{barred:,} files are"
        detail = f"{what} not taken: it was removed from the home, and its days may not come again"
        attempts.append(attempt(run, contract, status="barred", detail=detail))
    elif not fetched.landed and not fetched.failures:
        detail = f"nothing in {root} matches {list(source.paths)}"
        attempts.append(attempt(run, contract, status="missing", detail=detail))
    attempts += files_not_read(run, contract)
    ledger.append(run.home, "attempt", attempts)
    return fetched


def _from_ledger(run: RunContext, contract: Contract, days: Sequence[date]) -> Fetched:
    """What the home's own ledger says of its nights, landed as what anybody else delivers."""
    fetched, before, attempts = Fetched(), Deliveries.of(run, contract).landed_before, []
    for day, content in night_delivered(run, days):
        landed = landing.land(run.home, run.city.name, contract.name, run.today, content, {})
        delivery = Delivery(contract.name, f"{contract.name}/{day}.json", landed.sha256)
        row = _landed_attempt(run, contract, fetched, before, delivery, landed)
        attempts.append(row | {"modified_at": datetime.now(UTC)})
    if not attempts:
        detail = f"the ledger has no night of {days[-1] if days else 'these days'}: none was begun, or none has ended"
        attempts.append(attempt(run, contract, status="missing", detail=detail))
    ledger.append(run.home, "attempt", attempts)
    return fetched


def _from_service(run: RunContext, contract: Contract, days: Sequence[date]) -> Fetched:
    """One pull for each day, one after the other; a day that fails does not stop the next."""
    fetched = Fetched()
    connector = contract.connector
    services = connector.services if connector is not None else ()
    if not services:
        detail = f"{contract.name} is delivered as files only: it is not fetched from services"
        ledger.append(run.home, "attempt", [attempt(run, contract, status="missing", detail=detail)])
        return fetched
    deliveries = Deliveries.of(run, contract)
    for service, day in _pulls(services, days):
        row = _pull(run, contract, service, day, deliveries, fetched)
        ledger.append(run.home, "attempt", [row])
    return fetched


def _pulls(services: Sequence[Service], days: Sequence[date]) -> list[tuple[Service, date | None]]:
    """Which version of the service is asked for which day. A snapshot is asked once, for no day in particular."""
    if services[-1].snapshot:
        return [(services[-1], None)] if days else []
    return [(s, day) for day in days if (s := next((s for s in services if s.serves(day)), None)) is not None]


def _pull(
    run: RunContext,
    contract: Contract,
    service: Service,
    day: date | None,
    deliveries: Deliveries,
    fetched: Fetched,
) -> dict[str, Any]:
    """Ask a service for one day and land the answer. The row of ledger.attempt says what happened."""
    asked_at = datetime.now(UTC)
    asked = {"delivery": pull_name(contract.name, day, asked_at), "asked_day": day, "asked_at": asked_at}
    try:
        pulled = _pages(run, contract, service, day, asked_at, deliveries, fetched)
    except FeedFailure as refusal:
        failure = fetched.failed(contract, refusal, pull_label(contract.name, day))
        return attempt(run, contract, status="failed", failure=failure, requests=0, **asked)
    fetched.requests += pulled.requests
    asked["requests"] = pulled.requests
    if pulled.unchanged:
        detail = "the service says that nothing changed since the last pull"
        return attempt(run, contract, status="known", detail=detail, **asked)
    row: dict[str, Any] = {}
    if pulled.pages:
        content, headers = archive.pack(pulled.pages, run.zone)
        whole = pulled.failure is None and pulled.rows > 0
        asked_for = Delivery(contract.name, asked["delivery"], "", day, asked_at)
        personal = persons_in(run, contract, asked_for, content, whole=whole).found
        if personal is not None:
            failure = fetched.failed(
                contract, refuse_persons(run, contract, asked_for, content, personal), contract.name
            )
            return attempt(run, contract, status="failed", failure=failure, **asked)
        landed = landing.land(run.home, run.city.name, contract.name, run.today, content, headers)
        if whole:
            delivery = replace(asked_for, sha256=landed.sha256)
            row = _landed_attempt(run, contract, fetched, deliveries.landed_before, delivery, landed)
            return row | {"requests": pulled.requests} | _noted(contract, pulled.notes)
        row = {"sha256": landed.sha256, "size_bytes": landed.size_bytes}  # kept as evidence, but it is no delivery
    if pulled.failure is not None:
        failure = fetched.failed(contract, pulled.failure, pull_label(contract.name, day))
        return attempt(run, contract, status="failed", failure=failure, **asked) | row
    return attempt(run, contract, status="empty", detail=f"the service has no data for {day or 'now'}", **asked) | row


def _noted(contract: Contract, notes: Sequence[str]) -> dict[str, str]:
    """What is odd about a pull that is whole. A note may name ids: of a private feed it is only counted."""
    if not notes:
        return {}
    said = (
        f"{len(notes)} notes on the replies, not shown: the feed is private" if contract.private else "; ".join(notes)
    )
    return {"detail": said}


def _pages(
    run: RunContext,
    contract: Contract,
    service: Service,
    day: date | None,
    asked_at: datetime,
    deliveries: Deliveries,
    fetched: Fetched,
) -> pull.PullResult:
    """All pages of one pull. Raises PermanentFailure where it cannot be asked at all: no key, no address."""
    keys = (
        secrets.simulated(service.secrets)
        if run.source == "simulated"
        else secrets.from_environment(service.secrets, pull_label(contract.name, day))
    )
    budget = None
    if service.per_day is not None:
        budget = max(0, service.per_day - deliveries.requests_on(asked_at.date()) - fetched.requests)
    from assets.connectors.http import Client  # httpx brings its command line: 0.1 s of each start

    client = Client(
        service,
        run.service_address(contract, service),
        keys,
        budget=budget,
        ends=run.deadline,
        paced=run.source != "simulated",
        at_request=lambda: run.at_request(contract.name),
        spill_folder=run.home.root,
    )
    with client:
        return pull.pull(client, service, day, deliveries.last_headers() if service.snapshot else {}, run.zone)


def _landed_attempt(
    run: RunContext,
    contract: Contract,
    fetched: Fetched,
    landed_before: set[str],
    delivery: Delivery,
    landed: landing.Landed,
) -> dict[str, Any]:
    status = "known" if landed.sha256 in landed_before else "landed"
    if landed.sha256 in fetched.landed:
        status = "duplicate"
    else:
        fetched.landed[landed.sha256] = delivery
        fetched.new += status == "landed"
    fetched.size_bytes += landed.size_bytes
    failpoint("fetch.landed")
    return attempt(run, contract, status=status, size_bytes=landed.size_bytes, **delivery.columns())
