"""Sales of dwellings, one by one or as sums of districts; the price of a sum is the mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN, SUM
from simulator.row_kinds import Events
from simulator.world.currency import money
from simulator.world.happenings import drawn, each_day
from simulator.world.households import KINDS, years_since
from simulator.world.places import districts
from simulator.world.world import World

RATES = {"apartment": 2.0, "house": 0.6}  # a day for 100,000 residents
AT_REST = 0.25
DOLLARS_PER_M2, DEARER = 2_600.0, 1.04  # in 2020, and in each year after it
CANCELLED, MOST_DAYS = 0.03, 25  # of the sales; so long after the contract at most: all is known when a month is due


def _happen(world: World, days: Sequence[date]) -> pl.DataFrame:
    rows = drawn(world, "dwelling sales", days, RATES, AT_REST)
    chosen = each_day(world, "dwelling sales", rows, _drawn)
    usual = rows["kind"].replace_strict({kind: size for kind, (_, size) in KINDS.items()}).to_numpy()
    size = np.round(usual * np.exp(0.25 * chosen["size"]), 2)
    code, per_dollar = money(world)
    dearer = {day: DEARER ** years_since(day, 0) for day in days}
    dollars = size * DOLLARS_PER_M2 * rows["day"].replace_strict(dearer).to_numpy() * np.exp(0.2 * chosen["price"])
    ended = chosen["ended"] < CANCELLED
    after = rows["day"].to_numpy() + chosen["after"]
    return rows.select(
        "day",
        "area",
        "kind",
        "minute",
        "name",
        sale="number",
        address=pl.format("{} {}", "name", pl.Series(chosen["house"])),
        floor=pl.Series(np.where(rows["kind"].to_numpy() == "apartment", chosen["floor"], 1)),
        floor_area=pl.Series(size),
        price=pl.Series(np.rint(dollars * per_dollar)),
        currency=pl.lit(code),
        built_year=pl.col("day").dt.year().cast(pl.Int64) - pl.Series(chosen["age"]),
        cancelled_on=pl.Series(np.where(ended, after, np.datetime64("NaT"))).cast(pl.Date),
        cancelled_count=pl.Series(ended).cast(pl.Float64),
    )


def _drawn(chance: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    return {
        "size": chance.standard_normal(count),
        "price": chance.standard_normal(count),
        "ended": chance.random(count),
        "after": chance.integers(1, MOST_DAYS + 1, count),
        "floor": chance.integers(1, 25, count),
        "house": chance.integers(1, 200, count),
        "age": chance.integers(1, 45, count),
    }


def _groups(world: World) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": list(RATES)})
    return districts(world).select("area").join(kinds, how="cross", maintain_order="left_right")


OBSERVED = Events(_happen, _groups, "sale", "sales_count", {"cancelled_count": SUM, "price": MEAN, "currency": LAST})
