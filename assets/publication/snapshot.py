"""What is live in the lake when publishing begins: read once for all tables of a city, proven by the gate's verdicts.

Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.derive.tables import derived_tables
from assets.pack.city import City
from assets.publication.gate import PublicationRefused
from quality.contract.model import Contract
from quality.verdict import OPEN
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger


@dataclass(frozen=True)
class Snapshot:
    """The batches of a city that are live: for each layer and table, by day."""

    home: Home
    city: City
    batches: Mapping[tuple[str, str], Mapping[date, str]]

    def batches_on(self, layer: str, day: date) -> list[tuple[str, str]]:
        """Table and batch of a day, for each table of a layer that has it."""
        return [(table, days[day]) for (held, table), days in self.batches.items() if held == layer and day in days]

    def read(self, contract: Contract, days: Collection[date]) -> pl.LazyFrame:
        """The live rows of a table on those of `days` that it has."""
        live = self.batches[contract.layer, contract.name]
        table = self.home.table(self.city.name, contract.layer, contract.name)
        return lake.scan(table, contract.schema, [day for day in days if day in live])


def load_snapshot(home: Home, city: City) -> Snapshot:
    """Raises PublicationRefused when a live batch has no verdict that opened the gate for exactly this batch."""
    opened = ledger.read(home, "verdict").filter(pl.col("city") == city.name, pl.col("verdict").is_in(OPEN))
    admitted = set(opened.select("batch_id").unique().collect().to_series())
    contracts = [*city.contracts.values(), *(table.contract for table in derived_tables(city))]
    batches = {(c.layer, c.name): lake.live_batches(home.table(city.name, c.layer, c.name)) for c in contracts}
    for (layer, name), days in batches.items():
        for day, batch in days.items():
            if batch not in admitted:
                raise PublicationRefused(
                    f"{city.name}/{layer}/{name} {day}: batch {batch} is live but no verdict admitted it. "
                    "Somebody wrote to the lake past the gate; see docs/runbook.md, 'A batch without a verdict'."
                )
    return Snapshot(home, city, batches)
