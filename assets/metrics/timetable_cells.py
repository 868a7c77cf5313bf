"""Cells of a timetable, which may lack a column: texts, numbers, and clocks that run past midnight."""

from __future__ import annotations

import polars as pl


def text_or_null(rows: pl.DataFrame, name: str) -> pl.Expr:
    return (pl.col(name) if name in rows.columns else pl.lit(None).alias(name)).cast(pl.String)


def number_or_null(rows: pl.DataFrame, name: str) -> pl.Expr:
    return (pl.col(name) if name in rows.columns else pl.lit(None).alias(name)).cast(pl.Float64)


def seconds_of_service(clock: pl.Expr) -> pl.Expr:
    """Of 25:10:00 of a day of service: 90,600."""
    parts = clock.str.split(":").list
    hours, minutes, seconds = (parts.get(number, null_on_oob=True).cast(pl.Int64, strict=False) for number in range(3))
    return hours * 3600 + minutes * 60 + seconds


def positions() -> list[pl.Expr]:
    """lat, lon; both or none. At 0, 0 there is the sea: some agencies write it for what is not known."""
    lat, lon = pl.col("lat"), pl.col("lon")
    known = lat.is_not_null() & lon.is_not_null() & ((lat != 0) | (lon != 0))
    return [pl.when(known).then(one).alias(name) for name, one in (("lat", lat), ("lon", lon))]
