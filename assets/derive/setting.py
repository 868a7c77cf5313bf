"""A city as its metrics see it."""

from __future__ import annotations

from functools import lru_cache, partial

from assets.metrics.evaluate.setting import CitySetting
from assets.pack.city import City
from assets.standards.in_force import limit_by_day
from assets.standards.index import index


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
        limit=partial(limit_by_day, choice=city.standards),
        index=partial(index, choice=city.standards),
    )
