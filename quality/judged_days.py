"""What ledger and lake know of the days of a table that were judged before: what a new day is compared with."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl

from quality.contract.generated_rules import POSITION
from quality.contract.model import Contract
from quality.day_history import History
from quality.usual_days import Calendar
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.null_counts import NullCounts, null_counts


def judged_days(home: Home, city: str, contract: Contract, calendar: Calendar) -> History:
    """The history of a table of a city. Null counts are read when they are asked for: one day costs a few ms."""
    batches = (
        ledger.read(home, "batch")
        .filter(pl.col("city") == city, pl.col("layer") == contract.layer, pl.col("table_name") == contract.name)
        .select("day", "state", "recorded_at", rows=pl.col("rows_kept") + pl.col("rows_quarantined"))
        .sort("recorded_at")
        .collect()
    )
    rows, held = (_rows(batches.filter(pl.col("state") == state)) for state in ("committed", "held"))
    table = home.table(city, contract.layer, contract.name)

    @cache  # days of one run are compared with many days in common
    def nulls(day: date) -> NullCounts:
        return NullCounts(0, {}) if lake.lost_days(table, [day]) else null_counts(lake.live_files(table, [day]))

    def positions(day: date) -> pl.DataFrame:
        there = () if lake.lost_days(table, [day]) else [day]
        return lake.scan(table, contract.schema, there).select(POSITION).collect()

    return History(
        rows=rows,
        held={day: count for day, count in held.items() if day not in rows},
        nulls=nulls,
        calendar=calendar if contract.every == "day" else None,
        positions=positions,
    )


def _rows(batches: pl.DataFrame) -> dict[date, int]:
    """By day the rows of the last of its batches."""
    return dict(batches.select("day", "rows").iter_rows())
