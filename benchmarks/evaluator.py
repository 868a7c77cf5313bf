"""What the evaluator costs beside the least work, in one run: CPU seconds of this process and its threads.

    .venv/bin/python benchmarks/evaluator.py [sensors]

Four years of hours of seven stations (245,448 rows, made up from a seed) become every metric of air but the indices of
other countries, by hour and day, and every longer period of them. The least work is one mean by station and day, and
one by day. Then a day of street sensors, 120 readings each, becomes their five metrics; the least work is what the mart
did that these metrics came from before: their means by sensor.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from assets.formulas.heat import apparent_temperature_summer
from assets.formulas.noise import leq
from assets.metrics.definition import NamedEntry
from assets.metrics.entries import metrics_of, platform_entries
from assets.metrics.evaluate.evaluate import evaluate_metrics
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import stands
from assets.metrics.observed import Observed, Unplaced
from assets.standards.choice import StandardChoice
from assets.standards.in_force import limit_by_day
from assets.standards.index import index
from quality.contract.interval import Interval

STATIONS, DISTRICTS, READINGS = 7, 5, 120
FIRST, LAST = (
    datetime.combine(date(2013, 3, 1), datetime.min.time()),
    datetime.combine(date(2017, 3, 1), datetime.min.time()),
)
MEANS: Final = {"pm25": 80.0, "pm10": 120.0, "no2": 0.03, "so2": 0.01, "co": 1.2, "o3": 0.04}
STANDARDS = StandardChoice.model_validate(
    {"national": "cn", "gases_at": {"temperature": "25 degC", "pressure": "1013.25 hPa"}}
)
AREAS = pl.DataFrame(
    {
        "code": ["c", *(f"d{i}" for i in range(DISTRICTS))],
        "level": ["city", *["district"] * DISTRICTS],
        "parent": ["", *["c"] * DISTRICTS],
    }
)


def setting() -> CitySetting:
    """A city of five districts that judges by China's standards."""
    people = AREAS.select(area="code", residents=pl.lit(1000))
    return CitySetting(
        areas=AREAS,
        timezone="Asia/Shanghai",
        residents=lambda days: days.unique().to_frame("day").join(people, how="cross"),
        parameters={"heat_season_months": [5, 6, 7, 8, 9]},
        limit=partial(limit_by_day, choice=STANDARDS),
        index=partial(index, choice=STANDARDS),
    )


def hours_of_stations() -> pl.DataFrame:
    """Four years of hours, three of a hundred values missing, in no order."""
    random = np.random.default_rng(1)
    hours = pl.datetime_range(FIRST, LAST, "1h", closed="left", eager=True)
    many = len(hours) * STATIONS
    values = {
        name: np.where(random.random(many) < 0.03, np.nan, random.gamma(2, mean / 2, many))
        for name, mean in MEANS.items()
    }
    places = np.repeat([f"s{i}" for i in range(STATIONS)], len(hours))
    rows = pl.DataFrame({"place": places, "time": pl.concat([hours] * STATIONS), **values})
    return rows.with_columns(pl.col(MEANS).fill_nan(None), **_of_source("reference", "hours", "urban")).sample(
        fraction=1, shuffle=True, seed=1
    )


def _of_source(network: str, feed: str, kind: str | None) -> dict[str, pl.Expr]:
    number = pl.col("place").str.slice(1).cast(pl.Int64) % DISTRICTS
    return {
        "day": pl.col("time").dt.date(),
        "time_utc": pl.col("time") - timedelta(hours=8),
        "network": pl.lit(network),
        "feed": pl.lit(feed),
        "kind": pl.lit(kind, pl.String),
        "_area": pl.format("d{}", number),
        "_registered": pl.lit(True),
    }


def _register(rows: pl.DataFrame) -> pl.DataFrame:
    places = (
        rows.select("place", "kind", "_area").unique().group_by("kind", "_area").agg(places=pl.len().cast(pl.Int64))
    )
    return rows.select("day").unique().join(places, how="cross")


def four_years() -> None:
    """Every metric of air of the stations, and its longer periods."""
    rows, city = hours_of_stations(), setting()
    source = Observed("hours", "reference", Interval.parse("hour_beginning"), ("place",), rows.lazy(), _register(rows))
    named = {name: one for name, one in platform_entries().items() if _of_china(name, one)}
    entries = {name: one.entry for name, one in named.items()}
    observed = {name: [source] for name, entry in entries.items() if entry.observes is not None}
    days = rows["day"].unique().sort().to_list()

    def least() -> pl.DataFrame:
        by_station = rows.lazy().group_by("day", "place").agg(pl.col(MEANS).mean())
        return by_station.group_by("day").agg(pl.col(MEANS).mean()).collect()

    floor, _ = cost("the least work", least)
    took, made = cost(
        f"{len(entries)} metrics, {rows.height:,} rows",
        lambda: evaluate_metrics(list(entries), entries, observed, days, city),
    )
    values = made.with_columns(value=pl.when(stands()).then("value"))
    rollups = [
        Rollup(one.metric, one.of, one.period, one.rule, entries[one.of].unit)
        for one in metrics_of(named.values()).values()
        if one.of is not None and one.rule is not None
    ]
    longer, periods = cost(f"{len(rollups)} longer periods", lambda: evaluate_periods(values, rollups, city))
    both = took + longer
    print(
        f"{made.height:,} values, {periods.height:,} of periods: {both:.2f} CPU s, {both / floor:.0f} times the least"
    )


def _of_china(name: str, one: NamedEntry) -> bool:
    others = ("cai", "_us", "vn", "taiwan", "_tw", "_expected", "living")
    reference = "low_cost" not in (one.entry.where or "")
    return reference and one.subject in ("air_quality", "exposure") and not any(other in name for other in others)


def a_night(sensors: int) -> None:
    """A day of street sensors: their five metrics."""
    random, many = np.random.default_rng(2), sensors * READINGS
    place = pl.Series(random.integers(0, sensors, many)).cast(pl.String)
    time_of = pl.lit(LAST) + pl.duration(seconds=pl.Series(random.integers(0, 86_400, many)))
    values = {"pm25": 20, "pm10": 40, "temperature": 5, "humidity": 15, "laeq": 25}
    rows = pl.DataFrame({name: random.gamma(2, mean, many) for name, mean in values.items()}).with_columns(
        place=pl.format("s{}", place), time=time_of.cast(pl.Datetime("us"))
    )
    full = rows.with_columns(**_of_source("low_cost", "sensors", None))
    places = full.select("place", "kind", "_area", "_registered").unique()
    bare = full.drop("kind", "_area", "_registered").lazy()
    source = Observed(
        "sensors",
        "low_cost",
        Interval.parse("instant"),
        ("place",),
        full.lazy(),
        _register(full),
        None,
        Unplaced(bare, lambda found: found.join(places.lazy(), on="place", how="left")),
    )
    names = ["sensor_pm25_mean", "sensor_pm10_mean", "noise_leq", "apparent_temperature", "sensor_coverage"]
    entries = {name: platform_entries()[name].entry for name in names}

    def least() -> pl.DataFrame:
        means = [pl.col(name).mean() for name in ("pm25", "pm10", "temperature", "humidity")]
        felt = apparent_temperature_summer(pl.col("temperature"), pl.col("humidity")).mean().alias("felt")
        return bare.group_by("day", "place").agg(*means, leq(pl.col("laeq")), felt).collect()

    floor, _ = cost("the least work", least)
    observed = {name: [source] for name in names}
    took, _ = cost(
        f"5 metrics of {sensors:,} sensors, {many:,} rows",
        lambda: evaluate_metrics(names, entries, observed, [LAST.date()], setting()),
    )
    print(f"{took / floor:.1f} times the least work")


def cost(what: str, work: Callable[[], pl.DataFrame]) -> tuple[float, pl.DataFrame]:
    """CPU seconds of the cheaper of two runs, and what it gave."""
    found, took = pl.DataFrame(), float("inf")
    for _ in range(2):
        began = time.process_time()
        found = work()
        took = min(took, time.process_time() - began)
    print(f"{what}: {took:.2f} CPU s")
    return took, found


if __name__ == "__main__":
    four_years()
    a_night(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
