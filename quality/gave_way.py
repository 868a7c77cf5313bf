"""How many rows gave way to another row of their key, by reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GaveWay:
    """Rows that do not count because another row of their key does. Counts of rows."""

    replaced: int = 0  # by a later delivery, or by a greater value of the declared correction column
    repeated: int = 0  # the same line again in one delivery
    contradicted: int = 0  # the same key with other values in one delivery; with `combine: sum` its parts

    @property
    def total(self) -> int:
        """All of them."""
        return self.replaced + self.repeated + self.contradicted

    def __add__(self, other: GaveWay) -> GaveWay:
        return GaveWay(
            self.replaced + other.replaced, self.repeated + other.repeated, self.contradicted + other.contradicted
        )

    def columns(self) -> dict[str, int]:
        """The counts as ledger.batch has them."""
        return {
            "rows_replaced": self.replaced,
            "rows_repeated": self.repeated,
            "rows_contradicted": self.contradicted,
        }
