"""Shops of the city by quarter: trade areas, industries, card sales, stores, closures. No single payments here."""

from __future__ import annotations

import calendar
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from simulator.world.places import business, district_numbers, districts, stems
from simulator.world.world import World

TRADE_AREAS = 60
KINDS = {"A": "골목상권", "D": "발달상권", "R": "전통시장", "U": "관광특구"}
KIND_SHARES = (0.6, 0.23, 0.13, 0.04)
SLOTS = ("00_06", "06_11", "11_14", "14_17", "17_21", "21_24")
# what households spend on: part of the total in a middling district
SPENDING = {
    "food": 0.22,
    "clothing": 0.05,
    "household_goods": 0.04,
    "medical": 0.16,
    "transport": 0.07,
    "education": 0.07,
    "entertainment": 0.05,
    "leisure": 0.07,
    "other": 0.05,
    "eating_out": 0.22,
}
# name, stores in a middling area, won a store sells in a quarter, won of one payment, share of franchises
_INDUSTRIES = (
    ("한식음식점", 42, 78e6, 26_000, 0.12),
    ("중식음식점", 7, 82e6, 24_000, 0.10),
    ("일식음식점", 9, 90e6, 33_000, 0.14),
    ("양식음식점", 10, 84e6, 31_000, 0.16),
    ("제과점", 7, 70e6, 12_000, 0.38),
    ("패스트푸드점", 6, 105e6, 13_000, 0.72),
    ("치킨전문점", 9, 62e6, 24_000, 0.66),
    ("커피-음료", 26, 48e6, 8_500, 0.33),
)
_SLOT_SHARES = np.array(
    [
        [0.03, 0.08, 0.31, 0.14, 0.34, 0.10],
        [0.02, 0.05, 0.38, 0.17, 0.32, 0.06],
        [0.03, 0.03, 0.30, 0.12, 0.40, 0.12],
        [0.03, 0.04, 0.30, 0.17, 0.36, 0.10],
        [0.01, 0.20, 0.25, 0.24, 0.25, 0.05],
        [0.03, 0.13, 0.28, 0.20, 0.28, 0.08],
        [0.08, 0.01, 0.06, 0.11, 0.45, 0.29],
        [0.01, 0.19, 0.36, 0.24, 0.16, 0.04],
    ]
)
_MALE = np.array([0.56, 0.54, 0.55, 0.47, 0.40, 0.51, 0.54, 0.46])
KNOWN_SEX = 0.94  # of the sales: cards of companies have none


@lru_cache(maxsize=8)
def trade_areas(world: World) -> pl.DataFrame:
    """code (7 digits), name, kind (A, D, R, U), area of 60 trade areas."""
    rows, chance = districts(world), world.random("trade areas")
    place = np.sort(np.arange(TRADE_AREAS) % rows.height)
    kinds = chance.choice(list(KINDS), TRADE_AREAS, p=KIND_SHARES)
    number = np.arange(TRADE_AREAS) - np.searchsorted(place, place) + 1
    stem = stems(world)
    names = [f"{stem[p]} {KINDS[kind]} {n}" for p, kind, n in zip(place, kinds, number, strict=True)]
    return pl.DataFrame(
        {
            "code": [str(3_110_001 + n) for n in range(TRADE_AREAS)],
            "name": names,
            "kind": [str(kind) for kind in kinds],
            "area": rows["area"].gather(place),
        }
    )


def industries(world: World) -> pl.DataFrame:
    """code (CS100001..), name of 8 industries, the same in every city."""
    codes = [f"CS{100_001 + n}" for n in range(len(_INDUSTRIES))]
    return pl.DataFrame({"code": codes, "name": [row[0] for row in _INDUSTRIES]})


def stores(world: World, year: int, quarter: int) -> pl.DataFrame:
    """trade_area, industry, stores, openings, closures, franchise_stores (Int64): one row per area and industry."""
    at, chance = _middle(year, quarter), world.random("stores", date(year, 3 * quarter, 1))
    typical = np.array([row[1] for row in _INDUSTRIES]) * _size(world)[:, None]
    slow = world.wave("stores", at, 900, typical.size).reshape(typical.shape)
    count = np.maximum(np.rint(typical * np.exp(0.12 * slow)), 1).astype(np.int64)
    opened = chance.poisson(0.024 * count)
    closed = np.minimum(chance.poisson(0.026 * count), count)
    franchise = chance.binomial(count, np.array([row[4] for row in _INDUSTRIES]))
    return _pairs(world).with_columns(
        stores=count.ravel(),
        openings=np.minimum(opened, count).ravel().astype(np.int64),
        closures=closed.ravel().astype(np.int64),
        franchise_stores=franchise.ravel().astype(np.int64),
    )


def sales(world: World, year: int, quarter: int) -> pl.DataFrame:
    """Card sales of a quarter, one row per trade area and industry, won and payments as Int64.

    trade_area, industry, amount_krw, count; weekday_krw + weekend_krw and the six slot_00_06_krw ..
    slot_21_24_krw each add up to the amount; male_krw + female_krw stay below it.
    """
    at, chance = _middle(year, quarter), world.random("sales", date(year, 3 * quarter, 1))
    count = stores(world, year, quarter)["stores"].to_numpy().reshape(TRADE_AREAS, -1)
    shape = count.shape
    season = (0.95, 1.0, 1.01, 1.04)[quarter - 1] * 1.02 ** (year - 2020 + quarter / 4)
    luck = np.exp(0.10 * world.wave("sales", at, 400, count.size).reshape(shape) + 0.05 * chance.standard_normal(shape))
    quality = np.exp(0.25 * world.random("sales").standard_normal((TRADE_AREAS, 1)))
    per_store = np.array([row[2] for row in _INDUSTRIES])
    amount = np.rint(count * per_store * season * luck * quality).astype(np.int64).ravel()
    payments = np.rint(amount.reshape(shape) / np.array([row[3] for row in _INDUSTRIES])).astype(np.int64)

    # Shopping streets and tourists live from weekends, side streets near offices from workdays.
    workdays, free_days = _week(year, quarter)
    kind = trade_areas(world)["kind"].replace_strict({"A": 0.92, "D": 0.85, "R": 1.05, "U": 1.25}).to_numpy()[:, None]
    weekend = free_days * kind * np.exp(0.06 * chance.standard_normal(shape))
    weekend = (weekend / (weekend + workdays)).ravel()
    slots = _SLOT_SHARES[None] * np.exp(0.08 * chance.standard_normal((*shape, len(SLOTS))))
    slots = (slots / slots.sum(axis=2, keepdims=True)).reshape(-1, len(SLOTS))
    male = np.clip(_MALE + 0.03 * chance.standard_normal(shape), 0.2, 0.8).ravel()
    of_persons = KNOWN_SEX * amount
    days = _parts(amount, np.stack([1 - weekend, weekend], axis=1))
    by_slot = _parts(amount, slots)
    return _pairs(world).with_columns(
        amount_krw=amount,
        count=payments.ravel(),
        weekday_krw=days[:, 0],
        weekend_krw=days[:, 1],
        **{f"slot_{name}_krw": by_slot[:, n] for n, name in enumerate(SLOTS)},
        male_krw=np.floor(of_persons * male).astype(np.int64),
        female_krw=np.floor(of_persons * (1 - male)).astype(np.int64),
    )


def spending(world: World, year: int, quarter: int) -> pl.DataFrame:
    """Spending of households in a quarter, one row per district: area, name, income (won a month), won of each kind of
    SPENDING, and total, their sum."""
    rows, at = districts(world), _middle(year, quarter)
    rich = np.exp(0.3 * world.random("spending/rich").standard_normal(rows.height))
    grown = 1.03 ** (year - 2020 + quarter / 4)
    own = np.exp(0.25 * world.random("spending/kinds").standard_normal((rows.height, len(SPENDING))))
    own *= np.exp(0.04 * world.wave("spending", at, 400, own.size).reshape(own.shape))
    shares = np.array(list(SPENDING.values())) * own
    each = 450_000 * rich * grown  # won of a resident in a quarter that pass the cards of the model
    parts = np.rint((rows["residents"].to_numpy() * each)[:, None] * shares).astype(np.int64)
    return rows.select("area", "name").with_columns(
        income=np.rint(3_200_000 * rich**0.7 * grown).astype(np.int64),
        **{kind: parts[:, n] for n, kind in enumerate(SPENDING)},
        total=parts.sum(axis=1),
    )


def closures(world: World, year: int, quarter: int) -> pl.DataFrame:
    """How long shops last, one row per trade area.

    trade_area, open_months, closed_months (mean months in business of those open and of those closed),
    city_open_months, city_closed_months (means over the trade areas), change_index: first letter H where
    open_months is not below the city, second letter H where closed_months is not; else L.
    """
    at = _middle(year, quarter)
    fixed = world.random("closures").standard_normal((2, TRADE_AREAS))
    slow = world.wave("closures", at, 700, 2 * TRADE_AREAS).reshape(2, TRADE_AREAS)
    drift = 0.5 * (4 * (year - 2020) + quarter)  # shops grow old by half a month a quarter
    open_months = np.maximum(100 + drift + 13 * fixed[0] + 5 * slow[0], 24)
    closed_months = np.maximum(50 + drift / 3 + 6 * fixed[1] + 4 * slow[1], 9)
    letters = [
        ("H" if a >= open_months.mean() else "L") + ("H" if b >= closed_months.mean() else "L")
        for a, b in zip(open_months, closed_months, strict=True)
    ]
    return (
        trade_areas(world)
        .select(trade_area="code")
        .with_columns(
            open_months=open_months,
            closed_months=closed_months,
            city_open_months=pl.lit(float(open_months.mean())),
            city_closed_months=pl.lit(float(closed_months.mean())),
            change_index=pl.Series(letters, dtype=pl.String),
        )
    )


def _size(world: World) -> np.ndarray:
    """Size of each trade area against a middling one: centres are larger, and so are their kinds."""
    areas = trade_areas(world)
    near = (business(world) * districts(world).height)[district_numbers(world, areas)]
    kind = areas["kind"].replace_strict({"A": 0.8, "D": 1.9, "R": 0.7, "U": 2.6}).to_numpy()
    size = np.exp(0.35 * world.random("trade areas/size").standard_normal(TRADE_AREAS))
    return kind * np.clip(near, 0.3, 6) ** 0.3 * size


def _pairs(world: World) -> pl.DataFrame:
    areas = trade_areas(world).select(trade_area="code")
    return areas.join(industries(world).select(industry="code"), how="cross", maintain_order="left_right")


def _middle(year: int, quarter: int) -> np.ndarray:
    return np.array([float(date(year, 3 * quarter - 1, 15).toordinal())])


def _week(year: int, quarter: int) -> tuple[int, int]:
    """Workdays and days of weekends in a quarter."""
    days = [
        date(year, month, day + 1).weekday()
        for month in range(3 * quarter - 2, 3 * quarter + 1)
        for day in range(calendar.monthrange(year, month)[1])
    ]
    return sum(day < 5 for day in days), sum(day >= 5 for day in days)


def _parts(totals: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Whole parts of whole totals by shares; the last part takes what rounding left."""
    parts = np.floor(totals[:, None] * shares).astype(np.int64)
    parts[:, -1] = totals - parts[:, :-1].sum(axis=1)
    return parts
