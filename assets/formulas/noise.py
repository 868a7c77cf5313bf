"""Noise formulas: energy means of sound levels.

What belongs here: averaging of levels in dB(A) as pure Polars expressions. Decibels are logarithms, so a mean
of levels is always the level of the mean energy; an arithmetic mean hides the loud events people hear.

The plausible range of a sensor (35-85 dB) is a property of the feed and is enforced before these formulas.
Levels of street sensors stand in for END facade maps: whoever publishes them labels them a proxy.
"""

import math
from typing import Final

import polars as pl

# Beyond what air can carry or a meter read; wide on purpose, the feed's own range is narrower.
LEVEL_RANGE_DB: Final = (0.0, 200.0)

_NEPERS_PER_DB: Final = math.log(10) / 10


def energy_of(level: pl.Expr) -> pl.Expr:
    """10^(L/10); null outside the range, so a sentinel of -9999 adds no silence."""
    value = level.cast(pl.Float64)
    return pl.when(value.is_between(*LEVEL_RANGE_DB)).then((value * _NEPERS_PER_DB).exp())


def leq(level: pl.Expr) -> pl.Expr:
    """Equivalent continuous level in dB(A), Float64: an aggregate over the rows of a group.

    Formula: 10*lg(mean(10^(L/10))). Source: ISO 1996-1, END 2002/49/EC annex I.
    Rows must stand for equal times. Null, NaN and levels outside 0..200 dB are left out of the mean; with no
    level left the result is null. How many rows are enough is the caller's rule.
    """
    return energy_of(level).mean().log(10) * 10
