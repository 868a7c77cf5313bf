"""Rows that came and that the night does not use: of days before those that it looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from assets.context import RunContext
from assets.ingest.deliveries import Delivery, attempt
from assets.ingest.parse_cache import ParsedDelivery
from assets.suggested import suggested
from quality.contract.model import Contract
from quality.disclosure import OwnWords
from warehouse.ledger import ledger


def note_not_due(
    run: RunContext,
    contract: Contract,
    window: Sequence[date],
    earlier: Mapping[str, Delivery],
    read: Sequence[ParsedDelivery],
) -> None:
    """After what came in this night was read: one row of ledger.attempt if it has rows of days before `window`.

    `window` are the days that a night looks after, `earlier` the deliveries that were read before, by SHA-256: what is
    only read again, under another contract, is nothing new. Of a sender who sends all again each time those days came
    before: nothing is said of them, unless a delivery has no other row.
    """
    if contract.reference_since is not None:
        return
    old, names = Counter[date](), []
    for parsed in read:
        of_delivery = {} if parsed.delivery.sha256 in earlier else _old_days(parsed, window[0], earlier.values())
        if of_delivery:
            old.update(of_delivery)
            names.append(parsed.delivery.name)
    if not old:
        return
    row = attempt(run, contract, status="not_due", rows_read=old.total(), detail=_sentence(run, contract, old))
    name = names[0] if len(names) == 1 else f"{len(names):,} deliveries"
    ledger.append(run.home, "attempt", [row | {"delivery": name, "day_min": min(old), "day_max": max(old)}])


def _old_days(parsed: ParsedDelivery, first: date, earlier: Iterable[Delivery]) -> Mapping[date, int]:
    """Rows of each day before the first one that a night looks after, as far as that is worth a word."""
    inside = {day: rows for day, rows in parsed.days.items() if parsed.delivery.reaches(day)}
    old = {day: rows for day, rows in inside.items() if day < first}
    if len(old) == len(inside):
        return old
    return {day: rows for day, rows in old.items() if not any(one.reaches(day) for one in earlier)}


def _sentence(run: RunContext, contract: Contract, old: Counter[date]) -> str:
    rows, first, last = f"{old.total():,} row{'s' * (old.total() != 1)}", min(old), max(old)
    if contract.private:  # a day may be somebody's birthday
        command = _backfill(run, "DAY", "DAY")
        return OwnWords(f"{rows} of days before those a night looks at: run {command}, or correct wrong days")
    days = f"{first}" if first == last else f"{len(old):,} days from {first} to {last}"
    command = _backfill(run, first, last)
    return f"{rows} of {days}, before the days a night looks at: run {command}, or correct wrong days"


def _backfill(run: RunContext, first: object, last: object) -> str:
    """The drop folder and the home of this run: whoever reads it in the ledger may be in any folder."""
    words = ("backfill", "--city", run.city.name, "--from", first, "--to", last)
    drop = run.drop if run.source == "files" else None  # that of the simulated city goes with the command
    return f"`{suggested(*words, source=run.source, drop=drop, home=run.home.root)}`"
