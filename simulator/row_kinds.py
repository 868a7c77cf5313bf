"""What a model's module in `simulator/observed/` says of it: readings at places, events, stocks or a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from simulator.aggregation import How
from simulator.world.when import When
from simulator.world.world import World

EVERY_HOUR = tuple(range(24))
Values = Mapping[str, np.ndarray]  # column -> what is read, shape (series, times)

Split = Callable[[pl.DataFrame], Mapping[str, float]]


def shares(**values: float) -> Split:
    """The same values and shares for all series."""
    return lambda _series: values


def at_sites(world: World, sites: pl.DataFrame) -> pl.DataFrame:
    """One series for each site, and nothing else that tells rows apart."""
    return sites.select("place", "name", "area", "lat", "lon")


@dataclass(frozen=True, eq=False)
class Readings:
    """A model whose rows are read at places, at any time.

    sites: the kind of places, if the asker has no others. series: what is read, one row each: columns of the key and
    such as describe them. read: the values of the series at given times. how: every column that `read` gives, and what
    becomes of it over longer times and of larger parts. splits: further columns of the key, which a feed may have, with
    the share of each of their values in all that is counted. at: the full hours at which instants are read.
    """

    sites: str
    read: Callable[[World, pl.DataFrame, When], Values]
    how: Mapping[str, How]
    series: Callable[[World, pl.DataFrame], pl.DataFrame] = at_sites
    splits: Mapping[str, Split] = field(default_factory=dict)
    at: Sequence[int] = EVERY_HOUR


@dataclass(frozen=True, eq=False)
class Events:
    """A model whose rows are single events, each with a number, or sums of them with a count.

    happen: the events of days with `day` and `minute`, the minute of the day, no two of a day in the same one.
    groups: every area and kind that can have some: where nothing happened the sum is 0. how: of what is summed.
    """

    happen: Callable[[World, Sequence[date]], pl.DataFrame]
    groups: Callable[[World], pl.DataFrame]
    number: str
    count: str
    how: Mapping[str, How]


@dataclass(frozen=True, eq=False)
class Stocks:
    """A model whose rows say what there is at the end of a time, and what came and went in it.

    stand: first day, and days that it lasts. how: what becomes of parts that are taken together. alone: columns of the
    key whose values are never added up, with the one that a feed without the column has.
    """

    stand: Callable[[World, date, float], pl.DataFrame]
    how: Mapping[str, How]
    alone: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Listing:
    """A register: what there is on a day. sites: the kind of places that it lists, if the asker has no others."""

    sites: str
    entries: Callable[[World, pl.DataFrame, date], pl.DataFrame]


Observed = Readings | Events | Stocks | Listing
