"""Rows that came and that no run works on: of days that are over and were not asked for, or were made before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from assets.context import RunContext
from assets.ingest.deliveries import Delivery, attempt
from assets.ingest.parse_cache import ParsedDelivery
from quality.contract.model import Contract
from quality.disclosure import OwnWords
from warehouse.ledger import ledger


def note_not_due(
    run: RunContext,
    contract: Contract,
    window: Sequence[date],
    earlier: Sequence[Delivery],
    read: Sequence[ParsedDelivery],
) -> None:
    """After what came in this night was read: a row of ledger.attempt for each delivery with rows before `window`.

    `window` are the days that a night looks after, `earlier` the deliveries that were known before. Of a sender who
    sends all again each time those days came before: nothing is said of them, unless a delivery has no other row.
    """
    if contract.reference_since is not None:
        return
    rows = []
    for parsed in read:
        delivery = parsed.delivery
        of_delivery = {day: count for day, count in parsed.days.items() if delivery.reaches(day)}
        old = Counter({day: count for day, count in of_delivery.items() if day < window[0]})
        if len(old) < len(of_delivery):
            old = Counter({day: n for day, n in old.items() if not any(one.reaches(day) for one in earlier)})
        if old:
            first, last = min(old), max(old)
            detail = _sentence(run, contract, old.total(), first, last)
            row = attempt(run, contract, status="not_due", rows_read=old.total(), detail=detail, **delivery.columns())
            rows.append(row | {"day_min": first, "day_max": last})
    ledger.append(run.home, "attempt", rows)


def _sentence(run: RunContext, contract: Contract, rows: int, first: date, last: date) -> str:
    days = f"{first}" if first == last else f"{first} to {last}"
    command = f"`madang backfill --city {run.city.name} --from {first} --to {last}`"
    said = f"{'1 row is' if rows == 1 else f'{rows:,} rows are'} of days that no night works on any more"
    if contract.private:  # a day may be somebody's birthday
        return OwnWords(f"{said}: run `madang backfill` for them, or have the days corrected")
    return f"{said}, {days}: {command} works on them; if the days are wrong, have them corrected"
