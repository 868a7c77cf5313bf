"""Registers of what measures: street sensors, air stations, drain gauges. What they measure belongs elsewhere."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world.places import cells, city_area, districts, dongs, points_inside, stems
from simulator.world.world import World

REGIONS = ("main_street", "residential_area", "traditional_markets", "parks", "roads_and_parks")
REGION_SHARES = (0.34, 0.38, 0.08, 0.12, 0.08)
INSTALLED_SINCE = date(2019, 3, 1)  # the network was set up within 300 days; before it no sensor reports
INSTALLED_DAYS = 300
GAUGES = 50
STREETS = ("중앙로", "시장길", "역전로", "천변로", "학교길", "공원로", "언덕길", "강변로")


@lru_cache(maxsize=8)
def sensor_register(world: World) -> pl.DataFrame:
    """sensor_id, model, area, dong_code, lat, lon (deg), region, district_en, dong_en, installed_on (Date).

    As many sensors in each district as the world says, each strictly inside the district's outline.
    """
    rows, each = districts(world), world.sensors_per_district
    chance = world.random("sensors")
    points = np.concatenate([points_inside(chance, cell, each) for cell in cells(world)])
    count = len(points)
    number = np.sort(chance.choice(60_000, count, replace=False)) + 1_940_001
    dongs_of = (
        dongs(world).with_columns(place=pl.int_range(pl.len()).over("area") + 1).partition_by("area", as_dict=True)
    )
    placed = pl.concat(
        [
            dongs_of[(area,)].select("area", "dong_code", "place")[chance.integers(dongs_of[(area,)].height, size=each)]
            for area in rows["area"]
        ]
    )
    stem = pl.col("name_en").str.replace("-(gu|gun|si)$", "")
    return (
        placed.join(rows.select("area", "name_en"), on="area", how="left", maintain_order="left")
        .with_columns(
            sensor_id=pl.Series([f"V02Q{n:07d}" for n in number], dtype=pl.String),
            model=pl.lit("SDOT001"),
            lat=points[:, 1],
            lon=points[:, 0],
            region=pl.Series(REGIONS).gather(chance.choice(len(REGIONS), count, p=REGION_SHARES)),
            installed_on=np.datetime64(INSTALLED_SINCE, "D") + chance.integers(INSTALLED_DAYS, size=count),
        )
        .select(
            "sensor_id",
            "model",
            "area",
            "dong_code",
            "lat",
            "lon",
            "region",
            district_en=pl.col("name_en"),
            dong_en=pl.format("{} {}-dong", stem, "place"),
            installed_on="installed_on",
        )
    )


@lru_cache(maxsize=8)
def air_stations(world: World) -> pl.DataFrame:
    """station, kind (urban, roadside, background), area (null without one), code (6 digits), region."""
    rows = districts(world)
    table = world.city.register_table("air_quality")
    stations = (
        rows.select(station="name", kind=pl.lit("urban"), area="area")
        if table is None
        else table.select(
            station="place",
            kind=pl.col("kind").fill_null("urban") if "kind" in table.columns else pl.lit("urban"),
            area=pl.col("area").replace("", None) if "area" in table.columns else pl.lit(None, pl.String),
        )
    )
    host = host_districts(world, stations)
    city = city_area(world)
    lat = rows["lat"].to_numpy()[host] - float(city["lat"])
    lon = rows["lon"].to_numpy()[host] - float(city["lon"])
    return stations.with_columns(
        code=pl.Series([f"{111_121 + n}" for n in range(stations.height)], dtype=pl.String),
        region=pl.Series([_region(north, east) for north, east in zip(lat, lon, strict=True)], dtype=pl.String),
    )


def host_districts(world: World, stations: pl.DataFrame) -> np.ndarray:
    """Row in `districts` of the district in which a station stands.

    Its own area, else the district whose name its name begins with (강남대로 stands in 강남구), else any.
    """
    rows = districts(world)
    order = {area: n for n, area in enumerate(rows["area"])}
    any_district = world.random("air stations").integers(rows.height, size=stations.height)
    hosts = []
    for number, (station, area) in enumerate(stations.select("station", "area").iter_rows()):
        named = [n for n, stem in enumerate(stems(world)) if station.startswith(stem)]
        hosts.append(order.get(area, named[0] if named else int(any_district[number])))
    return np.array(hosts)


@lru_cache(maxsize=8)
def gauges(world: World) -> pl.DataFrame:
    """gauge_id ("01-0001"), se_code (2 digits, the district's place in the order), se_name, area, address."""
    rows = districts(world)
    chance = world.random("gauges")
    place = np.sort(np.arange(GAUGES) % rows.height)
    number = np.arange(GAUGES) - np.searchsorted(place, place) + 1
    streets = chance.integers(len(STREETS), size=GAUGES)
    house = chance.integers(1, 200, size=GAUGES)
    return pl.DataFrame(
        {
            "gauge_id": [f"{p + 1:02d}-{n:04d}" for p, n in zip(place, number, strict=True)],
            "se_code": [f"{p + 1:02d}" for p in place],
            "se_name": pl.Series(stems(world), dtype=pl.String).gather(place),
            "area": rows["area"].gather(place),
            "address": [f"{STREETS[s]} {h}" for s, h in zip(streets, house, strict=True)],
        }
    )


def _region(north: float, east: float) -> str:
    """Which of the five parts of the city, by degrees from its centre."""
    if abs(east) < 0.02 and -0.025 < north < 0.05:
        return "도심권"
    # The river runs south of the centre and bends up at both ends.
    if north > 0.95 * east**2 - 0.016:
        return "동북권" if east > 0 else "서북권"
    return "동남권" if east > 0 else "서남권"
