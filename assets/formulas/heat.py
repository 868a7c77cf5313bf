"""Heat formulas: wet-bulb and apparent temperature.

What belongs here: thermal indices of one place and moment as pure Polars expressions. Counting days or hours
above a threshold, and choosing the season a formula applies to, belong to the callers.

Units: degrees Celsius, relative humidity in percent. Temperatures outside -40..45 C and
humidity outside 0..100 % are sensor faults, not weather: they give null, as do null and NaN.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

TEMPERATURE_RANGE_C: Final = (-40.0, 45.0)
HUMIDITY_RANGE_PCT: Final = (0.0, 100.0)


def _where_fitted(formula: Callable[[pl.Expr, pl.Expr], pl.Expr], temp_c: pl.Expr, humidity_pct: pl.Expr) -> pl.Expr:
    """The formula of both as Float64 where they are weather, null elsewhere.

    Asked once and around the formula: of what stands in a `when`, Polars computes again each time what is there twice,
    and the wet-bulb temperature is there three times.
    """
    temp, humidity = temp_c.cast(pl.Float64), humidity_pct.cast(pl.Float64)
    weather = temp.is_between(*TEMPERATURE_RANGE_C) & humidity.is_between(*HUMIDITY_RANGE_PCT)
    return pl.when(weather).then(formula(temp, humidity))


def wet_bulb_stull(temp_c: pl.Expr, humidity_pct: pl.Expr) -> pl.Expr:
    """Wet-bulb temperature in C from air temperature (C) and relative humidity (%), Float64.

    Formula: T*atan(.151977*sqrt(RH+8.313659)) + atan(T+RH) - atan(RH-1.67633)
    + .00391838*RH^1.5*atan(.023101*RH) - 4.686035, angles in radians, at sea-level pressure.
    Source: Stull 2011 (J. Appl. Meteor. Climatol. 50), as KMA uses it.
    Fitted for RH 5..99 % and T -20..50 C, except dry cold, with errors of -1 to +.65 C. Inside our gate but
    outside that fit (RH 0..5 and 99..100 %, T -40..-20 C) it still answers, but extrapolates and may exceed
    the air temperature. Outside -40..45 C or 0..100 %: null.
    """
    return _where_fitted(_wet_bulb, temp_c, humidity_pct)


def _wet_bulb(temp: pl.Expr, humidity: pl.Expr) -> pl.Expr:
    return (
        temp * (0.151977 * (humidity + 8.313659).sqrt()).arctan()
        + (temp + humidity).arctan()
        - (humidity - 1.67633).arctan()
        + 0.00391838 * humidity * humidity.sqrt() * (0.023101 * humidity).arctan()
        - 4.686035
    )


def apparent_temperature_summer(temp_c: pl.Expr, humidity_pct: pl.Expr) -> pl.Expr:
    """Summer apparent temperature in C from air temperature (C) and relative humidity (%), Float64.

    Formula: -.2442 + .55399*Tw + .45535*Ta - .0022*Tw^2 + .00278*Tw*Ta + 3.0, Tw = `wet_bulb_stull`.
    Source: KMA, in use since 2 June 2022.
    Meant for the warm season (KMA: May-September); in winter it answers but means nothing.
    Outside -40..45 C or 0..100 %: null. Not rounded, so 32.96 does not reach the 33 C threshold.
    """
    return _where_fitted(_apparent_summer, temp_c, humidity_pct)


def _apparent_summer(temp: pl.Expr, humidity: pl.Expr) -> pl.Expr:
    wet = _wet_bulb(temp, humidity)
    return wet * 0.55399 + 0.45535 * temp - 0.0022 * wet.pow(2) + 0.00278 * wet * temp + 3.0 - 0.2442


def apparent_heat_above(temp_c: pl.Expr, humidity_pct: pl.Expr, threshold_c: pl.Expr) -> pl.Expr:
    """Degrees by which the summer apparent temperature is above a threshold, 0 below it, Float64.

    Formula: max(0, `apparent_temperature_summer` - threshold). Summed over hours they are heat degree hours (degC h).
    Null where the apparent temperature is null.
    """
    above = apparent_temperature_summer(temp_c, humidity_pct) - threshold_c.cast(pl.Float64)
    return pl.when(above.is_not_null()).then(pl.max_horizontal(above, pl.lit(0.0)))
