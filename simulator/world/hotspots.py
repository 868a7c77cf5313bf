"""The busy places of the city and what is known of them right now: people, forecast, roads, payments."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world import rhythm
from simulator.world.movement import road_pace
from simulator.world.people import dong_hours
from simulator.world.places import business, district_numbers, districts, dongs, stems
from simulator.world.world import World, moment

PLACES = 12
NAMES = ("역", " 관광특구", "시장", "대공원")
FORECAST_HOURS = 12
CROWDED = ((1.3, "붐빔"), (1.05, "약간 붐빔"), (0.75, "보통"), (0.0, "여유"))  # against the mean of the day
PAYMENT_KRW = 21_000


@lru_cache(maxsize=8)
def places(world: World) -> pl.DataFrame:
    """name, code (POI001..), area, share (of the people in its district): the 12 busiest districts' places."""
    rows, chance = districts(world), world.random("hotspots")
    order = np.argsort(-business(world), kind="stable")[np.arange(PLACES) % rows.height]
    kinds = [NAMES[n % len(NAMES)] for n in range(PLACES)]
    again = ["" if n < rows.height else f" {n // rows.height + 1}" for n in range(PLACES)]
    stem = stems(world)
    return pl.DataFrame(
        {
            "name": [f"{stem[p]}{kind}{more}" for p, kind, more in zip(order, kinds, again, strict=True)],
            "code": [f"POI{n + 1:03d}" for n in range(PLACES)],
            "area": rows["area"].gather(order),
            "share": chance.uniform(0.04, 0.11, PLACES),
        }
    )


def hotspot(world: World, at: datetime) -> pl.DataFrame:
    """State of the places at a local time, in the order of `places`.

    code, name, area, people_min, people_max (Int64, a range of 500, from 20,000 people on of 2,000),
    congestion (여유, 보통, 약간 붐빔, 붐빔), male_rate, female_rate (%), road_speed_kmh, payment_count (Int64, of
    ten minutes), payment_min_krw, payment_max_krw (Int64), forecast: list of 12 structs of at (full hour),
    people_min, people_max, congestion.
    """
    spots = places(world)
    usual = _usual(world, at)
    steps = [at] + [
        at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=n + 1) for n in range(FORECAST_HOURS)
    ]
    people = np.stack([_people(world, step) for step in steps])
    low, high = _range(people)
    forecast = [
        [
            {
                "at": step,
                "people_min": int(low[n, p]),
                "people_max": int(high[n, p]),
                "congestion": _congestion(people[n, p] / usual[p]),
            }
            for n, step in enumerate(steps)
            if n
        ]
        for p in range(PLACES)
    ]
    pace = road_pace(world, at)[district_numbers(world, spots)]
    now = moment(at)
    women = np.clip(51 + 4 * world.wave("hotspots/women", now, 0.3, PLACES)[:, 0], 35, 65)
    open_ = np.interp(
        at.hour + at.minute / 60, (0, 4, 7, 9, 12, 15, 19, 22, 24), (0.2, 0.03, 0.2, 0.6, 1.2, 0.9, 1.3, 0.7, 0.2)
    )
    paid = np.rint(0.006 * people[0] * open_ * np.exp(0.1 * world.wave("hotspots/paid", now, 0.02, PLACES)[:, 0]))
    amount = paid * PAYMENT_KRW * np.exp(0.15 * world.random("hotspots/price").standard_normal(PLACES))
    return spots.select("code", "name", "area").with_columns(
        people_min=low[0],
        people_max=high[0],
        congestion=pl.Series([_congestion(r) for r in people[0] / usual], dtype=pl.String),
        male_rate=100 - women,
        female_rate=women,
        road_speed_kmh=np.clip(34 * pace * np.exp(0.06 * world.wave("hotspots/road", now, 0.02, PLACES)[:, 0]), 5, 60),
        payment_count=paid.astype(np.int64),
        payment_min_krw=(amount // 1_000_000 * 1_000_000).astype(np.int64),
        payment_max_krw=((amount // 1_000_000 + 1) * 1_000_000).astype(np.int64),
        forecast=pl.Series(forecast, dtype=_FORECAST),
    )


_FORECAST = pl.List(
    pl.Struct({"at": pl.Datetime("us"), "people_min": pl.Int64, "people_max": pl.Int64, "congestion": pl.String})
)


def _people(world: World, at: datetime) -> np.ndarray:
    """People in each place: its part of the district, more when people are out."""
    _, out = rhythm.whereabouts(at.date(), np.array([at.hour + at.minute / 60]))
    later = at + timedelta(hours=1)
    part = at.minute / 60
    people = (1 - part) * _present(world, at) + part * _present(world, later)
    noise = np.exp(0.03 * world.wave("hotspots/people", moment(at), 0.02, PLACES)[:, 0])
    return people * places(world)["share"].to_numpy() * (0.55 + 3.0 * out[0]) * noise


def _present(world: World, at: datetime) -> np.ndarray:
    """People in the district of each place in an hour."""
    return _day(world, at)[:, at.hour]


def _usual(world: World, at: datetime) -> np.ndarray:
    """Mean of the day in each place."""
    _, out = rhythm.whereabouts(at.date(), np.arange(24) + 0.5)
    return (_day(world, at) * (0.55 + 3.0 * out)).mean(axis=1) * places(world)["share"].to_numpy()


def _day(world: World, at: datetime) -> np.ndarray:
    """People in the district of each place by hour, shape (places, 24)."""
    area = dongs(world)["area"].to_numpy()
    present = dong_hours(world, at.date())
    return np.stack([present[area == code].sum(axis=0) for code in places(world)["area"]])


def _range(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = np.where(people < 20_000, 500, 2_000)
    low = (people // step * step).astype(np.int64)
    return low, low + step


def _congestion(ratio: float) -> str:
    return next(name for least, name in CROWDED if ratio >= least)
