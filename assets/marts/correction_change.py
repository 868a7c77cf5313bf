"""Whether a provider's correction still does what it did: the last ten days against the thirty before them."""

from __future__ import annotations

import polars as pl

from assets.mart import START, Mart, ReadRows, Reads
from assets.pack.city import City
from assets.watch.correction import BACK_DAYS, changes
from assets.watch.possible import corrected_by_provider

DAYS = "correction_day"


def correction_change(read: ReadRows, _city: City) -> pl.DataFrame:
    """One row for each figure of a corrected column and day; see `changes`."""
    days = pl.concat([one.rows for one in read[DAYS]]).collect()
    found = changes(days, ("feed", "quantity"), START)
    return found.rename({START: "day"})


TABLE = Mart(
    reads=(Reads(DAYS, back=range(BACK_DAYS)),),
    compute=correction_change,
    by_quantity=True,
    possible=corrected_by_provider,
)
