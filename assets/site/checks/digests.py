"""Digests of the rows of checks by month: of three years 39 months of 40 are as they were, and their rows stay unread.

A sum of hashes does not depend on the order of rows, which on a page follows from what is hashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Any

import polars as pl

from assets.site.checks.reading import Checks

MonthOfTable = tuple[str, str, date]  # layer, table and first day of a month
_MONTH = ("layer", "table_name", "month")


def digests_by_month(rows: pl.DataFrame, by: Sequence[str] = _MONTH) -> Mapping[tuple[Any, ...], int]:
    """By month, and for each table or for all, a digest of the rows whose `day` is in it."""
    hashed = rows.select("layer", "table_name", month=pl.col("day").dt.month_start(), digest=rows.hash_rows())
    summed = hashed.group_by(by).agg(pl.col("digest").sum())
    return {tuple(key): digest for *key, digest in summed.rows()}


def rows_of_month(checks: Checks, what: str, month: MonthOfTable) -> list[dict[str, Any]]:
    """The days, findings or batches of a table in a month: they are read in the order of tables and days."""

    def found() -> tuple[pl.DataFrame, Mapping[MonthOfTable, tuple[int, int]]]:
        rows: pl.DataFrame = getattr(checks, what)
        of_month = pl.struct("layer", "table_name", pl.col("day").dt.month_start().alias("month"))
        runs = rows.select(run=of_month.rle()).unnest("run").unnest("value")
        lengths = runs["len"].to_list()
        begins = accumulate(lengths, initial=0)
        names = runs.select(_MONTH).rows()
        return rows, dict(zip(names, zip(begins, lengths, strict=False), strict=True))

    rows, places = checks.file.once((what, "by month", checks.city), found)
    return rows.slice(*places[month]).rows(named=True) if month in places else []
