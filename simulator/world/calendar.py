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

    A public holiday is like a Sunday. Where the weekend is Friday and Saturday, Friday is like a Saturday.
    """
    config = world.city.config
    place = (
        (config.country, None) if config.holidays is None else (config.holidays.country, config.holidays.subdivision)
    )
    found = _known(*place, day.year)
    if found is None:
        return day
    if day in found:
        return day + timedelta(days=_SUNDAY - day.weekday())
    weekend = found.weekend
    if _FRIDAY in weekend and _SATURDAY in weekend:
        return day + timedelta(days=1)  # the whole week is a day earlier
    if weekend == {_FRIDAY} or (_FRIDAY in weekend and _SUNDAY in weekend):
        swapped = {_FRIDAY: _SATURDAY, _SATURDAY: _FRIDAY}.get(day.weekday(), day.weekday())
        return day + timedelta(days=swapped - day.weekday())
    return day


def resting(world: World, day: date) -> bool:
    """Whether it is a weekend day or a public holiday."""
    return like(world, day).weekday() >= _SATURDAY
