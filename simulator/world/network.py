"""What the city moves on: road links, bicycle and subway stations, parking lots. Who uses it belongs elsewhere."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world.places import business, cells, districts, points_inside, residents, stems
from simulator.world.world import World

LINKS, BIKE_STATIONS, LOTS = 60, 120, 30
LINES = (
    "1호선",
    "2호선",
    "3호선",
    "4호선",
    "5호선",
    "6호선",
    "7호선",
    "8호선",
    "9호선",
    "경의중앙선",
    "수인분당선",
    "신분당선",
    "우이신설선",
    "신림선",
)
STATIONS_PER_LINE = 31  # 434 in all; a city of Seoul's size reports more than 400 a day
STOPS = (
    "입구", "시장", "사거리", "공원", "구청", "고개", "중앙", "터미널", "대교", "남문",
    "동문", "학교앞", "천변", "언덕", "광장", "나루", "숲", "마을", "박물관", "체육관",
)  # fmt: skip


@lru_cache(maxsize=8)
def links(world: World) -> pl.DataFrame:
    """link_id (10 digits), area, free_flow_kmh, length_m of 60 road links."""
    rows, chance = districts(world), world.random("links")
    number = np.sort(chance.choice(90_000, LINKS, replace=False))
    return pl.DataFrame(
        {
            "link_id": [f"12200{n:05d}" for n in number],
            "area": rows["area"].gather(np.arange(LINKS) % rows.height),
            "free_flow_kmh": chance.choice([35.0, 42.0, 48.0, 55.0, 72.0], LINKS, p=[0.25, 0.3, 0.25, 0.12, 0.08]),
            "length_m": chance.uniform(250, 1600, LINKS),
        }
    )


@lru_cache(maxsize=8)
def docking_stations(world: World) -> pl.DataFrame:
    """station_id (ST-n), name, area, racks (Int64), lat, lon (deg) of 120 stations, inside their districts."""
    rows, chance = districts(world), world.random("bike stations")
    place = np.arange(BIKE_STATIONS) % rows.height
    outlines = cells(world)
    points = np.concatenate([points_inside(chance, outlines[p], 1) for p in place])
    stem, used = stems(world), set[str]()
    return pl.DataFrame(
        {
            "station_id": [f"ST-{n + 4}" for n in range(BIKE_STATIONS)],
            "name": [_name(f"{stem[p]} ", n // rows.height, used) for n, p in enumerate(place)],
            "area": rows["area"].gather(place),
            "racks": chance.integers(8, 32, size=BIKE_STATIONS),
            "lat": points[:, 1],
            "lon": points[:, 0],
        }
    )


@lru_cache(maxsize=8)
def lots(world: World) -> pl.DataFrame:
    """code, name, area, capacity (Int64) of 30 public parking lots."""
    rows, chance = districts(world), world.random("lots")
    place = np.argsort(-business(world), kind="stable")[np.arange(LOTS) % rows.height]
    stem, used = stems(world), set[str]()
    number = np.sort(chance.choice(2_000, LOTS, replace=False)) + 171_000
    return pl.DataFrame(
        {
            "code": [str(n) for n in number],
            "name": [f"{_name(f'{stem[p]} ', n // rows.height, used)} 공영주차장" for n, p in enumerate(place)],
            "area": rows["area"].gather(place),
            "capacity": chance.integers(40, 1300, size=LOTS),
        }
    )


@lru_cache(maxsize=8)
def subway_stations(world: World) -> pl.DataFrame:
    """line, station, weight (share of the city's journeys, sums to 1): 14 lines of 31 stations, unique per line."""
    rows, chance = districts(world), world.random("subway stations")
    people = rows["residents"].to_numpy() / residents(world)
    stem, records = stems(world), []
    for number, line in enumerate(LINES):
        route, used = chance.permutation(rows.height), set[str]()
        for stop in range(STATIONS_PER_LINE):
            place = int(route[stop % rows.height])
            records.append((line, _name(stem[place], 3 * number + stop * (stop + 1) // 2, used), place))
    place = np.array([record[2] for record in records])
    near = 0.45 * people + 0.55 * business(world)
    # Lines past the ninth are branches with a third of the passengers.
    branch = np.where(np.repeat(np.arange(len(LINES)), STATIONS_PER_LINE) >= 9, 0.33, 1.0)
    weight = branch * near[place] ** 0.6 * np.exp(0.5 * np.clip(chance.standard_normal(len(place)), -2, 2))
    return pl.DataFrame(
        {
            "line": [record[0] for record in records],
            "station": [record[1] for record in records],
            "weight": weight / weight.sum(),
        }
    )


def _name(stem: str, stop: int, used: set[str]) -> str:
    """A readable name that is not used yet: district and stop, with a number when stops run out."""
    name = f"{stem}{STOPS[stop % len(STOPS)]}"
    more = 2
    while name in used:
        name, more = f"{stem}{STOPS[stop % len(STOPS)]}{more}", more + 1
    used.add(name)
    return name
