"""Which services Seoul Open Data Plaza has in the embedded city. What they look like is in the modules seoul_*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from simulator.messages import Question, What
from simulator.shapes import seoul_air, seoul_movement, seoul_people, seoul_place, seoul_sensors, seoul_trade

SERVICES: Mapping[str, Callable[[Question, tuple[str, ...]], pl.DataFrame]] = {
    "IotVdata017": seoul_sensors.by_hour,
    "IotVdata018": seoul_sensors.people,
    "sDoTEnv": seoul_sensors.by_day,
    "sDoTPeople": seoul_sensors.people,
    "DrainpipeMonitoringInfo": seoul_sensors.drains,
    "DailyAverageAirQuality": seoul_air.daily,
    "ListAirQualityByDistrictService": seoul_air.by_district,
    "RealtimeCityAir": seoul_air.now_by_region,
    "bikeList": seoul_movement.bikes_now,
    "tbCycleRentUseDayInfo": seoul_movement.bike_day,
    "CardSubwayStatsNew": seoul_movement.subway,
    "TrafficInfo": seoul_movement.link,
    "GetParkingInfo": seoul_movement.parking,
    "SPOP_LOCAL_RESD_DONG": seoul_people.by_dong,
    "citydata": seoul_place.place,
    "VwsmTrdarSelngQq": seoul_trade.sales,
    "VwsmTrdarStorQq": seoul_trade.stores,
    "VwsmTrdarIxQq": seoul_trade.change,
    "WoWcbsDayStatic": seoul_trade.water,
}


def shape(question: Question, what: What) -> pl.DataFrame | None:
    """The rows of (service, *arguments); without any where nothing is published, None for an unknown service."""
    service, *arguments = what
    serve = SERVICES.get(service)
    return None if serve is None else serve(question, tuple(arguments))
