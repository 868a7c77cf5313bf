"""Transit formulas: headways, waits, lengths of ways, the busiest hour, and the land within reach of stops.

What belongs here: arithmetic on times and positions, as expressions or on arrays. Which trips run on a day, and which
stops they serve, is not known here. Cities are small: land is taken as flat about its mean latitude (an error below
0.2 % at 60 km from it), and the Earth as a sphere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import polars as pl

EARTH_KM: Final = 6371.0088  # mean radius (IUGG)
REACH_KM: Final = 0.5  # U4SSC EC:I:T:2A: within 0.5 km of a stop, in a straight line
_SAME_PLACE = 5  # decimals of a degree, about a metre: shapes of two lines draw one way so


def expected_wait(squares: pl.Expr, gaps: pl.Expr) -> pl.Expr:
    """Mean wait of people who come at random, in the unit of the gaps: sum of h^2 / (2 * sum of h).

    With even gaps it is half of one; with uneven ones more, as more people come in a long gap. Source: Osuna and Newell
    1972; TCQSM, 3rd edition. Null without a gap.
    """
    return pl.when(gaps > 0).then(squares / (2 * gaps))


def great_circle_km(lat1: pl.Expr, lon1: pl.Expr, lat2: pl.Expr, lon2: pl.Expr) -> pl.Expr:
    """Great-circle distance by the haversine formula, in km."""
    phi1, phi2 = lat1.radians(), lat2.radians()
    half = ((phi2 - phi1) / 2).sin() ** 2 + phi1.cos() * phi2.cos() * ((lon2 - lon1).radians() / 2).sin() ** 2
    return 2 * EARTH_KM * half.sqrt().clip(0, 1).arcsin()


def length_once_km(segments: pl.DataFrame) -> float | None:
    """Length of segments (lat, lon, lat_to, lon_to), each counted once whichever way it is gone; null for none.

    Segments are the same whose ends are, to 5 decimals of a degree.
    """
    known = segments.drop_nulls()
    if known.is_empty():
        return None
    one, other = (
        pl.format("{} {}", pl.col(lat).round(_SAME_PLACE), pl.col(lon).round(_SAME_PLACE))
        for lat, lon in (("lat", "lon"), ("lat_to", "lon_to"))
    )
    ends = known.with_columns(pl.concat_list(one, other).list.sort().list.join(" ").alias("_ends")).unique("_ends")
    return ends.select(great_circle_km(*(pl.col(name) for name in ("lat", "lon", "lat_to", "lon_to"))).sum()).item()


def union_of_circles(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> float:
    """Area of the union of circles, exact: by Green's theorem along the arcs that no other circle covers."""
    circles = sorted(set(zip(x.tolist(), y.tolist(), radius.tolist(), strict=True)), key=lambda one: -one[2])
    order = sorted(range(len(circles)), key=lambda number: circles[number][0])
    xs = np.array([circles[number][0] for number in order])
    longest = circles[0][2] if circles else 0.0
    return sum(
        _outside(circles[n], [circles[m] for m in _near(circles[n], order, xs, longest) if m != n]) for n in order
    )


_Circle = tuple[float, float, float]


def _near(circle: _Circle, order: list[int], xs: np.ndarray, longest: float) -> Iterable[int]:
    """The circles whose x lies so near that they could meet this one."""
    first, last = np.searchsorted(xs, [circle[0] - circle[2] - longest, circle[0] + circle[2] + longest])
    return order[int(first) : int(last) + 1]


def _outside(circle: _Circle, others: list[_Circle]) -> float:
    """What the arcs of a circle that lie in no other one give to the area that is enclosed."""
    x, y, r = circle
    covered = list[tuple[float, float]]()
    for ox, oy, other in others:
        away = math.hypot(ox - x, oy - y)
        if away + r <= other:
            return 0.0  # it lies within the other one; of equal circles only one is there
        if away >= r + other or away + other <= r:
            continue
        half = math.acos(max(-1.0, min(1.0, (r * r + away * away - other * other) / (2 * r * away))))
        middle = math.atan2(oy - y, ox - x)
        covered += _turned(middle - half, middle + half)
    area, at = 0.0, -math.pi
    for begin, end in [*sorted(covered), (math.pi, math.pi)]:
        if begin > at:
            area += _under(x, y, r, at, begin)
        at = max(at, end)
    return area


def _turned(begin: float, end: float) -> list[tuple[float, float]]:
    """An arc within -pi and pi: in two where it passes that."""
    if begin < -math.pi:
        return [(begin + 2 * math.pi, math.pi), (-math.pi, end)]
    return [(begin, math.pi), (-math.pi, end - 2 * math.pi)] if end > math.pi else [(begin, end)]


def _under(x: float, y: float, r: float, begin: float, end: float) -> float:
    turn = x * (math.sin(end) - math.sin(begin)) - y * (math.cos(end) - math.cos(begin))
    return r / 2 * (r * (end - begin) + turn)


def reach_km2(lat: pl.Expr, lon: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Land within 500 m of a stop, in a straight line: all stops of the day together, the same at each of them.

    Circles may reach beyond the boundary of the city. Null where no stop of the day has a position.
    """
    return _on_each_day([lat, lon, day], lambda rows: _reached(rows, None))


def reach_in_disc_km2(
    lat: pl.Expr, lon: pl.Expr, day: pl.Expr, disc_lat: pl.Expr, disc_lon: pl.Expr, disc_km2: pl.Expr
) -> pl.Expr:
    """The same within a disc of the size of the city about its middle, for a city whose outline is not known.

    What lies in both is the one and the other less both together.
    """
    return _on_each_day([lat, lon, day, disc_lat, disc_lon, disc_km2], lambda rows: _reached(rows, rows.row(0)[3:]))


def busiest_hour_share(boardings: pl.Expr, clock_hour: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Share of the hour of the clock with most boardings in those of all hours, in %: all rows of a day or period
    together, the same at each of them. Null where nobody boards."""
    return _on_each_day([boardings, clock_hour, day], lambda rows: _busiest(rows)[0])


def busiest_hour(boardings: pl.Expr, clock_hour: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The hour of the clock with most boardings of all: the first of equal ones. Null where nobody boards."""
    return _on_each_day([boardings, clock_hour, day], lambda rows: _busiest(rows)[1])


def _busiest(rows: pl.DataFrame) -> tuple[float | None, float | None]:
    by_hour = (
        rows.drop_nulls(["_0", "_1"]).group_by("_1").agg(pl.col("_0").sum()).sort("_0", "_1", descending=[True, False])
    )
    total = by_hour["_0"].sum()
    return (None, None) if not total else (100 * by_hour["_0"][0] / total, float(by_hour["_1"][0]))


def _on_each_day(arguments: list[pl.Expr], reached: Callable[[pl.DataFrame], float | None]) -> pl.Expr:
    names = [f"_{number}" for number in range(len(arguments))]

    def computed(series: pl.Series) -> pl.Series:
        rows = series.struct.unnest()
        found = {day: reached(of_day) for (day,), of_day in rows.group_by("_2")}
        return rows["_2"].replace_strict(found, default=None, return_dtype=pl.Float64)

    given = [one.alias(name) for name, one in zip(names, arguments, strict=True)]
    return pl.struct(given).map_batches(computed, return_dtype=pl.Float64)


def _reached(rows: pl.DataFrame, disc: tuple[float, float, float] | None) -> float | None:
    points = rows.select(pl.col("_0", "_1").cast(pl.Float64)).drop_nulls().unique()
    if points.is_empty():
        return None
    lat, lon = points["_0"].to_numpy(), points["_1"].to_numpy()
    middle = float(np.mean(lat)) if disc is None else disc[0]
    x, y = _flat(lat, lon, middle)
    radius = np.full(len(x), REACH_KM)
    stops = union_of_circles(x, y, radius)
    if disc is None:
        return stops
    dx, dy = _flat(np.array([disc[0]]), np.array([disc[1]]), middle)
    whole = math.sqrt(disc[2] / math.pi)
    both = union_of_circles(np.append(x, dx), np.append(y, dy), np.append(radius, whole))
    return stops + disc[2] - both


def _flat(lat: np.ndarray, lon: np.ndarray, middle: float) -> tuple[np.ndarray, np.ndarray]:
    """Kilometres east and north."""
    return np.radians(lon) * EARTH_KM * math.cos(math.radians(middle)), np.radians(lat) * EARTH_KM
