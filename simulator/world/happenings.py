"""What happens in any city: incidents, requests of citizens, sales of dwellings; each in a minute of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

import numpy as np
import polars as pl

from simulator.world.activity import traffic_share
from simulator.world.calendar import resting
from simulator.world.places import districts, residents
from simulator.world.sites import sites
from simulator.world.when import When
from simulator.world.world import World

MOST = 240  # a day: each has a minute
_MINUTES = 24 * 60


def drawn(world: World, name: str, day: date, rates: Mapping[str, float], at_rest: float) -> pl.DataFrame:
    """number (unique over all days), area, place, kind, minute (of the day, each once), at (local), lat, lon.

    rates: kind -> how many a day for 100,000 residents. at_rest: as many on a weekend day or holiday, against a
    workday. There is at least one. Sorted by the minute.
    """
    rows, chance = districts(world), world.random(f"happenings/{name}", day)
    each = sum(rates.values()) * residents(world) / 100_000 * (at_rest if resting(world, day) else 1.0)
    count = int(np.clip(chance.poisson(min(each, 0.8 * MOST)), 1, MOST))
    middle = (np.arange(_MINUTES) + 0.5) / 60
    likely = 0.05 + traffic_share(world, When(day, middle))
    minute = np.sort(chance.choice(_MINUTES, count, replace=False, p=likely / likely.sum()))
    kinds = list(rates)
    kind = chance.choice(len(kinds), count, p=np.array(list(rates.values())) / sum(rates.values()))
    spots = sites(world, "spot")
    spot = chance.choice(spots.height, count, p=_near(world, spots))
    return (
        pl.DataFrame(
            {
                "number": [f"{day:%Y%m%d}{n + 1:04d}" for n in range(count)],
                "area": spots["area"].gather(spot),
                "place": spots["place"].gather(spot),
                "name": spots["name"].gather(spot),
                "kind": pl.Series(kinds, dtype=pl.String).gather(kind),
                "minute": minute,
                "at": np.datetime64(datetime.combine(day, time()), "us") + minute * np.timedelta64(1, "m"),
                "lat": spots["lat"].gather(spot) + 0.002 * chance.uniform(-1, 1, count),
                "lon": spots["lon"].gather(spot) + 0.002 * chance.uniform(-1, 1, count),
            }
        )
        .with_columns(
            pl.col("minute").cast(pl.Int64),
            pl.col("lat").clip(-90, 90).round(6),
            pl.col("lon").clip(-180, 180).round(6),
        )
        .filter(pl.col("area").is_in(rows["area"].implode()))
    )


def _near(world: World, spots: pl.DataFrame) -> np.ndarray:
    """Chance of each spot: where people live."""
    homes = districts(world).select("area", "residents")
    people = spots.join(homes, on="area", how="left", maintain_order="left")["residents"].to_numpy()
    return people / people.sum()
