"""The way of one feed from landed bytes to audited core rows. Fetching is a step of its own, before this one.

What is known of deliveries stands in the landing area and in `ledger.attempt`, not in the drop folder: a partner may
empty the folder, and a correction may arrive weeks later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assets.context import RunContext
from assets.crashes import judged_or_error
from assets.ingest import parse_cache
from assets.ingest.batches import Batches
from assets.ingest.deduplicate import deduplicate
from assets.ingest.delivered import delivery_rows
from assets.ingest.parse_cache import ParsedDelivery
from assets.ingest.read import read_all
from assets.pieces import in_pieces
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.outcome import Outcome
from quality.staging import IncomingRows


@dataclass
class Report:
    """The result for the days of a table: outcomes of its batches, and days without data."""

    outcomes: list[Outcome] = field(default_factory=list)
    missing: list[date] = field(default_factory=list)

    @property
    def open_days(self) -> list[date]:
        """Days whose batch the gate admitted."""
        return [o.day for o in self.outcomes if o.verdict.open]

    @property
    def closed(self) -> list[Outcome]:
        """Outcomes of the batches that the gate held back."""
        return [o for o in self.outcomes if not o.verdict.open]


def ingest(run: RunContext, contract: Contract, days: Sequence[date]) -> Report:
    """The audited core rows of these days, made from what has landed. A settled day costs a look into the ledger.

    A day whose deliveries cannot be read again, or that cannot be judged, gets the verdict ERROR.
    """
    batches = Batches.of(run, contract, days)
    if not batches.pending:
        return Report(sorted(batches.settled.values(), key=lambda outcome: outcome.day), sorted(batches.missing))
    with run.gate(contract).lease({*days, *batches.pending}):  # a register has a day of its own
        return _ingest(run, contract, sorted({*days, *batches.pending}))


def _ingest(run: RunContext, contract: Contract, days: Sequence[date]) -> Report:
    """The same, alone with these days: another run may have judged them since somebody looked."""
    batches, gate = Batches.of(run, contract, days), run.gate(contract)
    outcomes = list(batches.settled.values())

    def admitted(pending: Mapping[date, Inputs]) -> list[Outcome]:
        parsed = read_all(run, contract, replace(batches, pending=pending).pending_deliveries)
        incoming, todo = incoming_rows(contract, parsed, pending)
        made = gate.admit(incoming, todo) if todo else []
        parse_cache.forget_settled(parsed.values(), {*batches.settled, *todo})
        return made

    outcomes += judged_or_error(gate, batches.pending, admitted)
    empty = batches.pending.keys() - {outcome.day for outcome in outcomes}
    return Report(sorted(outcomes, key=lambda outcome: outcome.day), sorted({*batches.missing, *empty}))


def incoming_rows(
    contract: Contract, parsed: Mapping[str, ParsedDelivery], wanted: Mapping[date, Inputs]
) -> tuple[IncomingRows, dict[date, Inputs]]:
    """The rows of the days `wanted`, of which each key is there once, and those of these days that have rows.

    `parsed`: deliveries by SHA-256, in the order in which they count. Nothing is read before the rows are asked for.
    """
    # a delivery may span a day and yet have no row for it: bicycles between two half-year files
    rows_read = {day: sum(parsed[s].days.get(day, 0) for s in i.deliveries) for day, i in wanted.items()}
    todo = {day: inputs for day, inputs in wanted.items() if rows_read[day]}
    no_day = {sha256: found for sha256, one in parsed.items() if (found := one.no_day) is not None}
    blocks = (
        block
        for days in in_pieces({day: [day] for day in sorted(todo)}, rows_read)
        for block in deduplicate(contract, delivery_rows(parsed.values(), {day: todo[day] for day in days}))
    )
    return IncomingRows(blocks, rows_read, no_day), todo
