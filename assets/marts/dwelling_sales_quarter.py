"""Sales of dwellings by area and quarter: its median is that of all its contracts, and no mean of three months."""

from __future__ import annotations

import polars as pl

from assets.mart import Mart, ReadRows, Reads
from assets.marts.dwelling_sales_month import sales_of_periods
from assets.pack.city import City


def dwelling_sales_quarter(read: ReadRows, city: City) -> pl.DataFrame:
    """The contracts of each quarter, as far as its months are there."""
    return sales_of_periods(read, city, "quarter")


TABLE = Mart(
    reads=(Reads("dwelling_sales", ("price", "floor_area"), longest="month"),),
    compute=dwelling_sales_quarter,
    every="quarter",
    counted="readings",
    needs=1.0,
    of_private=("MDSQ-102",),
    contributors=("standing",),
    adds_up="standing",
    add_up_too=("cancelled",),
    of_one=("price_per_m2_median",),
)
