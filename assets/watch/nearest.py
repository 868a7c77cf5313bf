"""Which places are neighbours: the nearest ones, if enough of them are near."""

from __future__ import annotations

import numpy as np
import polars as pl
import shapely

NEAREST = 8  # so many are asked: the median of eight is moved by no three of them
LEAST = 5  # of them have to be within reach, and to read on the same day
WITHIN_KM = 3.0
_KM_OF_DEGREE = 111.195


def neighbours_of(
    places: pl.DataFrame, nearest: int = NEAREST, least: int = LEAST, within_km: float = WITHIN_KM
) -> pl.DataFrame:
    """place, neighbour: of each place the nearest others, if at least so many of them are within reach.

    places: place, lat, lon in degrees, each once, without nulls. A place with too few others in reach is not in the
    result: nobody can say anything of it. At one distance, which for places at one point is zero, the name decides.
    """
    if places.height <= least:
        return pl.DataFrame(schema={"place": pl.String, "neighbour": pl.String})
    places = places.sort("place")
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    east = lon * _KM_OF_DEGREE * np.cos(np.radians(lat.mean()))  # a plane that is true at the middle of the places
    points = np.asarray(shapely.points(east, lat * _KM_OF_DEGREE))
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=within_km)
    near = pl.DataFrame({"one": one, "other": other, "km": shapely.distance(points[one], points[other])})
    ranked = near.filter(pl.col("one") != pl.col("other")).sort("one", "km", "other")
    chosen = ranked.filter(pl.int_range(pl.len()).over("one") < nearest, pl.len().over("one") >= least)
    names = places["place"]
    return pl.DataFrame({"place": names.gather(chosen["one"]), "neighbour": names.gather(chosen["other"])})
