"""A metric of a month that is made of others over their days, and of readings of the month beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.derive.build import build
from assets.derive.parts import feeds_of_metrics
from assets.derive.tables import derived_tables
from assets.metrics.over_days import is_over_days, with_parts_over_days
from assets.pack.of_periods import with_over_days
from tests.worlds.derived_town import admitted, measuring, run_of, table_of
from tests.worlds.measuring_town import entry, feed, town

AIR = feed("air", "air_quality", ["place", "time", "pm25"], network="reference")
MONTHS = feed("months", "weather", ["place", "time", "temperature"], network="reference", interval="month")
APRIL = date(2024, 4, 1)
DAYS = [APRIL + timedelta(days=n) for n in range(3)]


def of_month(**derived: Any) -> Any:
    said = {"observes": None, "value": None, "over_time": (), "over_space": None, "unit": "1"}
    return entry(every="month", derived=derived, **said)


def the_town(tmp_path: Path, expression: str) -> RunContext:
    of_days = {"over_time": [{"to": "day", "as": "sum", "needs": 0.01}], "over_space": {"as": "sum", "expects": 1}}
    months = {"month": {"as": "sum", "needs": 0.1}}
    city = measuring(
        town(AIR, MONTHS),
        {
            "fine": ("air", entry(periods=months, **of_days)),
            "twice": ("air", entry(value="pm25 * 2", periods=months, **of_days)),
            "warm": (
                "climate",
                entry(
                    observes="weather",
                    value="temperature",
                    every="month",
                    over_time=(),
                    over_space={"as": "mean", "expects": 1},
                    unit="degC",
                ),
            ),
            "both": ("joined", of_month(expression=expression)),
        },
    )
    entries = with_parts_over_days(city.entries)
    only_both = {"both": city.metrics["both"]}
    return run_of(replace(city, entries=entries, metrics=with_over_days(only_both, entries)), tmp_path)


def made(run: RunContext) -> pl.DataFrame:
    for day in DAYS:
        admitted(run, AIR, day, [{"place": "p", "pm25": float(day.day)}], f"{day}")
    admitted(run, MONTHS, APRIL, [{"place": "p", "temperature": 10.0}], "april")
    for table in derived_tables(run.city):
        if table.name in ("air", "climate"):
            build(run, table, DAYS)
    build(run, table_of(run, "joined_period"), [APRIL])
    return sources.rows(run, table_of(run, "joined_period").contract).filter(pl.col("area") == "70").collect()


def test_it_is_made_of_the_sums_of_days_and_of_readings_of_the_month(tmp_path: Path):
    # 1 + 2 + 3 = 6 and twice that, by 10 degrees: 12 / 6 + 10
    run = the_town(tmp_path, "twice_month / fine_month + warm")
    (row,) = made(run).rows(named=True)
    assert (row["metric"], row["day"], row["value"]) == ("both", APRIL, 12.0)
    air = sources.live(run, table_of(run, "air").contract)
    climate = sources.live(run, table_of(run, "climate").contract)
    assert row["batch_ids"] == sorted([*air.values(), climate[APRIL]])
    assert (row["n"], row["expected"], row["counted"]) == (3, 30.0, "days")  # of the least complete part
    assert feeds_of_metrics(run.city)["both"] == (("air",), ("months",))


def test_parts_are_published_nowhere(tmp_path: Path):
    run = the_town(tmp_path, "twice_month / fine_month")
    assert made(run)["metric"].unique().to_list() == ["both"]


def test_a_month_of_which_a_part_has_nothing_is_not_made(tmp_path: Path):
    run = the_town(tmp_path, "twice_month / fine_month + warm")
    for day in DAYS:
        admitted(run, AIR, day, [{"place": "p", "pm25": 1.0}], f"{day}")
    build(run, table_of(run, "air"), DAYS)
    assert table_of(run, "joined_period").inputs(run, [APRIL]) == {}


def test_only_what_is_made_of_days_is_over_days(tmp_path: Path):
    run = the_town(tmp_path, "warm * 2")
    plain = {name: named.entry for name, named in run.city.entries.items()}
    assert [name for name in plain if is_over_days(name, plain)] == []
    assert table_of(run, "joined").metrics == ("both",)
