"""The rows of one delivery that count for the days at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from assets.ingest.fine import FineRows
from assets.ingest.parse_cache import ParsedDelivery
from quality.inputs import Inputs


@dataclass(frozen=True)
class DeliveryRows:
    """Rows of one delivery, contract columns and `_sha256`, `_line`, and the values that could not be read in them.
    `fine`: those of its rows that are not in `rows`, as nothing about them is left to be decided."""

    name: str
    nights: tuple[datetime, datetime] | None  # in which it came first and last
    rows: pl.LazyFrame
    cells: pl.DataFrame
    fine: FineRows | None = None

    def whole(self) -> DeliveryRows:
        """The same with its fine rows among the others: a key of theirs is there again in another delivery."""
        if self.fine is None:
            return self
        names = self.rows.collect_schema().names()
        return replace(self, rows=pl.concat([self.fine.rows().lazy().select(names), self.rows]), fine=None)


def delivery_rows(deliveries: Iterable[ParsedDelivery], batches: Mapping[date, Inputs]) -> list[DeliveryRows]:
    """Of each delivery, the rows of the days whose batch it is an input of. In their order: the last one wins."""
    days_of, chosen = dict[str, set[date]](), []
    for day, inputs in batches.items():
        for sha256 in inputs.deliveries:
            days_of.setdefault(sha256, set()).add(day)
    for parsed in deliveries:
        if days := days_of.get(parsed.delivery.sha256):
            came = parsed.delivery.arrival
            name, nights = (came.name, (came.first_night, came.last_night)) if came else (parsed.delivery.name, None)
            fine = parsed.fine if parsed.fine is not None and parsed.fine.file.day in days else None
            chosen.append(DeliveryRows(name, nights, parsed.others(days), parsed.cells(days), fine))
    return chosen
