"""What the watch of places costs a night of 50,000 sensors, in CPU seconds of one process.

    python -m benchmarks.watch --sensors 50000

Made readings of four quantities every two minutes go through the product's functions: those of mart.place_day, which
look at each reading, and those of mart.place_health, which look at 30 days of places. What it takes to read and write
the rows of marts is not in it; whole nights are measured by `python -m benchmarks.watched_night`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock

import numpy as np
import polars as pl

from assets.marts.place_day import AT_ONCE
from assets.watch.apart import log_ratio
from assets.watch.health import health_of
from assets.watch.nearest import nearest_of
from assets.watch.readings import Ordered, no_places, of_parts, statistics
from assets.watch.watched import watch_of
from assets.watch.witness import WINDOW_DAYS

DAY = date(2026, 6, 1)
QUANTITIES = ("pm25", "pm10", "temperature", "laeq")
A_DAY = 720  # readings of a sensor, one every two minutes
SIDE_KM = 25  # of a square as large as Seoul


def readings(sensors: int, chance: np.random.Generator) -> Iterator[pl.DataFrame]:
    """day, place, time and the quantities, in pieces that follow each other in time."""
    names = pl.Series([f"V02Q{n:07d}" for n in range(sensors)])
    each = max(1, AT_ONCE // sensors)
    for first in range(0, A_DAY, each):
        moments = range(first, min(first + each, A_DAY))
        times = [datetime.combine(DAY, clock()) + timedelta(minutes=2 * n) for n in moments]
        number, count = np.tile(np.arange(sensors), len(times)), sensors * len(times)
        yield pl.DataFrame(
            {
                "day": pl.repeat(DAY, count, eager=True),
                "place": names.gather(number),
                "time": pl.Series(np.repeat(np.array(times, dtype="datetime64[us]"), sensors)),
                **{name: np.round(chance.lognormal(3, 0.3, count), 1) for name in QUANTITIES},
            }
        )


def main() -> None:
    """Prints CPU seconds by part, and all together."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sensors", type=int, default=50_000)
    sensors = asked.parse_args().sensors
    chance = np.random.default_rng(1)
    spent: dict[str, float] = dict.fromkeys(("order", "statistics", "pieces", "neighbours", "health"), 0.0)
    began = 0.0

    def took(part: str) -> None:
        nonlocal began
        now = time.process_time()
        spent[part] += now - began
        began = now

    parts: dict[str, list[pl.DataFrame]] = {name: [] for name in QUANTITIES}
    known = no_places()
    for piece in readings(sensors, chance):
        began = time.process_time()
        ordered = Ordered.by(piece, known)
        took("order")
        for name in QUANTITIES:
            parts[name].append(statistics(ordered, piece[name], watch_of(name).spike, level=name == "laeq"))
        took("statistics")
    degree = SIDE_KM / 111
    where = pl.DataFrame(
        {
            "place": [f"V02Q{n:07d}" for n in range(sensors)],
            "lat": 37.5 + degree * chance.random(sensors),
            "lon": 127 + degree * chance.random(sensors),
        }
    )
    for name in QUANTITIES:
        began = time.process_time()
        days = of_parts(parts[name], watch_of(name).spike).with_columns(value=pl.col("sum") / pl.col("readings"))
        took("pieces")
        around = nearest_of(where).around(days.select("place", "value"))
        own, theirs = pl.col("value"), pl.col("around")
        beside = days.join(around, on="place", how="left").with_columns(
            log_ratio=log_ratio(own, theirs), difference=own - theirs, area=pl.lit("11")
        )
        took("neighbours")
        window = pl.concat(
            beside.with_columns(day=pl.lit(DAY - timedelta(days=back))) for back in reversed(range(WINDOW_DAYS))
        )
        began = time.process_time()
        health_of(window, DAY, watch_of(name))
        took("health")
    for part, seconds in spent.items():
        print(f"{part:12} {seconds:7.2f} CPU s")
    print(f"{'together':12} {sum(spent.values()):7.2f} CPU s, {sensors:,} sensors, {len(QUANTITIES)} quantities")


if __name__ == "__main__":
    main()
