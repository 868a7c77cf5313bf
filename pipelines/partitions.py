"""Partitions: one per day, in the city's own time zone. The city is in the asset's key, never a partition."""

from __future__ import annotations

import dagster as dg

from assets.pack.city import City


def daily(city: City) -> dg.DailyPartitionsDefinition:
    return dg.DailyPartitionsDefinition(str(city.config.first_day), timezone=city.config.timezone)
