"""Deliveries that were read more than once under one contract, as the code that reads them was corrected."""

from __future__ import annotations

import polars as pl


def readings_of(parsed: pl.DataFrame) -> pl.DataFrame:
    """The last reading of each delivery under one contract, in the order in which they were read first. `parsed`: such
    rows of ledger.attempt, in order of time. `reading`: the version of the code, where it is not the first one."""
    of_one = parsed.group_by("sha256", maintain_order=True).agg(
        pl.all().last(), pl.when(pl.col("read_by").n_unique() > 1).then(pl.col("read_by").last()).alias("reading")
    )
    return of_one.select(*parsed.columns, "reading")
