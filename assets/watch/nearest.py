"""Which places are neighbours, and what those read that read on a day."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import KDTree

NEAREST = 8  # so many are asked: the median of eight is moved by no three of them
LEAST = 5  # of them have to read on the same day, or nobody can say anything of a place
WITHIN_KM = 3.0
AROUND = 24  # so many are known of each place: registers list places that are silent for years
_KM_OF_DEGREE = 111.195


@dataclass(frozen=True)
class Nearest:
    """The others within reach of each place.

    places: by name, rising. others: of each its nearest, by their numbers, nearest first; -1: there is no more.
    """

    places: pl.Series
    others: NDArray[np.int64]

    def around(self, values: pl.DataFrame) -> pl.DataFrame:
        """place, neighbours, around: how many of the NEAREST that read did, and their median.

        values: place, value, each place once. A place that is not in `values`, or not in the register, is not in the
        result; `around` is null with fewer than LEAST.
        """
        read = pl.DataFrame({"place": self.places}).join(
            values.drop_nulls(), on="place", how="left", maintain_order="left"
        )
        own = read["value"].to_numpy()
        theirs = np.append(own, np.nan)[self.others]  # -1 is the last one
        there = ~np.isnan(theirs)
        theirs[np.cumsum(there, axis=1) > NEAREST] = np.nan
        theirs = np.sort(theirs, axis=1)  # NaN comes last
        count = np.minimum(there.sum(axis=1), NEAREST)
        rows = np.arange(len(count))
        middle = (theirs[rows, np.maximum(count - 1, 0) // 2] + theirs[rows, count // 2]) / 2
        found = {"place": self.places, "neighbours": count, "around": np.where(count >= LEAST, middle, np.nan)}
        schema = {"place": pl.String, "neighbours": pl.Int64, "around": pl.Float64}
        return pl.DataFrame(found, schema=schema, nan_to_null=True).filter(~np.isnan(own))


def can_be(lat: str, lon: str) -> pl.Expr:
    """Whether columns have a position of a place, in degrees. 0/0 is in the sea: it is what is written where nobody
    knows, and twelve sensors at that point judged each other."""
    on_earth = pl.col(lat).is_between(-90, 90) & pl.col(lon).is_between(-180, 180)
    return on_earth & ((pl.col(lat) != 0) | (pl.col(lon) != 0))


def nearest_of(places: pl.DataFrame) -> Nearest:
    """places: place, lat, lon in degrees, each once, without nulls. The same places are looked at once in a process.

    A place whose position cannot be is as one without a position.
    """
    places = places.select("place", pl.col("lat", "lon").cast(pl.Float64)).filter(can_be("lat", "lon")).sort("place")
    content = BytesIO()
    places.write_ipc(content)
    return _nearest(_Register(places, hashlib.sha256(content.getvalue()).digest()))


@dataclass(frozen=True)
class _Register:
    """Places that are the same where their content is."""

    places: pl.DataFrame = field(compare=False)
    content: Hashable


@lru_cache(maxsize=8)
def _nearest(register: _Register) -> Nearest:
    places = register.places
    if places.is_empty():
        return Nearest(places["place"], np.empty((0, AROUND), dtype=np.int64))
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    east = lon * _KM_OF_DEGREE * np.cos(np.radians(np.median(lat)))  # a plane that is true where most of them are
    points = np.column_stack([east, lat * _KM_OF_DEGREE])
    # one more, as each is the nearest of itself, or one at its point is
    away, others = KDTree(points).query(points, k=AROUND + 1, distance_upper_bound=WITHIN_KM)
    itself = others == np.arange(len(points))[:, None]
    gone = itself | np.isinf(away)
    # nearest first, at one distance by name, and what is none of them last
    order = np.lexsort((others, np.where(gone, np.inf, away)))
    return Nearest(places["place"], np.take_along_axis(np.where(gone, -1, others), order, axis=1)[:, :AROUND])
