"""Weighted means of the last 12 hours of particles, by which indices of the hour are read.

Each takes the hours of one window at one place, row by row: 12 expressions, the newest first; a missing hour is null.
They are computed stage by stage in a struct: as one expression each weight would repeat all hours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

import polars as pl

WINDOW_HOURS: Final = 12
_HOURS = [pl.field(f"hour_{age}") for age in range(WINDOW_HOURS)]


def nowcast_us(hours: Sequence[pl.Expr]) -> pl.Expr:
    """NowCast of the US EPA: weights w^0..w^11 from the newest on, w = least/greatest of the hours, 0.5 at the least.

    Missing hours have no weight. Null without two of the three newest hours. Source: EPA-454/B-24-002.
    """
    return _nowcast(hours, pl.field("weighted"))


def nowcast_vn(hours: Sequence[pl.Expr]) -> pl.Expr:
    """NowCast of Vietnam: that of the US; where w is 0.5, the sum of 0.5^i c_i with i from 1, as the decision has it.

    In that sum a missing hour counts as nothing, and the weights of the others stay. Source: decision 1459/QD-TCMT.
    """
    halves = pl.sum_horizontal(hour * 0.5 ** (age + 1) for age, hour in enumerate(_HOURS))
    return _nowcast(hours, pl.when(pl.field("weight") > 0.5).then(pl.field("weighted")).otherwise(halves))


def particle_mean_tw(hours: Sequence[pl.Expr]) -> pl.Expr:
    """0.5 x mean of 12 hours + 0.5 x mean of the last 4; null below 6 of 12 or 2 of 4. Source: MOENV, edition 2025."""
    enough = (_valid(_HOURS) >= 6) & (_valid(_HOURS[:4]) >= 2)
    both = 0.5 * pl.mean_horizontal(_HOURS) + 0.5 * pl.mean_horizontal(_HOURS[:4])
    return _window(hours).struct.with_fields(mean=pl.when(enough).then(both)).struct.field("mean")


def particle_24h_kr(hours: Sequence[pl.Expr], low: float) -> pl.Expr:
    """The mean of 24 hours that AirKorea expects: (12 C12 + 12 C4) / 24.

    C12 is the mean of the 12 hours, C4 that of the last four, each taken as it is where it is below `low` (PM10 70,
    PM2.5 30 ug/m3) or less than 0.9 or more than 1.7 times C12, else three quarters of it. Null below 9 of 12 or 3 of
    4 hours: three quarters, which is not stated there. Source: AirKorea, calculation of the CAI.
    """
    mean = pl.field("mean")
    taken = [
        pl.when((hour < low) | (hour / mean < 0.9) | (hour / mean > 1.7)).then(hour).otherwise(hour * 0.75)
        for hour in _HOURS[:4]
    ]
    enough = (_valid(_HOURS) >= 9) & (_valid(_HOURS[:4]) >= 3)
    means = _window(hours).struct.with_fields(mean=pl.mean_horizontal(_HOURS))
    expected = pl.when(enough).then((mean + pl.mean_horizontal(taken)) / 2)
    return means.struct.with_fields(expected=expected).struct.field("expected")


PARTICLE_MEANS: Final[Mapping[str, Callable[[Sequence[pl.Expr]], pl.Expr]]] = MappingProxyType(
    {
        "nowcast_us": nowcast_us,
        "nowcast_vn": nowcast_vn,
        "particle_mean_tw": particle_mean_tw,
        "pm25_24h_kr": partial(particle_24h_kr, low=30.0),
        "pm10_24h_kr": partial(particle_24h_kr, low=70.0),
    }
)


def _window(hours: Sequence[pl.Expr]) -> pl.Expr:
    return pl.struct(*(hour.cast(pl.Float64).alias(f"hour_{age}") for age, hour in enumerate(hours)))


def _nowcast(hours: Sequence[pl.Expr], mean: pl.Expr) -> pl.Expr:
    """`mean` of the fields `weight` and `weighted`, where two of the three newest hours are valid."""
    least, most, weight = pl.min_horizontal(_HOURS), pl.max_horizontal(_HOURS), pl.field("weight")
    # hours that are all zero are equal: w is 1
    equal = pl.when(most > 0).then(least / most).otherwise(1.0).clip(lower_bound=0.5)
    terms = pl.sum_horizontal(weight**age * hour for age, hour in enumerate(_HOURS))
    weights = pl.sum_horizontal(pl.when(hour.is_not_null()).then(weight**age) for age, hour in enumerate(_HOURS))
    staged = _window(hours).struct.with_fields(weight=equal).struct.with_fields(weighted=terms / weights)
    enough = _valid(_HOURS[:3]) >= 2
    return staged.struct.with_fields(nowcast=pl.when(enough).then(mean)).struct.field("nowcast")


def _valid(hours: Sequence[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(hour.is_not_null().cast(pl.Int64) for hour in hours)
