"""The batches of one feed: from which deliveries each day is made, and which days were judged before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import cast

from assets.context import RunContext
from assets.ingest.deliveries import Deliveries, Delivery
from assets.ingest.parse_cache import parsed_days
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.outcome import Outcome
from warehouse.ledger import ledger


@dataclass(frozen=True)
class Batches:
    """The batches of a feed for some days. A batch is settled when the gate has judged it from the same inputs."""

    deliveries: Deliveries
    missing: Sequence[date]  # days for which nothing was delivered, or no row as far as is known
    settled: Mapping[date, Outcome]
    pending: Mapping[date, Inputs]

    @classmethod
    def of(cls, run: RunContext, contract: Contract, days: Sequence[date]) -> Batches:
        """A reference feed has one batch, whatever days are asked for."""
        if contract.reference_since is not None:
            days = [contract.reference_since]
        deliveries = Deliveries.of(run, contract)
        inputs = deliveries.inputs(days)
        settled = run.gate(contract).settled(inputs)
        pending = {day: made_from for day, made_from in inputs.items() if day not in settled}
        empty = _without_rows(run, deliveries, pending)
        return cls(
            deliveries,
            missing=[day for day in days if day not in inputs or day in empty],
            settled=settled,
            pending={day: made_from for day, made_from in pending.items() if day not in empty},
        )

    @property
    def pending_deliveries(self) -> list[Delivery]:
        """What has to be read for the pending days, in the order in which they count."""
        hashes = {sha256 for inputs in self.pending.values() for sha256 in inputs.deliveries}
        return [delivery for sha256, delivery in self.deliveries.readable.items() if sha256 in hashes]


def _without_rows(run: RunContext, deliveries: Deliveries, pending: Mapping[date, Inputs]) -> set[date]:
    """The days that deliveries reach over and of which none of them has a row, as far as is known: no batch is made of
    such a day, and no run would settle it."""
    contract, readable = deliveries.contract, deliveries.readable

    @cache
    def days_of(sha256: str) -> set[date] | None:
        delivery = readable[sha256]
        if delivery.day_min == delivery.day_max:  # it has rows of its one day, or could not be read
            return None
        return parsed_days(run.home, run.city.name, contract, sha256)

    def is_empty(day: date, inputs: Inputs) -> bool:
        known = [days_of(sha256) for sha256 in inputs.deliveries]
        return all(days is not None and day not in days for days in known)

    return {day for day, inputs in pending.items() if is_empty(day, inputs)}


def first_day(run: RunContext, contract: Contract) -> date | None:
    """The first day for which this feed has a batch."""
    days = ledger.rows_about(run.home, "batch", run.city.name, "core", contract.name)["day"]
    return cast("date | None", days.min())
