"""Places whose values do not count on a day, as the watch flags them. They are expected nevertheless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from assets.metrics.evaluate.aggregates import DAY

PLACE, NETWORK, COUNTS = "place", "network", "_counts"
FLAGGED = pl.Schema({NETWORK: pl.String, PLACE: pl.String, DAY: pl.Date, COUNTS: pl.Boolean})


@dataclass(frozen=True, eq=False)
class PlaceFlags:
    """Whether the values of a place count on a day. rows: FLAGGED, each place once; otherwise: of those it lacks."""

    rows: pl.DataFrame
    otherwise: bool

    def of(self, network: str) -> pl.DataFrame | None:
        """place, day, _counts of one network; None: all of its values count."""
        own = self.rows.filter(pl.col(NETWORK) == network).drop(NETWORK)
        return None if self.otherwise and own.is_empty() else own

    def nulled(self, rows: pl.LazyFrame, network: str, values: Mapping[str, str]) -> pl.LazyFrame:
        """The rows, of which the columns `values` are null at places that do not count on the day; under the name that
        each has there, 1 where that took a value away, else 0: a silent place is flagged as well, and is not the cause.
        """
        own = self.of(network)
        if own is None:
            return rows.with_columns(pl.lit(0, pl.Int64).alias(name) for name in values.values())
        counts = pl.col(COUNTS).fill_null(self.otherwise)
        joined = rows.join(own.lazy(), on=[PLACE, DAY], how="left")
        nulled = [pl.when(counts).then(name).alias(name) for name in values]
        taken = [(~counts & pl.col(value).is_not_null()).cast(pl.Int64).alias(name) for value, name in values.items()]
        return joined.with_columns(*nulled, *taken).drop(COUNTS)
