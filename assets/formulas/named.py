"""The formulas that an entry of a metric can name: functions of expressions, of one reading at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import polars as pl

from assets.formulas.air import mass_of_gas
from assets.formulas.heat import apparent_temperature_summer, wet_bulb_stull

NAMED: Mapping[str, Callable[..., pl.Expr]] = {
    "apparent_temperature_summer": apparent_temperature_summer,
    "wet_bulb_stull": wet_bulb_stull,
    "mass_of_no2": partial(mass_of_gas, substance="NO2"),
    "mass_of_so2": partial(mass_of_gas, substance="SO2"),
    "mass_of_o3": partial(mass_of_gas, substance="O3"),
    "mass_of_co": partial(mass_of_gas, substance="CO", unit="mg/m3"),
}


def arguments_of(name: str) -> tuple[str, ...]:
    """What a formula takes, in their order. Raises KeyError for a name that no formula has."""
    parameters = inspect.signature(NAMED[name]).parameters.values()
    return tuple(one.name for one in parameters if one.kind is not one.KEYWORD_ONLY)


def by_formula(name: str, arguments: Sequence[pl.Expr]) -> pl.Expr:
    """The expression of a formula. Raises KeyError for an unknown name, TypeError for another number of arguments."""
    return NAMED[name](*arguments)
