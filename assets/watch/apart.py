"""How far two readings of one quantity are from each other: as a ratio, or as a difference.

Concentrations differ by a ratio, temperatures and levels of sound by a difference: half of 4 degrees says nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from quality.contract.watch import ColumnWatch, Scale

PLUS = 1.0  # is added to both sides of a ratio: at readings near zero a ratio of two noises would say anything


@dataclass(frozen=True)
class Apart:
    """When two readings are apart: by the share `share` (0.3: outside 0.7 to 1.3) and by `units` at once.

    On the scale of differences `units` alone counts. Where `units` is 0 a ratio alone is enough.
    """

    scale: Scale = "ratio"
    share: float = 0.3
    units: float = 0.0

    @classmethod
    def of(cls, watch: ColumnWatch) -> Apart:
        """As a model says of a column."""
        return cls(watch.scale, watch.share, watch.units)

    @property
    def log_bounds(self) -> tuple[float, float]:
        """The logarithms within which a ratio is near enough."""
        return math.log(1 - self.share), math.log(1 + self.share)

    def beyond(self, log_ratio: pl.Expr, difference: pl.Expr) -> pl.Expr:
        """Whether medians of the log ratio and of the difference are apart; null where one of them is."""
        far = difference.abs() > self.units
        return far if self.scale == "difference" else ~log_ratio.is_between(*self.log_bounds) & far


def log_ratio(own: pl.Expr, other: pl.Expr) -> pl.Expr:
    """ln((own + 1) / (other + 1)); null where one of them is -1 or less, which no concentration is."""
    both = (own > -PLUS) & (other > -PLUS)
    return pl.when(both).then(((own + PLUS) / (other + PLUS)).log())
