"""The batches of one feed: from which deliveries each day is made, and which days were judged before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.ingest.deliveries import Deliveries, Delivery
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.outcome import Outcome
from warehouse.ledger import ledger


@dataclass(frozen=True)
class Batches:
    """The batches of a feed for some days. A batch is settled when the gate has judged it from the same inputs."""

    deliveries: Deliveries
    missing: Sequence[date]  # days for which nothing was delivered
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
        return cls(
            deliveries,
            missing=[day for day in days if day not in inputs],
            settled=settled,
            pending={day: made_from for day, made_from in inputs.items() if day not in settled},
        )

    @property
    def pending_deliveries(self) -> list[Delivery]:
        """What has to be read for the pending days, in the order in which they count."""
        hashes = {sha256 for inputs in self.pending.values() for sha256 in inputs.deliveries}
        return [delivery for sha256, delivery in self.deliveries.readable.items() if sha256 in hashes]


def first_day(run: RunContext, contract: Contract) -> date | None:
    """The first day for which this feed has a batch."""
    batches = ledger.read(run.home, "batch").filter(
        pl.col("city") == run.city.name, pl.col("layer") == "core", pl.col("table_name") == contract.name
    )
    return batches.select(pl.col("day").min()).collect().item()
