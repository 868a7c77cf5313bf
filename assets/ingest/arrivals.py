"""In which order the deliveries of a feed count: the later arrival wins, whatever its name, bytes, size or days.

An *arrival* is a delivery that came, as the ledger's attempts tell: every answer of a service, and every file that is
new under its name, or was changed or overwritten since it was last seen. A file that lies untouched does not arrive,
and one that is gone stays delivered. What arrived in different nights is ordered by night. What arrived in one night is
ordered by the time its sender changed it (for a service: when it was asked), then by its last day, then by its name.

Files that were only touched keep their earlier order among themselves: they have the bytes that were last seen under
their name, and another time. A folder that was copied without its times is still the same folder. They take the places
in the night that their new times give them, in the old order. A file that was overwritten, also with bytes that came
before, arrives by its own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np
import polars as pl

LANDED = ("landed", "known", "duplicate")  # statuses of an attempt that brought bytes


@dataclass(frozen=True)
class Arrival:
    """When a delivery came. `name` is the one under which it came last; a night is named by its first attempt, UTC."""

    name: str
    first_night: datetime
    last_night: datetime


@dataclass(frozen=True)
class Arrivals:
    """All arrivals of one feed from one source. `rows`: one for each, in the order of nights and times."""

    rows: pl.DataFrame

    @classmethod
    def of(cls, attempts: pl.DataFrame) -> Arrivals:
        """From the feed's rows of ledger.attempt, in order of time. Any number of nights costs a few passes."""
        rows = attempts.lazy()
        seen = rows.filter(pl.col("status").is_in(LANDED), pl.col("sha256").is_not_null())
        changed = pl.any_horizontal(
            pl.col(name).ne_missing(pl.col(name).shift(1).over("delivery")) for name in ("sha256", "modified_at")
        )
        same = pl.col("sha256").eq_missing(pl.col("sha256").shift(1).over("delivery"))
        touched = (pl.col("asked_at").is_null() & same).alias("touched")
        came = seen.with_columns(touched, changed.alias("changed")).filter(
            pl.col("asked_at").is_not_null() | pl.col("changed")
        )
        # as it was first read: another contract may find other days, and must not change the order
        parsed = rows.filter(status="parsed").unique("sha256", keep="first", maintain_order=True)
        arrived = came.select(
            "sha256",
            "delivery",
            "asked_day",
            "recorded_at",
            pl.col("recorded_at").min().over("run_id").alias("night"),
            pl.coalesce("asked_at", "modified_at").alias("changed_at"),
            pl.col("asked_at").is_null().alias("is_file"),
            "touched",
        ).join(parsed.select("sha256", "day_max"), on="sha256", how="left", maintain_order="left")
        order = ["night", "changed_at", "day_max", "delivery", "recorded_at"]
        return cls(arrived.sort(order, maintain_order=True).with_row_index("place").collect())

    @cached_property
    def by_sha256(self) -> Mapping[str, Arrival]:
        """Every object that came, by SHA-256 in the order in which they count: the last one wins."""
        each = self.rows.lazy().unique(["night", "sha256"], keep="last", maintain_order=True).with_row_index("row")
        nights = each.with_columns(
            pl.col("night").min().over("sha256").alias("first_night"),
            pl.col("row").shift(1).over("sha256").alias("before"),
        ).collect()
        if nights["touched"].any():
            nights = nights.with_columns(pl.Series("place", _places(nights)))
        last = nights.lazy().unique("sha256", keep="last", maintain_order=True).sort("place")
        found = last.select("sha256", "delivery", "first_night", "night").collect().iter_rows()
        return {sha256: Arrival(*when) for sha256, *when in found}

    def answers(self, readable: Mapping[str, object]) -> dict[date | None, str]:
        """SHA-256 of the newest answer for each day a service was asked for, among those that can be read."""
        asked = self.rows.lazy().filter(~pl.col("is_file"), pl.col("sha256").is_in(list(readable)))
        newest = asked.unique("asked_day", keep="last", maintain_order=True)
        return dict(newest.select("asked_day", "sha256").collect().iter_rows())


def _places(nights: pl.DataFrame) -> np.ndarray:
    """The place of each row: its own, but of files touched in one night in the order of their places before."""
    places, before = nights["place"].to_numpy().copy(), nights["before"].fill_null(0).to_numpy()
    for again in _touched(nights):
        order = np.argsort(places[before[again]])
        places[again[order]] = np.sort(places[again])
    return places


def _touched(nights: pl.DataFrame) -> Iterator[np.ndarray]:
    """Of each night in which several files were only touched: their rows. Nights are rare in which that happens."""
    again = nights.filter("touched", pl.col("before").is_not_null())
    for rows in again.group_by("night", maintain_order=True).agg("row").filter(pl.col("row").list.len() > 1)["row"]:
        yield rows.to_numpy()
