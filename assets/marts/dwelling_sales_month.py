"""Sales of dwellings by area and month: contracts, cancellations, and what a square metre costs. No single home."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from assets.formulas.boundaries import inside_of
from assets.mart import START, Mart, ReadRows, Reads
from assets.metrics.observed import AREA, Observed
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.contract.interval import Every, last_of_period

PRICES = 5  # at the least: a median of fewer would tell what a neighbour paid
REPORTED_WITHIN = timedelta(days=30)  # of the contract
_OF_ONE_HOME = {"sale", "address", "name", "floor"}  # a feed that tells its rows apart by one of these has single sales
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MONTH = pl.col(DAY).dt.truncate("1mo")
_COUNTED = ("contracts", "cancelled", "standing", "possible_duplicates")


def sales_of_periods(read: ReadRows, city: City, every: Every) -> pl.DataFrame:
    """By period and area, the contracts of all feeds as they stood when they were delivered.

    `readings` says of how many districts and months there are some: sales of one district are not those of the city,
    two months are no quarter, and half a month is no month.
    """
    rows = pl.concat(_contracts(one) for one in read["dwelling_sales"])
    inside = inside_of(city.areas, city.crosswalks).filter(pl.col("share") == 1).drop("share")
    districts = inside.filter(area_level="district")
    parts = rows.join(inside, on=AREA).with_columns(_part="area")
    whole = rows.join(districts.select(AREA, _part="area"), on=AREA, how="left").with_columns(
        area=pl.lit(city.config.area), area_level=pl.lit("city")
    )
    together = pl.concat([whole, parts], how="diagonal_relaxed")
    if districts.is_empty():  # the city is its own only part
        together = together.with_columns(_part="area")
    expected = pl.when(area_level="city").then(max(districts["area"].n_unique(), 1)).otherwise(1)
    by = [START, "area", "area_level"]
    counts = together.group_by(by).agg(
        pl.col(_COUNTED).sum(),
        readings=pl.struct("_part", "_month").filter(pl.col("_part").is_not_null(), "_whole").n_unique().cast(pl.Int64),
        reported_until=pl.col("reported_until").min(),
    )
    stands = together.filter(pl.col("standing") > 0, pl.col("per_m2").is_not_null())
    alone = stands.with_columns(pl.col("per_m2").repeat_by(pl.col("standing").cast(pl.UInt32))).explode("per_m2")
    prices = alone.group_by(by).agg(
        prices=pl.len().cast(pl.Int64), price_per_m2_median=pl.when(pl.len() >= PRICES).then(pl.col("per_m2").median())
    )
    return counts.join(prices, on=by, how="left").select(
        pl.col(START).alias(DAY),
        "area",
        "area_level",
        *(pl.col(name).cast(pl.Int64) for name in _COUNTED),
        pl.col("prices").fill_null(0),
        "price_per_m2_median",
        "reported_until",
        preliminary=pl.col("reported_until") < _settled(pl.col(START), every),
        readings="readings",
        readings_expected=(expected * _MONTHS[every]).cast(pl.Int64),
    )


def _settled(start: pl.Expr, every: Every) -> pl.Expr:
    """The day by which all contracts of a period are reported."""

    def settled(first: date) -> date:
        return last_of_period(first, every) + REPORTED_WITHIN

    return start.map_elements(settled, return_dtype=pl.Date)


def _told_to_its_end() -> pl.Expr:
    """Whether a month is over in what a feed of days has: by the day until which it says that reports are in it, or by
    its newest contract in any area. A fortnight of contracts had passed for the month."""
    newest = pl.max_horizontal(pl.col(DAY).max(), pl.col("reported_until").max()).over(START)
    return newest >= _MONTH.dt.month_end()


def _contracts(observed: Observed) -> pl.DataFrame:
    """Rows of one feed: how many contracts each is, how many of them were cancelled, and what a square metre costs."""
    single = bool(_OF_ONE_HOME & {*observed.identity})
    of_home = pl.col("price") / pl.col("floor_area")
    rows = observed.rows.select(
        START,
        AREA,
        "reported_until",
        _month=_MONTH,
        _whole=pl.lit(True) if observed.interval.name in _MONTHS else _told_to_its_end(),
        contracts=pl.col("sales_count").fill_null(1.0),
        cancelled=pl.col("cancelled_count").fill_null(pl.col("cancelled_on").is_not_null().cast(pl.Float64)),
        per_m2=pl.when(pl.lit(single), pl.col("floor_area") > 0).then(of_home),
    ).with_columns(standing=pl.col("contracts") - pl.col("cancelled"))
    # equal contracts are one row: two homes that were sold alike, or one that was reported twice
    again = pl.when(pl.lit(single)).then((pl.col("standing") - 1).clip(0)).otherwise(0.0)
    return rows.with_columns(possible_duplicates=again).collect()


def dwelling_sales_month(read: ReadRows, city: City) -> pl.DataFrame:
    """The contracts of each month."""
    return sales_of_periods(read, city, "month")


TABLE = Mart(
    reads=(Reads("dwelling_sales", ("price", "floor_area"), longest="month"),),
    compute=dwelling_sales_month,
    every="month",
    counted="readings",
    needs=1.0,
    of_private=("MDSM-102",),
    contributors=("standing",),
    adds_up="standing",
    add_up_too=("cancelled",),
    of_one=("price_per_m2_median",),
)
