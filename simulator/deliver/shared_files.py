"""Several feeds that read the same files: their rows in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from quality.contract.layout import Layout
from quality.contract.layout_rows import Matches
from simulator.deliver.cannot import CannotDeliverError
from simulator.deliver.delivery import MadeDelivery

_NTH = "_nth"  # which of the places of a feed a row is of


def put_together(feeds: Sequence[MadeDelivery], layouts: Sequence[Layout], *, of_periods: bool = False) -> MadeDelivery:
    """One table with the columns of all feeds. Raises CannotDeliverError where their rows have nothing in common.

    A row of the first stands there also where a later one has none, if that one's layout leaves empty cells out.
    """
    frames = [feed.frame for feed in feeds]
    if len({frozenset(frame.columns) for frame in frames}) == 1:
        rows = pl.concat([frame.select(frames[0].columns) for frame in frames]).unique(maintain_order=True)
    else:
        first, *others = (_numbered(feed) for feed in feeds)
        rows = first
        for other, feed, layout in zip(others, feeds[1:], layouts[1:], strict=True):
            rows = _beside(rows, _called_alike(first, other, feed.unsaid), layout, of_periods)
        rows = rows.drop(_NTH)
    if rows.is_empty():
        raise CannotDeliverError("they are read from the same files, and their rows have no time in common")
    return replace(
        feeds[0], frame=rows, units={name: unit for feed in reversed(feeds) for name, unit in feed.units.items()}
    )


def _numbered(feed: MadeDelivery) -> pl.DataFrame:
    """The rows with the number of their place, so that those of two feeds that call it otherwise find each other."""
    if not feed.place:
        return feed.frame.with_columns(pl.lit(0, pl.UInt32).alias(_NTH))
    return feed.frame.with_columns(pl.concat_str(feed.place, separator="\0").rank("dense").alias(_NTH))


def _called_alike(first: pl.DataFrame, other: pl.DataFrame, unsaid: Sequence[str]) -> pl.DataFrame:
    """The places of a feed called as the first one calls them, where it says no more of them than that."""
    names = [name for name in unsaid if name in first.columns]
    if not names:
        return other
    places = first.select(_NTH, *names).unique(_NTH, keep="first", maintain_order=True)
    return other.drop(names).join(places, on=_NTH, how="inner", maintain_order="left").select(other.columns)


def _beside(one: pl.DataFrame, other: pl.DataFrame, layout: Layout, of_periods: bool) -> pl.DataFrame:
    on = [name for name in one.columns if name in other.columns]
    own = set(other.columns) - set(on)
    left_out = any(
        condition == "" or (not isinstance(condition, Matches) and "" in condition)
        for name, condition in layout.where_not.items()
        if name in own
    )
    how = "full" if of_periods else "left" if left_out else "inner"
    return one.join(other, on=on, how=how, coalesce=True, nulls_equal=True, maintain_order="left_right")
