"""A city as its metrics see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import ParamSpec, TypeVar

from assets.metrics.evaluate.setting import CitySetting, no_index, no_limit
from assets.pack.city import City
from assets.standards.in_force import limit_by_day
from assets.standards.index import index
from quality.contract.mistakes import ContractError

P = ParamSpec("P")
T = TypeVar("T")


@lru_cache(maxsize=32)  # a City is known by its identity: one that was changed is another
def city_setting(city: City) -> CitySetting:
    """Areas, people, parameters and standards of a city, and what it finds complete enough."""
    needs = {metric: choice.min_completeness for metric, choice in city.choices.items() if choice.min_completeness}
    return CitySetting(
        areas=city.areas,
        timezone=city.config.timezone,
        residents=city.residents,
        parameters=city.parameters,
        needs=needs,
        limit=_else(no_limit, partial(limit_by_day, choice=city.standards)),
        index=_else(no_index, partial(index, choice=city.standards)),
        calendar=city.calendar,
        crosswalks=city.crosswalks,
    )


def _else(none: Callable[P, T], judged: Callable[P, T]) -> Callable[P, T]:
    """What a standard says, and none where it cannot be had: `madang city check` says why, and the night goes on."""

    def found(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return judged(*args, **kwargs)
        except ContractError:
            return none(*args, **kwargs)

    return found
