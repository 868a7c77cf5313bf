"""Businesses of an area by industry: what part of all they are, and how much more of them than in the city."""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.formulas.areas import areas_above
from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.contract.interval import last_of_period

ENOUGH = 30  # businesses of an area: of fewer, one shop more or less decides what it is special in
_FLOWS = ("openings", "closures")
LEVELS = ("city", "district")  # of smaller areas the mart of trade areas tells


def industry_mix(read: ReadRows, city: City) -> pl.DataFrame:
    """Businesses by area and industry, with their share, and the location quotient against the city.

    The quotient is (businesses of the industry here / all here) / (of the industry in the city / all in the city). The
    city has none: it would be 1; and no area of fewer than ENOUGH.
    """
    found = pl.concat([at_the_end(one) for one in read["businesses"]]).drop_nulls(["businesses", "industry"])
    whole = found.with_columns(area=pl.lit(city.config.area), area_level=pl.lit("city"))
    parts = found.drop("area").join(areas_above(city.areas).filter(pl.col("area_level").is_in(LEVELS)), on=AREA)
    columns = ["day", "area", "area_level", "industry", "industry_name", "businesses"]
    by_industry = (
        pl.concat([whole.select(columns), parts.select(columns)])
        .group_by("day", "area", "area_level", "industry")
        .agg(pl.col("industry_name").drop_nulls().first(), pl.col("businesses").sum())
        .with_columns(pl.col("businesses").sum().over("day", "area").alias("all_businesses"))
        .filter(pl.col("all_businesses") > 0)
        .with_columns(share=pl.col("businesses") / pl.col("all_businesses"))
    )
    in_city = by_industry.filter(area_level="city").select("day", "industry", city_share="share")
    small = (pl.col("area_level") == "city") | (pl.col("all_businesses") < ENOUGH)
    return (
        by_industry.join(in_city, on=["day", "industry"], how="left")
        .with_columns(
            location_quotient=pl.when(~small & (pl.col("city_share") > 0)).then(pl.col("share") / pl.col("city_share"))
        )
        .drop("city_share")
    )


def at_the_end(observed: Observed) -> pl.DataFrame:
    """The rows of the last day of each quarter, with the quarter as their day: counts are those at its end. What opened
    and closed is that of all its months, or days; null where one of them is not there."""
    rows, keys = observed.rows, [START, *observed.identity]
    last = rows.filter(pl.col(DAY) == pl.col(DAY).max().over(START))
    summed = [pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()) for name in _FLOWS]
    flows = rows.group_by(keys).agg(summed).join(whole_quarters(observed), on=START)
    of_all = last.drop(_FLOWS).join(flows, on=keys, how="left", nulls_equal=True)
    return of_all.with_columns(pl.col(START).alias("day")).collect().drop(START)


def whole_quarters(observed: Observed) -> pl.LazyFrame:
    """The quarters of which a feed has each month, or day: a sum over less would be one of a shorter time."""
    each = observed.interval.every

    def parts(start: date) -> int:
        last = last_of_period(start, "quarter")
        return {"day": (last - start).days + 1, "month": 3}.get(each, 1)

    there = observed.rows.group_by(START).agg(_parts=pl.col(DAY).n_unique().cast(pl.Int64))
    whole = pl.col(START).map_elements(parts, return_dtype=pl.Int64)
    return there.filter(pl.col("_parts") >= whole).select(START)


TABLE = Mart(
    reads=(Reads("businesses", ("industry", "businesses"), longest="quarter"),), compute=industry_mix, every="quarter"
)
