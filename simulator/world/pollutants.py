"""The air at any place of a city and any time, with what few stations measure. Its usual levels are in `air`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from simulator.world.air import KINDS, POLLUTANTS, district_air
from simulator.world.places import district_numbers
from simulator.world.when import When, hours_of, read_at
from simulator.world.world import World

LEVELS = (*POLLUTANTS, "coarse")


def site_air(world: World, sites: pl.DataFrame, when: When) -> dict[str, np.ndarray]:
    """The six pollutants as `air` calls them, and `coarse` (PM10 - PM2.5), at each site and time."""
    host, count = district_numbers(world, sites), sites.height
    kinds = sites["kind"].to_list() if "kind" in sites.columns else [""] * count
    fixed = world.random("pollutants/sites")
    levels = {}
    for name in LEVELS:
        if name == "pm10_ugm3":
            continue
        city = read_at(world, when, lambda of, day, name=name: district_air(of, day)[name])
        kind = np.array([KINDS.get(k, {}).get(name, 1.0) for k in kinds])[:, None]
        own = np.exp(0.03 * fixed.standard_normal((count, 1)))
        own = own * np.exp(0.03 * world.wave(f"pollutants/{name}", when.moments, 0.3, count))
        levels[name] = city[host] * kind * own
    return {**levels, "pm10_ugm3": levels["pm25_ugm3"] + levels["coarse"]}


def last_hours(
    world: World, sites: pl.DataFrame, when: When, over: Mapping[str, tuple[str, int]]
) -> dict[str, np.ndarray]:
    """Means over the last hours at the end of each time. `over`: name -> one of the six, and how many hours."""
    yesterday = date.fromordinal(when.day.toordinal() - 1)
    days = [site_air(world, sites, hours_of(day)) for day in (yesterday, when.day)]
    end, means = 25 + when.whole, {}
    for name, (pollutant, hours) in over.items():
        levels = np.concatenate([np.zeros((sites.height, 1)), *(day[pollutant] for day in days)], axis=1)
        upto = np.cumsum(levels, axis=1)
        means[name] = (upto[:, end] - upto[:, end - hours]) / hours
    return means
