"""Where the areas of a city lie on a map: outlines projected once, or squares near their places where there are none.

Coordinates are in units of a sheet that is SHEET wide; nothing here knows of values or colours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

SHEET = 1000  # a unit is a third of a pixel on a phone, so whole numbers do
_TOLERANCE = 5.0  # side of the smallest corner that is kept: more cannot be seen, and 25 districts stay under 30 kB
_DOT = 14  # radius of an area that has a place and no outline, among others that have one
_LEAST_ACROSS = 5  # squares of a city of few areas are not larger than if there were so many beside each other
_TALLEST = 1.3  # of squares: the height of a sheet as a share of its width
_SPARE = 1.35  # squares for each area: with fewer the city is a block that has no shape


@dataclass(frozen=True)
class Place:
    """An area as a pack has it. outline: GeoJSON geometry, WGS 84."""

    code: str
    lat: float | None
    lon: float | None
    outline: str | None


@dataclass(frozen=True)
class Shape:
    """An area on the sheet. path: of an SVG, empty for a square; x, y: where its value stands; ground: its polygons."""

    path: str
    x: float
    y: float
    ground: Any


@dataclass(frozen=True)
class AreaSheet:
    """The areas of a city, by code, on a sheet of SHEET by `height`. kind: outlines, squares, or nothing."""

    kind: str
    height: float
    shapes: Mapping[str, Shape]


def sheet_of(places: Sequence[Place]) -> AreaSheet:
    """The map of these areas: of their outlines if there are any, else of squares; no area without a place is on it."""
    outlines = {one.code: found for one in places if (found := _readable(one.outline)) is not None}
    points = {one.code: (one.lon, one.lat) for one in places if _is_place(one)}
    if outlines:
        return _drawn(outlines, {code: point for code, point in points.items() if code not in outlines})
    return _squares(points) if points else AreaSheet("nothing", 0.0, {})


def _is_place(one: Place) -> bool:
    return one.lat is not None and one.lon is not None and abs(one.lat) < 90 and abs(one.lon) <= 180  # not nan, either


def _readable(text: str | None) -> Any:
    """The polygons of a GeoJSON geometry; None of what is none, or lies nowhere on earth."""
    found: Any = shapely.from_geojson(text, on_invalid="ignore") if text else None
    if found is None:
        return None
    parts = [part for part in shapely.get_parts(shapely.make_valid(found), return_index=False).tolist() if part.area]
    polygons = [inner for part in parts for inner in shapely.get_parts(part).tolist() if inner.geom_type == "Polygon"]
    if not polygons:
        return None
    west, south, east, north = shapely.total_bounds(polygons)
    return shapely.multipolygons(polygons) if max(-west, east) <= 180 and max(-south, north) < 90 else None


def _drawn(outlines: Mapping[str, Any], points: Mapping[str, tuple[Any, Any]]) -> AreaSheet:
    codes = list(outlines)
    dots = np.array([shapely.points(*point) for point in points.values()], dtype=object)
    west, south, east, north = shapely.total_bounds([*outlines.values(), *dots.tolist()])
    # equirectangular at the latitude of the city: a degree is as long to the east there as it is to the north
    narrow = math.cos(math.radians((south + north) / 2))
    scale = SHEET / max((east - west) * narrow, north - south)
    left = (SHEET - (east - west) * narrow * scale) / 2

    def project(lonlat: Any) -> Any:
        x = left + (lonlat[:, 0] - west) * narrow * scale
        return np.column_stack([x, (north - lonlat[:, 1]) * scale])

    whole = shapely.transform(np.array(list(outlines.values())), project)
    # borders that two areas share stay shared: simplified one by one they would leave slivers
    light = shapely.coverage_simplify(whole, _TOLERANCE)
    shapes = {code: _shape(one, other) for code, one, other in zip(codes, light, whole, strict=True)}
    for code, (x, y) in zip(points, shapely.get_coordinates(shapely.transform(dots, project)), strict=True):
        shapes[code] = Shape(_circle(x, y), float(x), float(y), shapely.box(x - _DOT, y - _DOT, x + _DOT, y + _DOT))
    return AreaSheet("outlines", math.ceil((north - south) * scale), shapes)


def _shape(light: Any, whole: Any) -> Shape:
    path = _path(light) or _path(whole)
    largest = max(shapely.get_parts(whole).tolist(), key=lambda part: part.area)
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=2.0))[0]
    shapely.prepare(whole)  # asked for each value of each map
    return Shape(path, round(float(x), 1), round(float(y), 1), whole)


def _path(polygons: Any) -> str:
    """Whole units, each step from the point before; rings that have no width in them are left out."""
    rings = list[str]()
    for ring in shapely.get_rings(shapely.get_parts(polygons)):
        points = np.rint(shapely.get_coordinates(ring)[:-1]).astype(int)
        steps = np.diff(points, axis=0)
        steps = steps[np.any(steps != 0, axis=1)]
        if len(steps) >= 2:  # two sides, and the way back
            rings.append(f"M{points[0][0]} {points[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + "z")
    return "".join(rings)


def _circle(x: float, y: float) -> str:
    half = f"a{_DOT} {_DOT} 0 1 0"
    return f"M{x - _DOT:.0f} {y:.0f}{half} {2 * _DOT} 0{half} {-2 * _DOT} 0z"


def _squares(points: Mapping[str, tuple[Any, Any]]) -> AreaSheet:
    """A square of the same size for each area, together as near to their places as can be: none hides another."""
    codes = list(points)
    at = np.array([points[code] for code in codes], dtype=float)
    at[:, 0] *= math.cos(math.radians(float(at[:, 1].mean())))
    at[:, 1] *= -1
    low, size = at.min(axis=0), np.ptp(at, axis=0)
    wide, high = (max(float(part), float(size.max()) / 4, 1e-9) for part in size)
    columns = max(1, round(math.sqrt(len(codes) * _SPARE * wide / high)))
    rows = math.ceil(len(codes) * _SPARE / columns) if len(codes) > 1 else 1
    grid = np.array([(column, row) for row in range(rows) for column in range(columns)], dtype=float)
    wanted = (at - low) / [wide, high] * [columns - 1, rows - 1]
    far = ((wanted[:, None, :] - grid[None, :, :]) ** 2).sum(axis=2)
    _, taken = linear_sum_assignment(far)
    cells = grid[taken] - grid[taken].min(axis=0)  # no empty column at the edge
    across, down = (int(number) + 1 for number in cells.max(axis=0))
    side = min(SHEET / across, _TALLEST * SHEET / down, SHEET / _LEAST_ACROSS)
    left = (SHEET - across * side) / 2
    shapes = {
        code: _square(left + (column + 0.5) * side, (row + 0.5) * side, 0.46 * side)
        for code, (column, row) in zip(codes, cells, strict=True)
    }
    return AreaSheet("squares", down * side, shapes)


def _square(x: float, y: float, half: float) -> Shape:
    return Shape("", x, y, shapely.box(x - half, y - half, x + half, y + half))
