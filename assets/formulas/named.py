"""The formulas that an entry of a metric can name: functions of expressions, of one reading at a time.

Those of the land within reach and of the busiest hour look at all rows of a day, and give each of them the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from assets.formulas.exposure import per_100k, per_inhabitant
from assets.formulas.heat import apparent_heat_above, apparent_temperature_summer, wet_bulb_stull
from assets.formulas.transit import busiest_hour, busiest_hour_share, reach_in_disc_km2, reach_km2

NAMED: Mapping[str, Callable[..., pl.Expr]] = {
    formula.__name__: formula
    for formula in (
        apparent_temperature_summer,
        wet_bulb_stull,
        apparent_heat_above,
        per_100k,
        per_inhabitant,
        reach_km2,
        reach_in_disc_km2,
        busiest_hour_share,
        busiest_hour,
    )
}


def arguments_of(name: str) -> tuple[str, ...]:
    """What a formula takes, in their order. Raises KeyError for a name that no formula has."""
    return tuple(inspect.signature(NAMED[name]).parameters)


def by_formula(name: str, arguments: Sequence[pl.Expr]) -> pl.Expr:
    """The expression of a formula. Raises ValueError for an unknown name, or another number of arguments."""
    if name not in NAMED:
        raise ValueError(f"there is no formula {name!r}; there are: {', '.join(sorted(NAMED))}")
    wanted = arguments_of(name)
    if len(arguments) != len(wanted):
        raise ValueError(
            f"{name} takes {len(wanted)} arguments, and there are {len(arguments)}; write {', '.join(wanted)}"
        )
    return NAMED[name](*arguments)
