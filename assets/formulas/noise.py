"""Noise formulas: energy means of sound levels.

What belongs here: averaging of levels in dB(A) as pure Polars expressions. Decibels are logarithms, so a mean
of levels is always the level of the mean energy; an arithmetic mean hides the loud events people hear.

The plausible range of a sensor (35-85 dB) is a property of the feed and is enforced before these formulas.
Levels of street sensors stand in for END facade maps: whoever publishes them labels them a proxy.
"""

import math
from typing import Final

import polars as pl

DAY_HOURS: Final = 12  # 07-19
EVENING_HOURS: Final = 4  # 19-23
NIGHT_HOURS: Final = 8  # 23-07
EVENING_PENALTY_DB: Final = 5.0
NIGHT_PENALTY_DB: Final = 10.0

# Beyond what air can carry or a meter read; wide on purpose, the feed's own range is narrower.
LEVEL_RANGE_DB: Final = (0.0, 200.0)

# END reporting thresholds, dB(A).
LDEN_THRESHOLD_DB: Final = 55.0
LNIGHT_THRESHOLD_DB: Final = 50.0

_NEPERS_PER_DB: Final = math.log(10) / 10


def _energy(level: pl.Expr, penalty_db: float = 0.0) -> pl.Expr:
    """10^((L+penalty)/10); null outside the range, so a sentinel of -9999 adds no silence."""
    value = level.cast(pl.Float64)
    return pl.when(value.is_between(*LEVEL_RANGE_DB)).then(((value + penalty_db) * _NEPERS_PER_DB).exp())


def leq(level: pl.Expr) -> pl.Expr:
    """Equivalent continuous level in dB(A), Float64: an aggregate over the rows of a group.

    Formula: 10*lg(mean(10^(L/10))). Source: ISO 1996-1, END 2002/49/EC annex I.
    Rows must stand for equal times. Null, NaN and levels outside 0..200 dB are left out of the mean; with no
    level left the result is null. How many rows are enough is the caller's rule.
    """
    return _energy(level).mean().log(10) * 10


def lden(day: pl.Expr, evening: pl.Expr, night: pl.Expr) -> pl.Expr:
    """Day-evening-night level in dB(A), Float64, from the Leq of the three periods, row by row.

    Formula: 10*lg((12*10^(Ld/10) + 4*10^((Le+5)/10) + 8*10^((Ln+10)/10))/24); day 07-19, evening 19-23,
    night 23-07 local time. Source: END 2002/49/EC annex I. A constant level gives 6.4 dB more than itself.
    Any period null, NaN or outside 0..200 dB: null, since a missing night would make a place look quiet.
    """
    energy = (
        _energy(day) * DAY_HOURS
        + _energy(evening, EVENING_PENALTY_DB) * EVENING_HOURS
        + _energy(night, NIGHT_PENALTY_DB) * NIGHT_HOURS
    )
    return (energy / (DAY_HOURS + EVENING_HOURS + NIGHT_HOURS)).log(10) * 10
