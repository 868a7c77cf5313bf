"""The key of a row: whether it is whole, its hash, and which hashes are there more than once."""

from __future__ import annotations

import polars as pl

from quality.contract.model import Contract


def needed(contract: Contract) -> list[str]:
    """The columns without which a row has no whole key: also the correction that says which row of the key counts."""
    return [c.name for c in contract.columns if c.key or (c.name == contract.correction_column and c.required)]


def keyless(contract: Contract) -> pl.Expr:
    """Whether a part of a row's key is missing, or its correction where that is required."""
    return pl.any_horizontal(pl.col(needed(contract)).is_null())


def key_time(contract: Contract) -> str | None:
    """The time in the key: rows of one key have one time."""
    return next((c.name for c in contract.columns if c.key and c.type == "timestamp"), None)


def key_hashes(contract: Contract, rows: pl.DataFrame) -> pl.Series:
    """A hash of each row's key, the same in every process with this version of Polars."""
    return rows.select(pl.struct(contract.key).hash()).to_series()


def repeated_hashes(hashes: pl.Series) -> pl.Series:
    """Those that are there more than once. Sorting numbers is five times faster than grouping them."""
    ordered = hashes.sort()
    return ordered.filter(ordered == ordered.shift()).unique()
