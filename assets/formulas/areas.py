"""Which sensor lies in which area: point in polygon. No feed-specific names belong here."""

from __future__ import annotations

import polars as pl
import shapely

ALSO_IN = (
    "also_in"  # the column of areas.csv with the areas, divided by spaces, that an area lies in besides its parent
)
SCHEMA = {"place": pl.String, "area": pl.String}


def assign_areas(points: pl.DataFrame, boundaries: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """place, area: the deepest area each point lies in; points outside all outlines are left out.

    points: place, lat, lon (WGS 84). boundaries: boundary_code, geometry (GeoJSON text). areas: code, parent,
    boundary_code (null: the code itself). Outlines may come in another system of codes than the pack's areas, in
    which a code can mean another district: they are joined by the boundary code only. A point on a shared edge goes
    to the area with the smaller code, always the same.
    """
    if points.is_empty() or boundaries.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    coded = boundaries.join(areas.select("code", pl.coalesce("boundary_code", "code")), on="boundary_code")
    depths = _depths(areas)
    coded = coded.sort(-coded["code"].replace_strict(depths, return_dtype=pl.Int64), "code")
    tree = shapely.STRtree(shapely.from_geojson(coded["geometry"].to_list()))
    locations = shapely.points(points["lon"].to_numpy(), points["lat"].to_numpy())
    point, polygon = tree.query(locations, predicate="intersects")
    inside = (
        pl.DataFrame({"point": point, "polygon": polygon})
        .sort("point", "polygon")
        .unique("point", keep="first", maintain_order=True)
    )
    return pl.DataFrame(
        {
            "place": points["place"].gather(inside["point"]),
            "area": coded["code"].gather(inside["polygon"]),
        },
        schema=SCHEMA,
    )


def areas_above(areas: pl.DataFrame) -> pl.DataFrame:
    """_area, area, area_level: each area but the city, with itself and each that it lies in but the city.

    areas: code, level, parent, perhaps also_in. What belongs to `_area` counts for each such `area`.
    """
    parts = areas.filter(pl.col("level") != "city").select("code", "level")
    around = lying_in(areas)
    found = [parts.select(_area="code", area="code", area_level="level")]
    below = parts.select("code", _area="code")
    while not below.is_empty() and len(found) <= parts.height:  # no end in sight: an area that is a part of itself
        next_ones = below.join(around, on="code").select("_area", code="parent").unique(maintain_order=True)
        below = next_ones.join(parts, on="code", maintain_order="left")
        found.append(below.select("_area", area="code", area_level="level"))
    return pl.concat(found).unique(["_area", "area"], keep="first", maintain_order=True)


def lying_in(areas: pl.DataFrame) -> pl.DataFrame:
    """code, parent: each area with the one that it is a part of, and with those that it lies in besides."""
    within = areas.select("code", "parent").drop_nulls().filter(pl.col("parent") != "")
    return pl.concat([within, _also(areas)]).unique(maintain_order=True)


def overlapping(areas: pl.DataFrame) -> frozenset[str]:
    """The areas of another classification than that of districts: areas lie in them besides (`also_in`).

    They are the sum of those, and with others no sum of what is around them.
    """
    return frozenset(_also(areas)["parent"])


def _also(areas: pl.DataFrame) -> pl.DataFrame:
    if ALSO_IN not in areas.columns:
        return areas.select("code", "parent").clear()
    named = areas.select("code", parent=pl.col(ALSO_IN).fill_null("").str.extract_all(r"\S+"))
    return named.explode("parent").drop_nulls()


def _depths(areas: pl.DataFrame) -> dict[str, int]:
    """How many areas each lies in."""
    parents = dict(areas.select("code", "parent").iter_rows())
    depths = dict[str, int]()
    for code, parent in parents.items():
        above, depth = parent, 0
        while above in parents and depth < len(parents):
            above, depth = parents[above], depth + 1
        depths[code] = depth
    return depths
