"""Several feeds that read the same files: their rows in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import polars as pl

from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.delivery import MadeDelivery

_NTH = "_nth"  # which of the places of a feed a row is of


def put_together(feeds: Sequence[MadeDelivery]) -> MadeDelivery:
    """One table with the columns of all feeds. Raises CannotDeliverError where their rows have nothing in common."""
    frames = [feed.frame for feed in feeds]
    if len({frozenset(frame.columns) for frame in frames}) == 1:
        rows = pl.concat([frame.select(frames[0].columns) for frame in frames]).unique(maintain_order=True)
    else:
        rows = reduce(_beside, [_numbered(feed) for feed in feeds]).drop(_NTH)
    if rows.is_empty():
        raise CannotDeliverError("they are read from the same files, and their rows have no time in common")
    return replace(
        feeds[0], frame=rows, units={name: unit for feed in reversed(feeds) for name, unit in feed.units.items()}
    )


def _numbered(feed: MadeDelivery) -> pl.DataFrame:
    """The rows with the number of their place, so that those of two feeds that call it otherwise find each other."""
    name = feed.place
    if name is None or name not in feed.frame.columns:
        return feed.frame.with_columns(pl.lit(0, pl.UInt32).alias(_NTH))
    return feed.frame.with_columns(pl.col(name).rank("dense").alias(_NTH))


def _beside(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    on = [name for name in one.columns if name in other.columns]
    return one.join(other, on=on, how="inner", nulls_equal=True, maintain_order="left")
