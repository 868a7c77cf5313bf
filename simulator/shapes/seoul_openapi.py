"""Which services Seoul Open Data Plaza has in the simulated city, and the function that makes the rows of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from simulator.messages import Question, Selection
from simulator.seoul import air, movement, people, place, sensors, trade

SERVICES: Mapping[str, Callable[[Question, tuple[str, ...]], pl.DataFrame]] = {
    "IotVdata017": sensors.hourly_sensor_rows,
    "IotVdata018": sensors.visitor_rows,
    "sDoTEnv": sensors.daily_sensor_rows,
    "sDoTPeople": sensors.visitor_rows,
    "DrainpipeMonitoringInfo": sensors.drain_rows,
    "DailyAverageAirQuality": air.daily_air_rows,
    "ListAirQualityByDistrictService": air.district_air_rows,
    "RealtimeCityAir": air.region_air_rows,
    "bikeList": movement.bike_station_rows,
    "tbCycleRentUseDayInfo": movement.bike_rental_rows,
    "CardSubwayStatsNew": movement.subway_rows,
    "TrafficInfo": movement.road_link_rows,
    "GetParkingInfo": movement.parking_rows,
    "SPOP_LOCAL_RESD_DONG": people.living_population_rows,
    "citydata": place.hotspot_rows,
    "TbgisTrdarRelm": trade.register_rows,
    "VwsmTrdarSelngQq": trade.sales_rows,
    "VwsmTrdarStorQq": trade.store_rows,
    "VwsmTrdarIxQq": trade.trade_change_rows,
    "VwsmSignguNcmCnsmpW": trade.spending_rows,
    "WoWcbsDayStatic": trade.water_rows,
}


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """The rows of (service, *arguments); without any where nothing is published, None for an unknown service."""
    service, *arguments = selection
    rows_of_service = SERVICES.get(service)
    return None if rows_of_service is None else rows_of_service(question, tuple(arguments))
