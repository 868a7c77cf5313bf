"""What shops of any city sell: by industry, by the hour of the day; prices of goods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator.world.calendar import resting
from simulator.world.demand import served
from simulator.world.places import business, district_numbers, districts
from simulator.world.when import When
from simulator.world.world import World

_OPEN = (
    (0, 4, 7, 9, 12, 15, 19, 22, 24),
    (0.1, 0.01, 0.15, 0.6, 1.3, 0.9, 1.4, 0.6, 0.1),
)


@dataclass(frozen=True)
class Industry:
    """One kind of shops."""

    code: str
    name: str
    dollars: float  # that a resident spends there in a day
    payment: float  # dollars
    people: float  # residents for each shop
    at_rest: float  # sales on a weekend day or holiday against a workday


@dataclass(frozen=True)
class Good:
    """What is sold in a market, by the quantity."""

    code: str
    name: str
    dollars: float
    quantity: float
    unit: str


INDUSTRIES = (
    Industry("I1", "restaurants", 3.0, 12, 350, 1.1),
    Industry("I2", "groceries", 4.0, 18, 700, 1.15),
    Industry("I3", "cafes", 0.8, 5, 600, 1.0),
    Industry("I4", "clothing", 1.2, 45, 900, 1.4),
)
GOODS = (
    Good("rice", "Rice", 1.4, 1, "kg"),
    Good("eggs", "Eggs", 2.6, 10, "piece"),
    Good("onions", "Onions", 1.1, 1, "kg"),
    Good("milk", "Milk", 1.3, 1, "L"),
    Good("petrol", "Petrol", 1.2, 1, "L"),
)


def takings(world: World, shops: pl.DataFrame, when: When) -> np.ndarray:
    """Dollars an hour of each series of shops (with columns place and industry), by time."""
    kinds = {industry.code: industry for industry in INDUSTRIES}
    rows = [kinds[code] for code in shops["industry"]]
    each = np.array([row.dollars for row in rows]) * served(world, shops)
    rest = np.array([row.at_rest for row in rows]) if resting(world, when.day) else np.ones(len(rows))
    near = np.clip(business(world) * districts(world).height, 0.3, 4)[district_numbers(world, shops)] ** 0.5
    hourly = np.interp(when.hour, *_OPEN)
    share = hourly / np.interp(np.arange(24) + 0.5, *_OPEN).sum()
    luck = np.exp(0.06 * world.wave("shops/takings", when.moments, 2, shops.height))
    return (each * rest * near)[:, None] * share * luck


def price_level(world: World, goods: pl.DataFrame, when: When) -> np.ndarray:
    """Dollars that each series of goods (with columns place and good) costs, by time: it drifts for weeks."""
    usual = {good.code: good.dollars for good in GOODS}
    each = np.array([usual[code] for code in goods["good"]])[:, None]
    own = np.exp(0.06 * world.random("shops/prices").standard_normal((goods.height, 1)))
    dearer = 1.02 ** ((when.day.toordinal() - 737_425) / 365.25)
    return each * own * dearer * np.exp(0.08 * world.wave("shops/drift", when.moments, 40, goods.height))
