"""Rows of a feed of the measuring town as they are in the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from quality.contract.model import Contract


def rows(contract: Contract, days: Sequence[date], **columns: Any) -> pl.LazyFrame:
    """The same rows on each of `days`; columns that are not given are null, `time` is the beginning of the day."""
    each = pl.DataFrame(columns).join(pl.DataFrame({"day": list(days)}), how="cross")
    if "time" not in columns:
        each = each.with_columns(time=pl.col("day").cast(pl.Datetime("us")))
    return each.select(
        pl.col(name).cast(dtype) if name in each.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in contract.schema.items()
    ).lazy()
