"""How many rows gave way to another row of their key, by reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# deliveries that came in the same night and contradict each other: which of them counts, on how many keys
CONFLICTS = {"day": pl.Date, "delivery": pl.String, "contradicts": pl.String, "keys": pl.Int64}

# keys that are there again in one delivery with other values: the lines of the first such row and of the one that
# counts, and of some of them the key and both rows' other values as people read them
CONTRADICTIONS = {
    "day": pl.Date,
    "line": pl.Int64,
    "counts_line": pl.Int64,
    "key": pl.String,
    "values": pl.String,
    "counts_values": pl.String,
}
CONTRADICTIONS_SHOWN = 3  # of a day


@dataclass(frozen=True)
class GaveWay:
    """Rows that do not count because another row of their key does. Counts of rows."""

    replaced: int = 0  # by a later delivery, or by a greater value of the declared correction column
    repeated: int = 0  # the same line again in one delivery
    contradicted: int = 0  # the same key with other values in one delivery
    merged: int = 0  # parts of a key in one delivery that were added up, as the contract declares

    @property
    def total(self) -> int:
        """All of them."""
        return self.replaced + self.repeated + self.contradicted + self.merged

    def __add__(self, other: GaveWay) -> GaveWay:
        return GaveWay(
            self.replaced + other.replaced,
            self.repeated + other.repeated,
            self.contradicted + other.contradicted,
            self.merged + other.merged,
        )

    def columns(self) -> dict[str, int]:
        """The counts as ledger.batch has them: parts that were added up are among those contradicted."""
        return {
            "rows_replaced": self.replaced,
            "rows_repeated": self.repeated,
            "rows_contradicted": self.contradicted + self.merged,
        }
