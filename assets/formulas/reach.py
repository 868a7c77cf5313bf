"""How much of an area's land lies near stops: circles about points, cut at its outline.

What belongs here: geometry of points and outlines. Which stops are served, and who lives there, is not known here.
Cities are small: land is taken as flat about their mean latitude, as in `assets/formulas/transit.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
import shapely

from assets.formulas.transit import EARTH_KM, REACH_KM

_QUARTER = 32  # parts of a quarter of a circle: an area too small by 0.04 %


def land_within_reach(outlines: pl.DataFrame, points: pl.DataFrame, reach_km: float = REACH_KM) -> Mapping[str, float]:
    """By area the share of its land, 0 to 1, in a straight line within reach of a point; 0 for all without a point.

    outlines: area, geometry (GeoJSON, WGS 84); one without an outline that can be read is left out. points: lat, lon.
    """
    shapes = shapely.make_valid(shapely.from_geojson(outlines["geometry"].to_list(), on_invalid="ignore"))
    known = [(area, shape) for area, shape in zip(outlines["area"], shapes, strict=True) if not shapely.is_empty(shape)]
    there = points.select(pl.col("lat", "lon").cast(pl.Float64)).drop_nulls().unique()
    if not known or there.is_empty():
        return {area: 0.0 for area, _ in known}
    middle = math.radians(float(np.mean([shapely.centroid(shape).y for _, shape in known])))

    def flat(lon_lat: np.ndarray) -> np.ndarray:
        return np.radians(lon_lat) * EARTH_KM * np.array([math.cos(middle), 1.0])

    at = shapely.points(flat(there.select("lon", "lat").to_numpy()))
    near = shapely.union_all(shapely.buffer(at, reach_km, quad_segs=_QUARTER))
    shapely.prepare(near)
    found = {area: shapely.transform(shape, flat) for area, shape in known}
    return {
        area: float(shapely.area(shapely.intersection(near, shape)) / shapely.area(shape))
        for area, shape in found.items()
    }
