"""What the newest registers say of the places that are watched: where each one is, which of them nobody hears, and
which stand where they cannot be.
"""

from __future__ import annotations

import duckdb
import polars as pl

from assets.watch.health import WINDOW_DAYS
from assets.watch.nearest import can_be
from warehouse.arrow import fetched_frame

KEY = ("city", "network", "place")
FAR_KM = 100  # outside of the middles of the city's areas: no city is so large
_KM_OF_DEGREE = 111.195
# a register that names no network is of the one that has its places
_LISTED = """
    WITH newest AS (
        SELECT * FROM model.place WHERE (? = '' OR city = ?)
        QUALIFY day = max(day) OVER (PARTITION BY city, feed)
    ),
    networks AS (SELECT city, network, max(day) AS day FROM mart.place_health GROUP BY ALL),
    watched AS (
        SELECT DISTINCT city, network, place FROM mart.place_health SEMI JOIN networks USING (city, network, day)
    ),
    registers AS (
        SELECT n.city, n.feed, w.network FROM newest n
        JOIN watched w ON w.city = n.city AND w.place = n.place AND w.network = coalesce(n.network, w.network)
        GROUP BY ALL
    )
    SELECT n.city, r.network, n.place, any_value(n.name) AS name, any_value(n.address) AS address,
        any_value(n.area) AS area, any_value(n.lat) AS lat, any_value(n.lon) AS lon,
        bool_and(coalesce(n.valid_from <= s.day, true) AND coalesce(n.valid_to >= s.day, true)) AS stands,
        bool_or(w.place IS NOT NULL) AS is_watched
    FROM newest n
    JOIN registers r ON r.city = n.city AND r.feed = n.feed AND r.network = coalesce(n.network, r.network)
    JOIN networks s ON s.city = r.city AND s.network = r.network
    LEFT JOIN watched w ON w.city = n.city AND w.place = n.place AND w.network = coalesce(n.network, w.network)
    GROUP BY ALL
"""
_BOX = """
    SELECT city, min(lat) AS south, max(lat) AS north, min(lon) AS west, max(lon) AS east
    FROM mart.area WHERE lat IS NOT NULL AND lon IS NOT NULL GROUP BY city
"""
_SCHEMA = pl.Schema(
    {
        **dict.fromkeys((*KEY, "name", "address", "area"), pl.String),
        "lat": pl.Float64,
        "lon": pl.Float64,
        "unheard": pl.Boolean,
        "misplaced": pl.String,
    }
)


def registered(con: duckdb.DuckDBPyConnection, city: str) -> pl.DataFrame:
    """KEY, name, address, area, lat, lon, unheard, misplaced: the places of the registers of which one is watched, each
    once; `city`: only this one, or "".

    unheard: nothing was read of it in 30 days, though it stands there. misplaced: in words, what is wrong with its
    position; null: nothing, or nobody can say. No row where no register is published.
    """
    try:
        listed = fetched_frame(con.sql(_LISTED, params=[city, city]))
    except duckdb.CatalogException:
        return _SCHEMA.to_frame()
    placed = listed.join(fetched_frame(con.sql(_BOX)), on="city", how="left", maintain_order="left")
    return placed.with_columns(unheard=pl.col("stands") & ~pl.col("is_watched"), misplaced=_misplaced()).select(
        _SCHEMA.names()
    )


def silent_for_long(read_before: bool) -> str:
    """What is said of a place that is unheard."""
    return f"no reading for more than {WINDOW_DAYS} days" if read_before else "in the register, and never read"


def _misplaced() -> pl.Expr:
    at = pl.format("its position cannot be true ({}, {})", pl.col("lat").round(5), pl.col("lon").round(5))
    swapped = pl.concat_str(at, pl.lit(": latitude and longitude are swapped"))
    far = pl.concat_str(at, pl.lit(f": it is more than {FAR_KM} km outside of the city"))
    inside, turned = _inside("lat", "lon"), _inside("lon", "lat")
    return pl.when(~can_be("lat", "lon")).then(at).when(~inside & turned).then(swapped).when(~inside).then(far)


def _inside(lat: str, lon: str) -> pl.Expr:
    """Whether it lies in the box of the city and FAR_KM around it."""
    more = FAR_KM / _KM_OF_DEGREE
    wide = more / pl.max_horizontal(pl.col("south").abs(), pl.col("north").abs()).radians().cos()
    in_north = pl.col(lat).is_between(pl.col("south") - more, pl.col("north") + more)
    return in_north & pl.col(lon).is_between(pl.col("west") - wide, pl.col("east") + wide)
