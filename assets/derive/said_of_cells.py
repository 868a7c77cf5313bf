"""What private tables say of cells, in short: a row for each cell, and the rows of what else is published of cells.

It is kept by month, as grouping all hours of three years took a release 0.6 s. A row says something of its own day, so
no cell is in two months.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import polars as pl

from assets.derive.rows_for_cells import LARGEST, ROW_NAMES, ROWS

KEY_OF_ROWS = ("table", "area", "area_level", "period", "period_start", "hour")
# of the rows of a cell, sorted by rank: what the first one says that says anything, and the fewest contributors
AS_ONE_CELL = (pl.col("value", *LARGEST).drop_nulls().first(), pl.col("contributors").min())
SAID = pl.Schema(
    {
        **{name: pl.String() if name in ROW_NAMES else ROWS[name] for name in KEY_OF_ROWS},
        **{name: ROWS[name] for name in ("value", *LARGEST, "contributors")},
    }
)


class SaidOfCells(NamedTuple):
    """What the tables of a city say, of whole months."""

    cells: pl.LazyFrame  # SAID: one row for each cell
    beside: pl.LazyFrame  # ROWS of figures beside the values; of every other figure one row for each rank
    every: Callable[[], pl.LazyFrame]  # ROWS, all of them


def said_of_cells(rows: pl.LazyFrame) -> SaidOfCells:
    """In short, what these rows (ROWS) say."""
    every = rows.collect().sort("rank")
    cells = every.filter(pl.col("rank").is_not_null()).group_by(KEY_OF_ROWS).agg(AS_ONE_CELL)
    named = pl.col("figure").is_in(_figures_beside(every).implode()).fill_null(value=False)
    others = every.filter(~named).unique(["table", "period", "figure", "rank"], keep="first")
    typed = cells.select(pl.col(name).cast(dtype) for name, dtype in SAID.items())
    return SaidOfCells(typed.lazy(), pl.concat([every.filter(named), others]).lazy(), lambda: rows)


def rows_beside(said: Sequence[SaidOfCells]) -> pl.DataFrame:
    """ROWS of the figures that are published besides the values.

    A figure can be the value of the cells of one month and stand beside it in another one. Of the first the rows are
    not in short, so all of them are read.
    """
    beside = [pl.DataFrame(schema=ROWS), *pl.collect_all([one.beside for one in said])]
    placed = pl.concat(one.with_columns(_of=pl.lit(place, pl.Int32)) for place, one in enumerate(beside, start=-1))
    named = pl.col("figure").is_in(_figures_beside(placed).implode()).fill_null(value=False)
    shorter = placed.with_columns(_short=~_is_beside("_of")).filter(named).group_by("_of", "figure")
    lacking = shorter.agg(pl.col("_short").all()).filter("_short")["_of"].unique().to_list()
    read = [said[place].every().collect() for place in lacking]
    short = placed.filter(named & ~pl.col("_of").is_in(lacking)).drop("_of")
    return pl.concat([short, *(one.filter(named) for one in read)])


def _figures_beside(rows: pl.DataFrame) -> pl.Series:
    return rows.filter(_is_beside(), pl.col("figure") != "")["figure"].unique()


def _is_beside(*of: str) -> pl.Expr:
    """Whether another figure is the value of the cell. of: of each of which it is asked by itself."""
    rank = pl.col("rank")
    return rank.is_null() | (rank > rank.min().over(*of, "table", "period"))
