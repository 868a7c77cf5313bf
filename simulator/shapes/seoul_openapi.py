"""Which services Seoul Open Data Plaza has in the embedded city. What they look like is in the modules seoul_*."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from simulator.messages import Question, What
from simulator.seoul import air, movement, people, place, sensors, trade

SERVICES: Mapping[str, Callable[[Question, tuple[str, ...]], pl.DataFrame]] = {
    "IotVdata017": sensors.by_hour,
    "IotVdata018": sensors.people,
    "sDoTEnv": sensors.by_day,
    "sDoTPeople": sensors.people,
    "DrainpipeMonitoringInfo": sensors.drains,
    "DailyAverageAirQuality": air.daily,
    "ListAirQualityByDistrictService": air.by_district,
    "RealtimeCityAir": air.now_by_region,
    "bikeList": movement.bikes_now,
    "tbCycleRentUseDayInfo": movement.bike_day,
    "CardSubwayStatsNew": movement.subway,
    "TrafficInfo": movement.link,
    "GetParkingInfo": movement.parking,
    "SPOP_LOCAL_RESD_DONG": people.by_dong,
    "citydata": place.place,
    "VwsmTrdarSelngQq": trade.sales,
    "VwsmTrdarStorQq": trade.stores,
    "VwsmTrdarIxQq": trade.change,
    "WoWcbsDayStatic": trade.water,
}


def shape(question: Question, what: What) -> pl.DataFrame | None:
    """The rows of (service, *arguments); without any where nothing is published, None for an unknown service."""
    service, *arguments = what
    serve = SERVICES.get(service)
    return None if serve is None else serve(question, tuple(arguments))
