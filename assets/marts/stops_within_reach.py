"""How much of the land, and of the people who live there, has a stop of public transport within 500 m, by day."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from assets.formulas.reach import land_within_reach
from assets.mart import OUTLINES, START, Mart, ReadRows, Reads
from assets.metrics.observed import Observed
from assets.pack.city import City

SUPPLY = "transit_supply"
NIGHT_ENDS = 5  # o'clock
_SHARES = pl.Schema({START: pl.Date, "area": pl.String, "near": pl.Float64, "near_at_night": pl.Float64})
_TEXTS, _NUMBERS = ("area", "area_level"), ("land_near", "land_near_at_night", "residents", "residents_near")


def stops_within_reach(read: ReadRows, city: City) -> pl.DataFrame:
    """Of the parts of the city with an outline, and of the city: shares of the land, in %, and residents of them.

    A stop counts on days on which something leaves there, or which a list of stops has; at night, where something
    leaves from 0 to 5 h. Lists without hours say nothing of the night. People are taken as spread evenly over the land
    of their district, as no grid of them is there: that reads low where stops stand where people live.
    """
    parts = shares_near_stops(read, city).join(_land_and_people(read, city), on=[START, "area"], how="inner")
    in_percent = [(100 * pl.col(name)).alias(f"land_{name}") for name in ("near", "near_at_night")]
    found = parts.with_columns(*in_percent, residents_near=pl.col("residents") * pl.col("near"))
    whole = found.group_by(START).agg(
        area=pl.lit(city.config.area),
        area_level=pl.lit("city"),
        **{name: _whole(pl.col(name) * pl.col("km2")) / pl.col("km2").sum() for name in _NUMBERS[:2]},
        **{name: _whole(pl.col(name)) for name in _NUMBERS[2:]},
    )
    columns = [pl.col(START).alias("day"), *_TEXTS, *_NUMBERS]
    return pl.concat([found.select(columns), whole.select(columns)], how="vertical_relaxed")


def shares_near_stops(read: ReadRows, city: City) -> pl.DataFrame:
    """start, area, near, near_at_night: the shares of the land, 0 to 1, of each part of the city that has an outline.

    near_at_night is null on days of which no hour is known.
    """
    outlines = _outlines(read[OUTLINES], city)
    found = [_SHARES.to_frame()]
    for (start,), stops in _stops(read[SUPPLY]).group_by(START, maintain_order=True):
        near = land_within_reach(outlines, stops)
        hours_known = stops["at_night"].is_not_null().any()
        at_night = land_within_reach(outlines, stops.filter("at_night")) if hours_known else {}
        rows = [(start, area, share, at_night.get(area)) for area, share in near.items()]
        found.append(pl.DataFrame(rows, schema=_SHARES, orient="row"))
    return pl.concat(found)


def _stops(supply: Iterable[Observed]) -> pl.DataFrame:
    """start, lat, lon, at_night: the stops that are served, each once for each position."""
    hour = pl.col("time").dt.hour()
    of_feeds = [
        one.rows.filter(pl.col("departures").is_null() | (pl.col("departures") > 0))
        .with_columns(at_night=(hour < NIGHT_ENDS) if one.interval.length is None or _hourly(one) else pl.lit(None))
        .group_by(START, "lat", "lon")
        .agg(pl.col("at_night").cast(pl.Boolean).any(ignore_nulls=False))
        for one in supply
    ]
    return pl.concat(of_feeds).collect().sort(START, "lat", "lon")


def _hourly(one: Observed) -> bool:
    return one.interval.length is not None and one.interval.length.total_seconds() <= 3600


def _outlines(outlines: Iterable[Observed], city: City) -> pl.DataFrame:
    """area, geometry: of the areas right below the city."""
    areas = city.areas.filter(pl.col("parent") == city.config.area)
    coded = areas.select(area="code", boundary_code=pl.coalesce("boundary_code", "code"))
    shapes = pl.concat([one.rows.select("boundary_code", "geometry").collect() for one in outlines])
    return shapes.unique("boundary_code", keep="last", maintain_order=True).join(coded, on="boundary_code")


def _land_and_people(read: ReadRows, city: City) -> pl.DataFrame:
    """start, area, area_level, km2, residents: of all areas on all days."""
    days = pl.concat([one.rows.select(START) for one in read[SUPPLY]]).unique().collect()[START]
    areas = city.areas.select(area="code", area_level="level", km2=pl.col("area_km2").cast(pl.Float64))
    people = city.residents(days).select(pl.col("day").alias(START), "area", "residents")
    return areas.join(days.to_frame(), how="cross").join(people, on=[START, "area"], how="left")


def _whole(numbers: pl.Expr) -> pl.Expr:
    """The sum; null where one of its parts is not known."""
    return pl.when(numbers.is_not_null().all()).then(numbers.sum())


TABLE = Mart(
    reads=(Reads(SUPPLY, ("place", "lat", "lon")), Reads(OUTLINES, ("boundary_code", "geometry"))),
    compute=stops_within_reach,
)
