"""Where something stands in any city: stations, stops, docks, lots, links, gauges, meters. No readings here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world.places import KM_PER_DEGREE, districts, residents
from simulator.world.registers import air_stations, host_districts
from simulator.world.world import World

OLDEST, INSTALLED_DAYS = date(2001, 5, 14), 3_600  # nothing is installed later than early in 2011
SPREAD = 0.3  # of the radius of a district: so near its centre is everything that stands in it
DISTRICT_KM2 = 5.0  # where the pack does not say


@dataclass(frozen=True)
class SiteKind:
    """How many there are of one kind: some in each district, and the more the more people live in the city."""

    letter: str  # before the number in their codes
    each: int
    least: int
    most: int
    people: float  # residents for each


STATION = "station"
NETWORKS = {"low_cost": "sensor", "crowd": "home sensor"}  # what measures there instead of a station
KINDS = {
    STATION: SiteKind("M", 1, 3, 400, 250_000),  # measures air, weather and noise
    "sensor": SiteKind("N", 3, 8, 600, 60_000),
    "home sensor": SiteKind("W", 2, 5, 300, 120_000),
    "stop": SiteKind("S", 2, 8, 300, 40_000),
    "dock": SiteKind("B", 2, 10, 200, 30_000),
    "lot": SiteKind("P", 1, 6, 80, 120_000),
    "link": SiteKind("L", 2, 10, 120, 80_000),
    "gauge": SiteKind("G", 1, 4, 60, 200_000),
    "meter": SiteKind("E", 1, 6, 60, 200_000),
    "spot": SiteKind("C", 1, 5, 60, 200_000),
    "market": SiteKind("K", 1, 3, 40, 300_000),
    "building": SiteKind("H", 4, 30, 400, 20_000),
}


@lru_cache(maxsize=64)
def sites(world: World, kind: str) -> pl.DataFrame:
    """place, name, name_en, kind, area, lat, lon (deg), altitude, height (m), installed_on (Date); places are unique.

    Stations are those of the pack's table of air stations, where it has one: their names are their codes.
    """
    rows = districts(world)
    table = world.city.register_table("air_quality") if kind == STATION else None
    if table is None:
        size = KINDS[kind]
        wanted = max(size.each * rows.height, round(residents(world) / size.people), size.least)
        host = np.arange(min(max(wanted, rows.height), max(size.most, rows.height))) % rows.height
        number = np.arange(len(host)) // rows.height + 1
        places = [f"{size.letter}{n + 1:03d}" for n in range(len(host))]
        names = [f"{name} {n}" for name, n in zip(rows["name"].gather(host), number, strict=True)]
        english = [f"{name} {n}" for name, n in zip(rows["name_en"].gather(host), number, strict=True)]
        kinds = [kind] * len(host)
    else:
        stations = air_stations(world)
        host = host_districts(world, stations)
        places = names = english = stations["station"].to_list()
        kinds = stations["kind"].to_list()
    chance, count = world.random(f"sites/{kind}"), len(host)
    angle, away = 2 * np.pi * chance.random(count), SPREAD * np.sqrt(chance.random(count))
    away = away * _radius_km(world)[host] / KM_PER_DEGREE
    lat = rows["lat"].to_numpy()[host]
    return pl.DataFrame(
        {
            "place": places,
            "name": names,
            "name_en": english,
            "kind": kinds,
            "area": rows["area"].gather(host),
            "lat": np.round(np.clip(lat + away * np.sin(angle), -90, 90), 6),
            "lon": np.round(
                (rows["lon"].to_numpy()[host] + away * np.cos(angle) / np.maximum(np.cos(np.radians(lat)), 0.05) + 180)
                % 360
                - 180,
                6,
            ),
            "altitude": np.round(5 + 60 * chance.random(count), 1),
            "height": np.round(2 + 8 * chance.random(count), 1),
            "installed_on": np.datetime64(OLDEST, "D") + chance.integers(INSTALLED_DAYS, size=count),
        }
    )


def _radius_km(world: World) -> np.ndarray:
    """Of a circle as large as each district."""
    known = districts(world).join(world.city.areas.select(area="code", km2="area_km2"), on="area", how="left")
    km2 = known["km2"].cast(pl.Float64).fill_null(DISTRICT_KM2).to_numpy()
    return np.sqrt(np.clip(km2, 0.01, 5_000) / np.pi)
