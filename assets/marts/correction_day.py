"""What a provider's correction does on a day: the ends of the corrected column beside those of the raw one."""

from __future__ import annotations

import polars as pl

from assets.mart import CORRECTED, START, Mart, ReadRows, Reads
from assets.pack.city import City
from assets.watch.correction import correction_figures
from assets.watch.possible import corrected_by_provider

_EMPTY = {"feed": pl.String, "quantity": pl.String, "raw": pl.String, "rows": pl.Int64}


def correction_day(read: ReadRows, city: City) -> pl.DataFrame:
    """One row for each column of a feed that says which other it corrects, and day.

    Values that a rule made null count as missing: readings that come out below zero are those that a correction spoils
    first.
    """
    found = list[pl.DataFrame]()
    for one in read[CORRECTED]:
        rows = one.rows if one.unplaced is None else one.unplaced.rows  # where a sensor stands does not matter here
        for column, raw in city.contracts[one.feed].corrections.items():
            of_days = correction_figures(rows.select(pl.col(START).alias("day"), column, raw), column, raw)
            names = {"feed": one.feed, "quantity": column, "raw": raw}
            found.append(of_days.with_columns(pl.lit(value).alias(name) for name, value in names.items()))
    return pl.concat(found) if found else pl.DataFrame(schema={"day": pl.Date, **_EMPTY})


TABLE = Mart(reads=(Reads(CORRECTED),), compute=correction_day, by_quantity=True, possible=corrected_by_provider)
