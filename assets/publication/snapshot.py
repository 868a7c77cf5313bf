"""What is live in the lake when publishing begins: one look for all tables of a city, proven by the gate's verdicts.

Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.derive import derive
from assets.pack.city import City
from quality.contract.model import Contract
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger


class Refused(Exception):
    """What is to be published is not fit. What was published before stays."""


@dataclass(frozen=True)
class Live:
    """The batches of a city that are live: for each layer and table, by day."""

    home: Home
    city: City
    batches: Mapping[tuple[str, str], Mapping[date, str]]

    def on(self, layer: str, day: date) -> list[tuple[str, str]]:
        """Table and batch of a day, for each table of a layer that has it."""
        return [(name, days[day]) for (where, name), days in self.batches.items() if where == layer and day in days]

    def read(self, contract: Contract, days: Collection[date]) -> pl.LazyFrame:
        own = self.batches[contract.layer, contract.name]
        table = self.home.table(self.city.name, contract.layer, contract.name)
        return lake.read(table, contract.schema, [day for day in days if day in own])


def look(home: Home, cities: Sequence[City]) -> list[Live]:
    """Raises Refused when a live batch has no verdict that opened the gate for exactly this batch."""
    opened = ledger.read(home, "verdict").filter(pl.col("verdict").is_in(["PASS", "WARN"]))
    known = set(opened.select("batch_id").unique().collect().to_series())
    found = []
    for city in cities:
        tables = [*city.contracts.values(), *(t.contract for t in derive.tables(city))]
        batches = {(c.layer, c.name): lake.live_batches(home.table(city.name, c.layer, c.name)) for c in tables}
        for (layer, name), days in batches.items():
            for day, batch in days.items():
                if batch not in known:
                    raise Refused(
                        f"{city.name}/{layer}/{name} {day}: batch {batch} is live but no verdict let it in. "
                        "Somebody wrote to the lake past the gate; see docs/runbook.md, 'A batch without a verdict'."
                    )
        found.append(Live(home, city, batches))
    return found
