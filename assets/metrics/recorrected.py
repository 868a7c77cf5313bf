"""Which metrics read a column that its provider corrects: their values say so while the correction is another one.

Whether it is says `mart.correction_change`. Nothing is absent for it: which correction was right nobody knows here.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from assets.metrics.entry import Entry
from assets.metrics.evaluate.witnessed import VERDICTS
from assets.metrics.fed_marts import FedMart, tables_with
from assets.metrics.measured import reason
from assets.metrics.sources import expressions_of, sources_of
from assets.metrics.sql import names_in
from assets.pack.city import City

CHANGES = "correction_change"  # the mart that says it


@dataclass(frozen=True)
class Recorrected:
    """What of a mart the values of an entry say."""

    mart: FedMart  # CHANGES
    columns: tuple[tuple[str, str], ...]  # feed and column
    city: str  # the area that is the whole

    def verdicts(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """VERDICTS of the mart's rows: of the city as a whole, with the column that changed first."""
        columns = pl.LazyFrame(self.columns, schema={"feed": pl.String, "quantity": pl.String}, orient="row")
        changed = rows.filter(pl.col("changed") == 1).join(columns, on=["feed", "quantity"], how="semi")
        first = changed.sort("day", "since", "feed", "quantity").unique("day", keep="first", maintain_order=True)
        said = reason("correction_changed", pl.col("quantity"), pl.col("since").cast(pl.String))
        found = first.select("day", area=pl.lit(self.city), blocks=pl.lit(value=False), said=said)
        return found.select(pl.col(name).cast(dtype) for name, dtype in VERDICTS.items()).collect()


def recorrected_below(entry: Entry, city: City) -> tuple[Recorrected, ...]:
    """What values of an entry may have to say in this city, one for each table that says it; none: it reads no column
    that a provider corrects."""
    if entry.observes is None:
        return ()
    read = {name for text in expressions_of(entry) for name in names_in(text)}
    columns = tuple((feed.name, name) for feed in sources_of(entry, city) for name in feed.corrections if name in read)
    of_each = tables_with(CHANGES, tuple(dict.fromkeys(name for _, name in columns)), city)
    return tuple(
        Recorrected(mart, tuple(one for one in columns if one[1] in own), city.config.area) for mart, own in of_each
    )
