"""Which cells of a city nothing connects: what is decided of those of one block says nothing about another.

Sums connect cells of one table: areas at the same time, and a longer period with those that lie within it. So all cells
within the longest period that a table has are a block, as a month with its days and hours. Weeks lie in two months, and
trailing years in each other: a table that has one of them is one block.
"""

from __future__ import annotations

import polars as pl

BLOCK_KEY = ("table", "block")
_ACROSS = ("week", "trailing_year")
_LONGEST = {"year": "1y", "quarter": "1q", "month": "1mo", "day": "1d"}  # longest first


def with_block(cells: pl.DataFrame, had: pl.DataFrame) -> pl.DataFrame:
    """The cells with `block`, the day on which theirs begins; null: all of the table is one.

    had: `periods_had` of all cells of the city.
    """
    of_table: dict[str, set[str]] = {}
    for table, period in had.iter_rows():
        of_table.setdefault(table, set()).add(period)
    start = pl.lit(None, pl.Date)
    for table, periods in of_table.items():
        length = next((said for name, said in _LONGEST.items() if name in periods), "1d")
        if periods.isdisjoint(_ACROSS):
            start = pl.when(pl.col("table") == table).then(pl.col("period_start").dt.truncate(length)).otherwise(start)
    return cells.with_columns(start.alias("block"))
