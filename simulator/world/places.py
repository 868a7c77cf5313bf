"""Where the simulated city is: its districts, neighbourhoods and outlines. Nothing that stands in them belongs here."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import shapely

from simulator.world.world import World

RESIDENTS_PER_DONG = 22_000  # where the pack has no neighbourhoods; those of Seoul have 22,000
LEAST_DONGS = 10  # in a district
RESIDENTS = 100_000.0  # of a district whose residents the pack does not know
KM_PER_DEGREE = 111.2


@lru_cache(maxsize=8)
def districts(world: World) -> pl.DataFrame:
    """area, boundary_code, name (in the city's first language), name_en, lat, lon (deg), residents (newest known).

    In the order of the codes. A city without districts is its own only district.
    """
    areas = world.city.areas
    parts = areas.filter(pl.col("level") == "district")
    if parts.is_empty():
        parts = areas.filter(pl.col("code") == world.city.config.area)
    english = {area: names.in_(("en", *world.city.config.languages)) for area, names in world.city.area_names.items()}
    newest = world.city.population.sort("year").group_by("area").last()
    city = city_area(world)
    return (
        parts.join(newest.select(code="area", residents="residents"), on="code", how="left")
        .select(
            area=pl.col("code"),
            boundary_code=pl.col("boundary_code").cast(pl.String).fill_null(pl.col("code")),
            name="name",
            name_en=pl.col("code").replace_strict(english, return_dtype=pl.String),
            # an area of which the pack does not say where it is, is where the city is
            lat=pl.col("lat").cast(pl.Float64).fill_null(city["lat"]),
            lon=pl.col("lon").cast(pl.Float64).fill_null(city["lon"]),
            residents=pl.col("residents").fill_null(RESIDENTS).clip(1),
        )
        .sort("area")
    )


@lru_cache(maxsize=8)
def residents(world: World) -> float:
    """Residents of the whole city: the sum over its districts."""
    return float(districts(world)["residents"].sum())


def stems(world: World) -> list[str]:
    """Names of the districts without their level (종로 for 종로구), unless one syllable would be left (중구)."""
    names = districts(world)["name"].to_list()
    return [name[:-1] if len(name) > 2 and name[-1] in "구군시" else name for name in names]


def city_area(world: World) -> dict[str, Any]:
    """The row of the whole city among the areas of its pack; without a position of its own, that of all areas."""
    areas = world.city.areas
    row = areas.row(by_predicate=pl.col("code") == world.city.config.area, named=True)
    for name in ("lat", "lon"):
        if row[name] is None:
            row[name] = areas[name].cast(pl.Float64).mean() or 0.0
    return row


def district_numbers(world: World, frame: pl.DataFrame) -> np.ndarray:
    """The row in `districts` of the column `area` of a frame."""
    order = {area: n for n, area in enumerate(districts(world)["area"])}
    return np.array([order[area] for area in frame["area"]], dtype=int)


@lru_cache(maxsize=8)
def business(world: World) -> np.ndarray:
    """How much a district attracts work and night life: one number per district, sum 1.

    Two centres: the city's own point, and the most populous district 5 to 10 km from it, where a city of
    millions tends to grow its second one.
    """
    rows = districts(world)
    lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
    city = city_area(world)
    first = distance_km(lat, lon, float(city["lat"]), float(city["lon"]))
    weight = 0.85 * np.exp(-((first / 4.0) ** 2))
    candidates = np.flatnonzero((first >= 5) & (first <= 10))
    if candidates.size:
        second = int(candidates[np.argmax(rows["residents"].to_numpy()[candidates])])
        weight = weight + 1.1 * np.exp(-((distance_km(lat, lon, float(lat[second]), float(lon[second])) / 2.5) ** 2))
    weight = weight + 0.02  # every district has some shops and offices
    return weight / weight.sum()


@lru_cache(maxsize=8)
def dongs(world: World) -> pl.DataFrame:
    """dong_code, area, name, share_home, share_work, share_leisure (each sums to 1).

    Those of the pack that still are; where it has none in some district, as many as people need, with the code of the
    district and three digits.
    """
    rows = districts(world)
    people = rows["residents"].to_numpy() / residents(world)
    listed = _listed(world)
    counts = np.array([len(listed.get(area, ())) for area in rows["area"]])
    if not counts.all():
        listed = {}
        counts = _apportion(people, max(round(residents(world) / RESIDENTS_PER_DONG), LEAST_DONGS * rows.height))
    work = 0.52 * people + 0.48 * business(world)
    leisure = 0.5 * people + 0.5 * business(world)
    chance = world.random("dongs")
    share = {"share_home": (people, 0.25), "share_work": (work, 0.7), "share_leisure": (leisure, 0.8)}
    district = np.repeat(np.arange(rows.height), counts)
    number = np.concatenate([np.arange(n) for n in counts])
    columns = {name: _split(chance, total, district, spread) for name, (total, spread) in share.items()}
    stem = pl.Series(stems(world), dtype=pl.String).gather(district)
    made = pl.DataFrame({"area": rows["area"].gather(district), "stem": stem, "number": number + 1, **columns}).select(
        (pl.col("area") + pl.col("number").cast(pl.String).str.zfill(3)).alias("dong_code"),
        "area",
        pl.format("{}{}동", "stem", "number").alias("name"),
        *columns,
    )
    if not listed:
        return made
    own = [pair for area in rows["area"] for pair in listed[area]]
    return made.with_columns(
        dong_code=pl.Series([code for code, _ in own], dtype=pl.String),
        name=pl.Series([name for _, name in own], dtype=pl.String),
    )


def _listed(world: World) -> dict[str, list[tuple[str, str]]]:
    """Code and name of the neighbourhoods of the pack that still are, by district, in the order of the codes."""
    areas = world.city.areas.filter(pl.col("level") == "neighbourhood", pl.col("valid_to").is_null()).sort("code")
    found = dict[str, list[tuple[str, str]]]()
    for code, parent, name in areas.select("code", "parent", "name").iter_rows():
        found.setdefault(parent, []).append((code, name))
    return found


@lru_cache(maxsize=8)
def cells(world: World) -> tuple[shapely.Polygon, ...]:
    """The outline of each district in the order of `districts`: convex, sharing edges, without overlap."""
    rows = districts(world)
    lat, lon = rows["lat"].to_numpy(), rows["lon"].to_numpy()
    # A tenth of the extent beyond the outermost centres keeps Seoul within lat 37.41..37.72 and lon 126.76..127.19.
    south, north = _padded(lat)
    west, east = _padded(lon)
    box = shapely.box(west, south, east, north)
    if rows.height == 1:
        return (box,)
    centres = shapely.points(lon, lat)
    pieces = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(np.column_stack([lon, lat])), extend_to=box))
    # Rounding moves the shared corners of neighbours alike, so that no gap or overlap comes of it.
    clipped = shapely.transform(shapely.intersection(pieces, box), lambda corners: np.round(corners, 6))
    owner = shapely.STRtree(clipped).query(centres, predicate="within")[1]
    return tuple(clipped[owner])


def outlines(world: World) -> pl.DataFrame:
    """boundary_code, name, geometry (GeoJSON text of a Polygon, WGS 84)."""
    return (
        districts(world)
        .select("boundary_code", "name")
        .with_columns(geometry=pl.Series(shapely.to_geojson(np.array(cells(world))).tolist(), dtype=pl.String))
    )


def points_inside(chance: np.random.Generator, cell: shapely.Polygon, count: int) -> np.ndarray:
    """Points (lon, lat) strictly inside a convex outline, shape (count, 2)."""
    corners = shapely.get_coordinates(cell)[:-1]
    points = chance.dirichlet(np.ones(len(corners)), count) @ corners
    return 0.94 * points + 0.06 * corners.mean(axis=0)  # off the edge, so that six decimals do not reach it


def distance_km(lat: np.ndarray, lon: np.ndarray, to_lat: float, to_lon: float) -> np.ndarray:
    """Distances in km, good within a city."""
    east = (lon - to_lon) * np.cos(np.radians(to_lat))
    return np.hypot(lat - to_lat, east) * KM_PER_DEGREE


def _padded(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = max((high - low) / 10, 0.02)
    return low - margin, high + margin


def _apportion(shares: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers of at least LEAST_DONGS in proportion to shares: largest remainders get what is left."""
    exact = shares * (total - LEAST_DONGS * len(shares))
    counts = np.floor(exact).astype(int)
    most = np.argsort(counts - exact, kind="stable")[: round(exact.sum() - counts.sum())]
    counts[most] += 1
    return counts + LEAST_DONGS


def _split(chance: np.random.Generator, totals: np.ndarray, district: np.ndarray, spread: float) -> np.ndarray:
    """The totals of districts over their neighbourhoods, unevenly by a log-normal spread."""
    weight = np.exp(spread * np.clip(chance.standard_normal(len(district)), -1.8, 1.8))
    shares = totals[district] * weight / np.bincount(district, weight)[district]
    return shares / shares.sum()
