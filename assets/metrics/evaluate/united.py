"""Several feeds of one metric: those of one network hold the same places, and are read as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from assets.metrics.observed import Observed, Usual


def united_feeds(observed: Mapping[str, Sequence[Observed]]) -> dict[str, tuple[Observed, ...]]:
    """The sources of each metric, feeds of one network as one. The same feeds become the same source."""
    known = dict[tuple[int, ...], tuple[Observed, ...]]()
    return {
        metric: known.setdefault(tuple(map(id, feeds)), tuple(_by_network(feeds))) for metric, feeds in observed.items()
    }


def _by_network(feeds: Sequence[Observed]) -> list[Observed]:
    groups = dict[object, list[Observed]]()
    for feed in feeds:
        own = (feed.network, feed.identity, feed.interval.span) if feed.network is not None else feed.feed
        groups.setdefault(own, []).append(feed)
    return [_one(group) for group in groups.values()]


def _one(feeds: Sequence[Observed]) -> Observed:
    """Of a place and time that several feeds hold, the row of the first of them counts."""
    first = feeds[0]
    if len(feeds) == 1:
        return first
    has = [set(feed.rows.collect_schema()) for feed in feeds]
    time = [name for name in ("time", "time_utc") if all(name in columns for columns in has)]
    key = [*(name for name in first.identity if name in has[0]), "day", *time[-1:]]
    registers = [feed.expected for feed in feeds if feed.expected is not None]
    before = [feed.usual for feed in feeds if feed.usual is not None]
    return replace(
        first,
        feed=", ".join(feed.feed for feed in feeds),
        rows=_first_of_each([feed.rows for feed in feeds], key),
        expected=_register(registers) if len(registers) == len(feeds) else None,
        unplaced=None,
        days={},
        usual=None
        if len(before) < len(feeds)
        else Usual(
            _first_of_each([one.rows for one in before], key), pl.concat([one.compared for one in before]).unique()
        ),
    )


def _first_of_each(rows: Sequence[pl.LazyFrame], key: Sequence[str]) -> pl.LazyFrame:
    return pl.concat(rows, how="diagonal_relaxed").unique(key, keep="first", maintain_order=True)


def _register(registers: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(registers).group_by("day", "kind", "_area").agg(pl.col("places").max())
