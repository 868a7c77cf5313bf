"""Hours of local days: how many there are, and at which instants; a day of a change of clocks has 23 or 25."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

HOUR_LENGTH = timedelta(hours=1)


def moments(days: Sequence[date], length: timedelta, timezone: str) -> pl.DataFrame:
    """day, time (local), time_utc: the beginnings of the intervals of this length on these days."""
    if not days:
        return pl.DataFrame(schema={"day": pl.Date, "time": pl.Datetime("us"), "time_utc": pl.Datetime("us")})
    before, after = min(days) - timedelta(days=1), max(days) + timedelta(days=2)
    instants = pl.datetime_range(before, after, length, closed="left", time_unit="us", eager=True)
    shown = instants.dt.replace_time_zone("UTC").dt.convert_time_zone(timezone).dt.replace_time_zone(None)
    all_of = pl.DataFrame({"day": shown.dt.date(), "time": shown, "time_utc": instants})
    return all_of.filter(pl.col("day").is_in(list(days)))


def instant_of(local: pl.Expr, timezone: str) -> pl.Expr:
    """The instant of a local time: the first one of a repeated hour; null for one that the clocks skip."""
    zoned = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
