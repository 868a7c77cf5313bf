"""What each network reads of a quantity in each area by day: the median over its places."""

from __future__ import annotations

import polars as pl

from assets.formulas.boundaries import inside_of
from assets.mart import START, Mart, ReadRows, Reads
from assets.models import models
from assets.pack.city import City
from assets.watch.flagged_days import without_bad
from assets.watch.possible import seen_in_networks
from assets.watch.watched import watched_columns
from assets.watch.witness import WITNESS, of_the_city

_ROWS = ["day", "network", "quantity", "area", "area_level"]


def network_day(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each day, network, quantity and area, the city among them: the median of its places' values of the
    day, and how many these are. What is suspect counts, as a drift makes many so; what is bad does not: six stations
    that stand still are no witness.

    Of the reference network those of kind `urban` count, where its register has such.
    """
    places = pl.concat(
        one.rows.select(START, "network", "quantity", "place", "area", "kind", "value") for one in read["place_day"]
    )
    days = places.drop_nulls(["network", "value"]).rename({START: "day"}).collect()
    days = without_bad(days, [one.rows for one in read["place_health"]])
    days = days.filter((pl.col("network") != WITNESS) | of_the_city("day", "network", "quantity"))
    inside = inside_of(city.areas, city.crosswalks).filter(pl.col("share") == 1)
    whole = days.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    parts = days.rename({"area": "_area"}).join(inside, on="_area")
    both = pl.concat([frame.select(*_ROWS, "value") for frame in (whole, parts)])
    found = both.group_by(_ROWS).agg(pl.col("value").median(), places=pl.len().cast(pl.Int64))
    return found.with_columns(unit=pl.col("quantity").replace_strict(_units(), return_dtype=pl.String))


def _units() -> dict[str, str]:
    """By watched column its unit."""
    return {name: models()[model].columns[name].unit or "1" for model, of in watched_columns().items() for name in of}


TABLE = Mart(
    reads=(Reads("place_day"), Reads("place_health")),
    compute=network_day,
    by_quantity=True,
    possible=seen_in_networks,
)
