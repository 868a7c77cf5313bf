"""Days of places of a network that is to be corrected, or of its witness: from the readings of a feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from assets.mart import START
from assets.metrics.observed import AREA, Observed

_DAY = timedelta(days=1)


def days_of_places(seen: Observed, column: str, *more: pl.Expr) -> pl.DataFrame:
    """day, place, area, kind, value, readings, readings_expected, feed, and what `more` adds up: the mean of a place's
    readings.

    readings: those with a value. readings_expected: how many the interval gives a day, where it has a length, else the
    rows that came.
    """
    length = seen.interval.length
    whole = pl.len() if length is None else pl.lit(max(1, int(_DAY / length)))
    later = seen.unplaced  # a place is looked up once a day, and not once a reading
    rows = seen.rows if later is None else later.rows
    found = rows.group_by(pl.col(START).alias("day"), "place").agg(
        *([pl.col(AREA, "kind").first()] if later is None else []),
        pl.col(column).mean().alias("value"),
        pl.col(column).count().cast(pl.Int64).alias("readings"),
        whole.cast(pl.Int64).alias("readings_expected"),
        *more,
    )
    placed = found if later is None else later.place(found)
    named = [name for name in found.collect_schema() if name not in (AREA, "kind")]
    return placed.select(
        *named, "kind", pl.col(AREA).alias("area"), _length=pl.lit(length or timedelta(0)), feed=pl.lit(seen.feed)
    ).collect()


def first_of_each(days: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Each place and day once, of all feeds: of the one with the longest interval, as a mean of the operator comes
    before one of our own, and of several the first by name."""
    together = pl.concat(days).sort("day", pl.col("_length"), "feed", descending=[False, True, False])
    return together.unique(["day", "place"], keep="first", maintain_order=True).drop("_length")
