"""Sales of dwellings, one by one or as sums of districts; the price of a sum is the mean."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.aggregation import LAST, MEAN, SUM
from simulator.row_kinds import Events
from simulator.world.currency import money
from simulator.world.happenings import drawn
from simulator.world.households import KINDS, years_since
from simulator.world.places import districts
from simulator.world.world import World

RATES = {"apartment": 2.0, "house": 0.6}  # a day for 100,000 residents
AT_REST = 0.25
DOLLARS_PER_M2, DEARER = 2_600.0, 1.04  # in 2020, and in each year after it
CANCELLED, MOST_DAYS = 0.03, 25  # of the sales; so long after the contract at most: all is known when a month is due


def _happen(world: World, day: date) -> pl.DataFrame:
    rows = drawn(world, "dwelling sales", day, RATES, AT_REST)
    chance, count = world.random("dwelling sales", day), rows.height
    usual = rows["kind"].replace_strict({kind: size for kind, (_, size) in KINDS.items()}).to_numpy()
    size = np.round(usual * np.exp(0.25 * chance.standard_normal(count)), 2)
    code, per_dollar = money(world)
    dollars = size * DOLLARS_PER_M2 * DEARER ** years_since(day, 0) * np.exp(0.2 * chance.standard_normal(count))
    ended = chance.random(count) < CANCELLED
    after = np.datetime64(day, "D") + chance.integers(1, MOST_DAYS + 1, count)
    floor = np.where(rows["kind"].to_numpy() == "apartment", chance.integers(1, 25, count), 1)
    return rows.select(
        "area",
        "kind",
        "minute",
        "name",
        sale="number",
        address=pl.format("{} {}", "name", pl.Series(chance.integers(1, 200, count))),
        floor=pl.Series(floor),
        floor_area=pl.Series(size),
        price=pl.Series(np.rint(dollars * per_dollar)),
        currency=pl.lit(code),
        built_year=pl.Series(day.year - chance.integers(1, 45, count)),
        cancelled_on=pl.Series(np.where(ended, after, np.datetime64("NaT"))).cast(pl.Date),
        cancelled_count=pl.Series(ended).cast(pl.Float64),
    )


def _groups(world: World) -> pl.DataFrame:
    kinds = pl.DataFrame({"kind": list(RATES)})
    return districts(world).select("area").join(kinds, how="cross", maintain_order="left_right")


OBSERVED = Events(_happen, _groups, "sale", "sales_count", {"cancelled_count": SUM, "price": MEAN, "currency": LAST})
