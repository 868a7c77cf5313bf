"""Electricity by area and year: the month in which most was used, and the mean of the twelve."""

from __future__ import annotations

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA
from assets.pack.city import City

MONTHS = 12


def electricity_area_year(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each leaf area and year, and one of the city; both figures are null where a month is not there.

    Feeds that count meters or floor areas tell of buildings and not of what is sold: they are left out, with those of
    their rows, too, in which a cell of these is empty. Of a month all groups of customers are added up first.
    """
    of_buildings = pl.any_horizontal(pl.col("smart_meters", "floor_area").is_not_null()).any()
    rows = pl.concat(
        one.rows.select(START, AREA, "day", "kind", "energy", "smart_meters", "floor_area").filter(~of_buildings)
        for one in read["energy_use"]
    ).filter(pl.col("kind").fill_null("electricity") == "electricity")
    whole = rows.with_columns(area=pl.lit(city.config.area))
    parts = rows.rename({AREA: "area"}).filter(pl.col("area") != city.config.area)
    both = pl.concat([whole.select(*_COLUMNS), parts.select(*_COLUMNS)])
    months = both.with_columns(month=pl.col("day").dt.month_start()).group_by(START, "area", "month")
    used = months.agg(pl.when(pl.col("energy").null_count() == 0).then(pl.col("energy").sum()))
    year = used.group_by(START, "area").agg(
        pl.col("energy").max().alias("energy_peak"),
        pl.col("energy").mean().alias("energy_mean"),
        pl.col("energy").count().cast(pl.Int64).alias("months"),
    )
    known = [pl.when(pl.col("months") == MONTHS).then(name).alias(name) for name in ("energy_peak", "energy_mean")]
    return year.select(pl.col(START).alias("day"), "area", *known, "months").sort("day", "area").collect()


_COLUMNS = (START, "area", "day", "energy")
TABLE = Mart(
    reads=(Reads("energy_use", ("area", "energy"), longest="month"),), compute=electricity_area_year, every="year"
)
