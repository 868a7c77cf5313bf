"""Weighted means of the last 12 hours of particles, by which indices of the hour are read.

Aggregations over one window at one place: `value` are the valid hours of it, none of them null or once more, and `age`
says how many hours before the newest each is (0..11). Hours that are missing are not there, or null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import polars as pl

HOURS: Final = 12  # in the window of each of them


def nowcast_us(value: pl.Expr, age: pl.Expr) -> pl.Expr:
    """NowCast of the US EPA: weights w^0..w^11 from the newest on, w = least/greatest of the hours, 0.5 at the least.

    Missing hours have no weight. Null without two of the three newest hours. Source: EPA-454/B-24-002.
    """
    weight = _weight(value) ** age.filter(value.is_not_null())
    return pl.when(_newest(value, age, 3) >= 2).then((weight * value.drop_nulls()).sum() / weight.sum())


def nowcast_vn(value: pl.Expr, age: pl.Expr) -> pl.Expr:
    """NowCast of Vietnam: that of the US; where w is 0.5, the sum of 0.5^i c_i with i from 1, as the decision has it.

    In that sum a missing hour counts as nothing, and the weights of the others stay. Source: decision 1459/QD-TCMT.
    """
    hours = age.filter(value.is_not_null())
    halves = (0.5 ** (hours + 1) * value.drop_nulls()).sum()
    return pl.when(_weight(value) > 0.5).then(nowcast_us(value, age)).when(_newest(value, age, 3) >= 2).then(halves)


def particle_mean_tw(value: pl.Expr, age: pl.Expr) -> pl.Expr:
    """0.5 x mean of 12 hours + 0.5 x mean of the last 4; null below 6 of 12 or 2 of 4. Source: MOENV, edition 2025."""
    enough = (value.count() >= 6) & (_newest(value, age, 4) >= 2)
    return pl.when(enough).then(0.5 * value.mean() + 0.5 * value.filter(age < 4).mean())


def particle_24h_kr(value: pl.Expr, age: pl.Expr, low: float) -> pl.Expr:
    """The mean of 24 hours that AirKorea expects: (12 C12 + 12 C4) / 24.

    C12 is the mean of the 12 hours, C4 that of the last four, each taken as it is where it is below `low` (PM10 70,
    PM2.5 30 ug/m3) or less than 0.9 or more than 1.7 times C12, else three quarters of it. Null below 9 of 12 or 3 of
    4 hours: three quarters, which is not stated there. Source: AirKorea, calculation of the CAI.
    """
    mean, last = value.mean(), value.filter(age < 4)
    ratio = last / mean
    taken = pl.when((last < low) | (ratio < 0.9) | (ratio > 1.7)).then(last).otherwise(last * 0.75)
    enough = (value.count() >= 9) & (_newest(value, age, 4) >= 3)
    return pl.when(enough).then((mean + taken.mean()) / 2)


PARTICLE_MEANS: Final[Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = MappingProxyType(
    {
        "nowcast_us": nowcast_us,
        "nowcast_vn": nowcast_vn,
        "particle_mean_tw": particle_mean_tw,
        "pm25_24h_kr": partial(particle_24h_kr, low=30.0),
        "pm10_24h_kr": partial(particle_24h_kr, low=70.0),
    }
)


def _newest(value: pl.Expr, age: pl.Expr, hours: int) -> pl.Expr:
    """How many of the newest hours are valid."""
    return value.filter(age < hours).count()


def _weight(value: pl.Expr) -> pl.Expr:
    """Least over greatest, 0.5 at the least; 1 where all hours are zero."""
    return pl.when(value.max() > 0).then(value.min() / value.max()).otherwise(1.0).clip(lower_bound=0.5)
