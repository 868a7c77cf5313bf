"""Several feeds that read the same files: their rows in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from quality.contract.layout import Layout
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.delivery import MadeDelivery

_NTH = "_nth"  # which of the places of a feed a row is of


def put_together(feeds: Sequence[MadeDelivery], layouts: Sequence[Layout]) -> MadeDelivery:
    """One table with the columns of all feeds. Raises CannotDeliverError where their rows have nothing in common.

    A row of the first stands there also where a later one has none, if that one's layout leaves empty cells out.
    """
    frames = [feed.frame for feed in feeds]
    if len({frozenset(frame.columns) for frame in frames}) == 1:
        rows = pl.concat([frame.select(frames[0].columns) for frame in frames]).unique(maintain_order=True)
    else:
        first, *others = (_numbered(feed) for feed in feeds)
        rows = first
        for other, layout in zip(others, layouts[1:], strict=True):
            rows = _beside(rows, other, layout)
        rows = rows.drop(_NTH)
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


def _beside(one: pl.DataFrame, other: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    on = [name for name in one.columns if name in other.columns]
    own = set(other.columns) - set(on)
    empty = any(condition == "" or "" in condition for name, condition in layout.where_not.items() if name in own)
    return one.join(other, on=on, how="left" if empty else "inner", nulls_equal=True, maintain_order="left")
