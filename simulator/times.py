"""The times of which rows are: instants or intervals of one day by the clocks of a city, changed clocks included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import gcd

import numpy as np
import polars as pl

_QUARTER_HOUR = 15  # clocks are changed by multiples of it


@lru_cache(maxsize=256)
def times_of(zone: str, day: date, minutes: int) -> pl.DataFrame:
    """time (local) and time_utc of all beginnings on a day of intervals of so many minutes, as the clocks show them.

    An hour that clocks skip is not there. One that they repeat is there twice, by its instant.
    """
    step = timedelta(minutes=gcd(minutes, _QUARTER_HOUR))
    midnight, wide = datetime.combine(day, time()), timedelta(hours=15)
    instants = pl.datetime_range(midnight - wide, midnight + timedelta(days=1) + wide, step, eager=True)
    local = instants.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    of_day = pl.col("time").dt.hour().cast(pl.Int32) * 60 + pl.col("time").dt.minute()
    return pl.DataFrame({"time": local, "time_utc": instants}).filter(
        pl.col("time").dt.date() == day, of_day % minutes == 0, pl.col("time").dt.second() == 0
    )


def night_of(now: datetime) -> date:
    """The newest day that a night may ask for: that of `now` from 23:30 on, where the city of a night stands still."""
    return now.date() if now.time() >= time(23, 30) else now.date() - timedelta(days=1)


def instants_of(zone: str, day: date, hours: Sequence[int]) -> pl.DataFrame:
    """time and time_utc of these full hours of a day."""
    return times_of(zone, day, 60).filter(pl.col("time").dt.hour().is_in(list(hours)))


def clock_hours(times: pl.DataFrame) -> np.ndarray:
    """Hours on the clock of the column `time`, with fractions."""
    shown = times["time"].to_numpy()
    return (shown - shown.astype("datetime64[D]")) / np.timedelta64(1, "h")
