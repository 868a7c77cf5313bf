"""Public transport use by line and day."""

from __future__ import annotations

import polars as pl

from assets.mart import Mart, ReadRows, Reads
from assets.metrics.observed import Observed
from assets.pack.city import City

TOTAL = "total"


def transit_line_day(read: ReadRows, _city: City) -> pl.DataFrame:
    """The lines of each feed, with its name: two operators may have a line 1."""
    return pl.concat(_of_feed(one).with_columns(feed=pl.lit(one.feed)) for one in read["boardings"])


def _of_feed(observed: Observed) -> pl.DataFrame:
    """Boardings and alightings by line, with how many stations are behind them.

    Of a feed that has groups of passengers and their total, the total counts. Alightings are null where no row has any.
    """
    group, in_total = pl.col("people_group"), (pl.col("people_group") == TOTAL).any().over("day")
    passengers = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in ("boardings", "alightings")
    ]
    return (
        observed.rows.filter(group.is_null() | (group == TOTAL) | ~in_total.fill_null(False))
        .drop_nulls("line")
        .group_by("day", "line")
        .agg(*passengers, pl.col("place").n_unique().cast(pl.Int64).alias("stations"))
        .drop_nulls("boardings")
        .collect()
    )


TABLE = Mart(reads=(Reads("boardings", ("line", "place", "boardings")),), compute=transit_line_day)
