"""Rows of a delivery that belong to no day's batch, and how much they weigh on the days of its other rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from quality.fine_rows import FineFile


@dataclass(frozen=True)
class NoDay:
    """Rows of one delivery: `dated` with a day, whatever day it is; `undated` without one that can be read; `outside`,
    those dated ones that cannot be expected of it."""

    dated: int
    undated: int = 0
    outside: int = 0


class NoDayCounts:
    """Counts the rows that deliveries with such rows have on each day, as blocks of rows pass by.

    A delivery of which no row counts for a day, as later ones replaced them, does not weigh on it any more.
    """

    def __init__(self, deliveries: Mapping[str, NoDay]) -> None:
        self.deliveries, self.counting = deliveries, Counter[tuple[date, str]]()

    def add(self, rows: pl.DataFrame) -> None:
        """Rows that count, with `day` and `_sha256`."""
        if self.deliveries:
            found = rows.filter(pl.col("_sha256").is_in(list(self.deliveries))).group_by("day", "_sha256").len()
            self.counting.update({(day, sha256): n for day, sha256, n in found.iter_rows()})

    def add_fine(self, file: FineFile) -> None:
        """The same of rows that lie in a file."""
        if file.sha256 in self.deliveries:
            self.counting[file.day, file.sha256] += file.rows

    def share_undated(self, rows_read: Mapping[date, int]) -> dict[date, float]:
        """By day, which share of the rows has no readable day, 0..1. Undated rows are shared out among the days of
        their delivery as its dated rows are; `rows_read`: the rows of each day that count, of all deliveries."""
        undated = Counter[date]()
        for (day, sha256), rows in self.counting.items():
            of = self.deliveries[sha256]
            undated[day] += of.undated * rows / of.dated  # type: ignore[assignment] - a part of a row
        return {day: share / (rows_read[day] + share) for day, share in undated.items() if share}

    def rows_outside(self) -> dict[date, int]:
        """By day, the rows outside of the deliveries that count for it."""
        outside = Counter[date]()
        for day, sha256 in self.counting:
            outside[day] += self.deliveries[sha256].outside
        return dict(outside)
