"""Which day of the week a day is like in the city: weekends and public holidays are of its country."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

from simulator.world.world import World

_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


@lru_cache(maxsize=64)
def _known(country: str, subdivision: str | None, year: int) -> holidays.HolidayBase | None:
    """The public holidays of a year, or None of a country that the package does not know."""
    try:
        return holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError:
        return None


def like(world: World, day: date) -> date:
    """A day near it with the same rhythm in a week that ends with Saturday and Sunday.

    A public holiday is like a Sunday. Where the weekend is Friday and Saturday, Friday is like a Sunday and Sunday is
    like a Monday.
    """
    config = world.city.config
    place = (
        (config.country, None) if config.holidays is None else (config.holidays.country, config.holidays.subdivision)
    )
    found = _known(*place, day.year)
    if found is None:
        return day
    weekday = _SUNDAY if day in found else _week(frozenset(found.weekend))[day.weekday()]
    return day + timedelta(days=weekday - day.weekday())


@lru_cache(maxsize=16)
def _week(weekend: frozenset[int]) -> tuple[int, ...]:
    """For each weekday, 0 is Monday, which one of the usual week it is like."""
    rest = next((last for last in (_SUNDAY, _FRIDAY, _SATURDAY) if last in weekend), _SUNDAY)
    alike, working = {rest: _SUNDAY}, 0
    for after in range(1, 7):
        weekday = (rest + after) % 7
        alike[weekday] = _SATURDAY if weekday in weekend else working
        working += weekday not in weekend
    return tuple(alike[weekday] for weekday in range(7))


def resting(world: World, day: date) -> bool:
    """Whether it is a weekend day or a public holiday."""
    return like(world, day).weekday() >= _SATURDAY
