"""Days of places with what the watch says of each: the flag that mart.place_health has for it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.watch.flags import QcFlag

_OF = ["day", "network", "quantity", "place"]
_HEALTH = pl.Schema({"day": pl.Date, **dict.fromkeys(_OF[1:], pl.String), "qc": pl.Int64})


def with_qc(days: pl.DataFrame, health: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """The rows with `qc`, a QcFlag; null where the watch says nothing of a place.

    days: with day, network, quantity, place. health: rows of mart.place_health.
    """
    said = [rows.select(pl.col(name).cast(dtype) for name, dtype in _HEALTH.items()).collect() for rows in health]
    flags = pl.concat([pl.DataFrame(schema=_HEALTH), *said])
    return days.join(flags, on=_OF, how="left", maintain_order="left")


def without_bad(days: pl.DataFrame, health: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """The rows without those that cannot be true."""
    bad = (pl.col("qc") == QcFlag.BAD).fill_null(value=False)
    return with_qc(days, health).filter(~bad).drop("qc")
