"""What happens in any city: incidents, requests of citizens, sales of dwellings; each in a minute of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

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


def drawn(world: World, name: str, days: Sequence[date], rates: Mapping[str, float], at_rest: float) -> pl.DataFrame:
    """day, number (unique over all days), area, place, kind, minute (of the day, each once), at (local), lat, lon.

    rates: kind -> how many a day for 100,000 residents. at_rest: as many on a weekend day or holiday, against a
    workday. There is at least one on each day. Sorted by day and minute. All days are one frame: a feed of years asks
    for 365 of them, and a frame for each was a third of the start of the simulated city.
    """
    spots, kinds = sites(world, "spot"), list(rates)
    near = _near(world, spots)
    likely_kind = np.array(list(rates.values())) / sum(rates.values())
    each, middle = sum(rates.values()) * residents(world) / 100_000, (np.arange(_MINUTES) + 0.5) / 60
    found = dict[str, list[np.ndarray]]()
    for day in days:
        chance = world.random(f"happenings/{name}", day)
        expected = min(each * (at_rest if resting(world, day) else 1.0), 0.8 * MOST)
        count = int(np.clip(chance.poisson(expected), 1, MOST))
        likely = 0.05 + traffic_share(world, When(day, middle))
        one = {
            "minute": np.sort(chance.choice(_MINUTES, count, replace=False, p=likely / likely.sum())),
            "kind": chance.choice(len(kinds), count, p=likely_kind),
            "spot": chance.choice(spots.height, count, p=near),
            "north": chance.uniform(-1, 1, count),
            "east": chance.uniform(-1, 1, count),
            "day": np.full(count, np.datetime64(day, "D")),
            "order": np.arange(1, count + 1),
        }
        for column, values in one.items():
            found.setdefault(column, []).append(values)
    rows = pl.DataFrame({column: np.concatenate(values) for column, values in found.items()})
    at = spots.select("area", "place", "name", "lat", "lon")[rows["spot"]]
    return (
        rows.hstack(at)
        .select(
            "day",
            "area",
            "place",
            "name",
            number=pl.col("day").dt.strftime("%Y%m%d") + pl.col("order").cast(pl.String).str.zfill(4),
            kind=pl.Series(kinds, dtype=pl.String).gather(rows["kind"]),
            minute=pl.col("minute").cast(pl.Int64),
            at=pl.col("day").cast(pl.Datetime("us")) + pl.duration(minutes="minute"),
            lat=(pl.col("lat") + 0.002 * pl.col("north")).clip(-90, 90).round(6),
            lon=(pl.col("lon") + 0.002 * pl.col("east")).clip(-180, 180).round(6),
        )
        .filter(pl.col("area").is_in(districts(world)["area"].implode()))
    )


def each_day(
    world: World, name: str, rows: pl.DataFrame, draw: Callable[[np.random.Generator, int], Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """What `draw` gives for the rows of each of their days, by a chance of the day's own and their number."""
    found = dict[str, list[np.ndarray]]()
    for day, count in rows.group_by("day", maintain_order=True).len().iter_rows():
        for column, values in draw(world.random(name, day), count).items():
            found.setdefault(column, []).append(values)
    return {column: np.concatenate(values) for column, values in found.items()}


def _near(world: World, spots: pl.DataFrame) -> np.ndarray:
    """Chance of each spot: where people live."""
    homes = districts(world).select("area", "residents")
    people = spots.join(homes, on="area", how="left", maintain_order="left")["residents"].to_numpy()
    return people / people.sum()
