"""Who moves: bicycles, subway, road traffic, parked cars. What they move on is in `network`."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.network import docking_stations, links, lots, subway_stations
from simulator.world.places import business, district_numbers, districts, residents
from simulator.world.weather import weather_hours
from simulator.world.world import World, hours, moment

RENTALS = 165  # a day at a station in good weather
BOARDINGS_PER_RESIDENT = 0.75  # on a workday: 7 million in Seoul
# Monday to Sunday against a middle workday.
SUBWAY_WEEK = (0.97, 1.0, 1.0, 1.01, 1.04, 0.76, 0.58)
BIKE_WEEK = (0.98, 1.0, 1.0, 1.0, 1.02, 0.93, 0.80)
REGISTERED_AFTER_DAYS = 3
RENTED_BETWEEN = slice(6, 24)  # hours whose weather decides


def bike_rentals(world: World, day: date) -> pl.DataFrame:
    """station_id, day, rentals (Int64)."""
    stations, chance = docking_stations(world), world.random("bikes", day)
    weather = weather_hours(world, day)
    temp = float(weather["temp_c"].to_numpy()[RENTED_BETWEEN].mean())
    rain = float(weather["rain_mm"].to_numpy()[RENTED_BETWEEN].sum())
    mild = float(np.interp(temp, (-12, -2, 8, 19, 25, 30, 36), (0.06, 0.16, 0.5, 1.0, 1.0, 0.82, 0.6)))
    dry = np.exp(-0.22 * min(rain, 40) ** 0.6)
    city = mild * dry * BIKE_WEEK[day.weekday()] * np.exp(0.06 * world.wave("bikes/city", hours(day)[:1], 6)[0, 0])
    popular = np.exp(0.55 * world.random("bikes/popular").standard_normal(stations.height))
    rentals = chance.poisson(RENTALS * city * popular).astype(np.int64)
    return stations.select("station_id", day=pl.lit(day)).with_columns(rentals=rentals)


def bike_now(world: World, at: datetime) -> pl.DataFrame:
    """station_id, bikes (Int64) at a local time; a bicycle may stand beside full racks."""
    stations = docking_stations(world)
    racks = stations["racks"].to_numpy()
    hour = np.array([at.hour + at.minute / 60])
    work, _ = rhythm.whereabouts(at.date(), hour)
    # Where offices are, bicycles gather by day; where people live, by night.
    offices = np.tanh(business(world) * districts(world).height - 0.6)[district_numbers(world, stations)]
    full = 0.52 + 0.55 * offices * (work[0] - 0.2) + 0.26 * world.wave("bikes/now", moment(at), 0.06, len(racks))[:, 0]
    return stations.select("station_id").with_columns(bikes=np.clip(np.rint(full * racks), 0, None).astype(np.int64))


def subway(world: World, day: date) -> pl.DataFrame:
    """line, station, day, boardings, alightings (Int64), registered_on (Date, three days later)."""
    stations, chance = subway_stations(world), world.random("subway", day)
    rain = float(weather_hours(world, day)["rain_mm"].sum())
    total = residents(world) * BOARDINGS_PER_RESIDENT * SUBWAY_WEEK[day.weekday()] * (1 - 0.04 * min(rain, 30) / 30)
    total *= np.exp(0.015 * world.wave("subway/city", hours(day)[:1], 20)[0, 0])
    expected = total * stations["weight"].to_numpy()
    boardings = expected * np.exp(0.03 * chance.standard_normal(stations.height))
    alightings = boardings * np.exp(0.025 * world.random("subway/back").standard_normal(stations.height))
    return stations.select("line", "station", day=pl.lit(day)).with_columns(
        boardings=np.rint(boardings).astype(np.int64),
        alightings=np.rint(alightings * np.exp(0.008 * chance.standard_normal(stations.height))).astype(np.int64),
        registered_on=pl.lit(day + timedelta(days=REGISTERED_AFTER_DAYS)),
    )


def traffic(world: World, at: datetime) -> pl.DataFrame:
    """link_id, speed_kmh, travel_time_s at a local time: slow at rush hours and in rain."""
    road_links = links(world)
    free, length = road_links["free_flow_kmh"].to_numpy(), road_links["length_m"].to_numpy()
    speed = free * road_pace(world, at)[district_numbers(world, road_links)]
    speed = speed * np.exp(0.07 * world.wave("traffic/links", moment(at), 0.02, road_links.height)[:, 0])
    speed = np.clip(speed, 4, 1.15 * free)
    return road_links.select("link_id").with_columns(speed_kmh=speed, travel_time_s=length / speed * 3.6)


def road_pace(world: World, at: datetime) -> np.ndarray:
    """Speed on the roads of each district against free flow, in the order of `districts`."""
    busy = rhythm.traffic_level(at.date(), np.array([at.hour + at.minute / 60]))[0]
    rain = float(weather_hours(world, at.date())["rain_mm"][at.hour])
    dense = np.clip(0.42 + 0.05 * business(world) * districts(world).height, 0.4, 0.6)
    return (1 - dense * busy**1.6) * (1 - 0.12 * min(rain, 6) / 6)


def parking(world: World, at: datetime) -> pl.DataFrame:
    """code, parked, capacity (Int64), updated_at (a few minutes before) at a local time."""
    parking_lots = lots(world)
    capacity = parking_lots["capacity"].to_numpy()
    work, out = rhythm.whereabouts(at.date(), np.array([at.hour + at.minute / 60]))
    per_lot = 0.12 * world.random("parking").standard_normal(parking_lots.height)
    full = 0.22 + 1.1 * work[0] + 0.9 * out[0] + per_lot
    full = full + 0.07 * world.wave("parking/now", moment(at), 0.08, parking_lots.height)[:, 0]
    age = world.random("parking/updated", at.date()).integers(1, 5, size=parking_lots.height) * np.timedelta64(1, "m")
    updated = np.datetime64(at.replace(second=0, microsecond=0), "us") - age.astype("timedelta64[us]")
    return parking_lots.select("code").with_columns(
        parked=np.rint(np.clip(full, 0.02, 1) * capacity).astype(np.int64), capacity=capacity, updated_at=updated
    )
