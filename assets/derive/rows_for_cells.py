"""What the private tables of the lake say of cells: rows by area and period, of marts and of metrics of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from assets.derive.contracts import HOUR_CONTRACT
from assets.derive.marts import MartTable
from assets.derive.subjects import FeedUse, SubjectTable
from assets.derive.tables import derived_tables
from assets.pack.city import City
from quality.contract.columns import DAY
from quality.contract.model import Contract

PEOPLE = "people"  # a metric of this unit says how many stand behind it
_AFTER_METRICS = 1000  # the rank of what marts say: what a metric counts is as it is published
ROW_NAMES = ("table", "area", "area_level", "period")  # as categories: two million texts cost seconds
LARGEST = ("largest", "second")
ROWS = pl.Schema(
    {
        **dict.fromkeys(ROW_NAMES, pl.Categorical()),
        "period_start": pl.Date,
        "hour": pl.Int8,
        "value": pl.Float64,
        **dict.fromkeys(("contributors", *LARGEST), pl.Float64),
        "rank": pl.Int64,  # the first one says the value of the cell; null: a figure that is published beside it
        "figure": pl.Categorical(),  # of what besides the value of the cell this is; empty: of nothing
    }
)


@dataclass(frozen=True)
class PrivateRows:
    """What a private table of the lake says of cells: `made` of its rows, each day by itself, in `ROWS`.

    said: a text that differs where `made` does, beside its code.
    """

    contract: Contract
    said: str
    made: Callable[[pl.LazyFrame], pl.LazyFrame]


def private_rows(city: City) -> Iterator[PrivateRows]:
    """What each private table of a city says, in the order in which it counts."""
    for table in derived_tables(city):
        if isinstance(table, MartTable) and table.contract.private and table.mart.contributors:
            mart, named = table.mart, _named(table.fed.feeds_behind)
            of_rows = (mart.adds_up, mart.add_up_too, mart.contributors, mart.largest, mart.second)
            said = repr((named, mart.every, *of_rows))
            yield PrivateRows(table.contract, said, partial(_mart_rows, table=table))
    for table in private_subjects(city):
        counting = {
            name: of_cells
            for name, uses in table.readings.items()
            if (of_cells := table_of_cells(uses)) and table.entries[name].unit == PEOPLE and not observes_a_mart(uses)
        }
        if counting:
            made = partial(_metric_rows, table=table, counting=counting)
            yield PrivateRows(table.contract, repr(list(counting.items())), made)


def _mart_rows(rows: pl.LazyFrame, table: MartTable) -> pl.LazyFrame:
    """What a mart says, in ROWS; of several rows of an area and period the fewest contributors."""
    mart = table.mart
    value = pl.lit(None, pl.Float64) if mart.adds_up is None else pl.col(mart.adds_up).sum()
    largest = {
        name: pl.lit(None, pl.Float64) if column is None else pl.col(column)
        for name, column in zip(LARGEST, (mart.largest, mart.second), strict=True)
    }
    others = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(f"other {name}") for name in mart.add_up_too
    ]
    summed = (
        rows.with_columns(contributors=pl.min_horizontal(mart.contributors), **largest)
        .group_by("area", "area_level", period_start=DAY)
        .agg(value.alias("value"), pl.col("contributors").min(), *map(largest_added_up, LARGEST), *others)
        .with_columns(table=pl.lit(_named(table.fed.feeds_behind)), period=pl.lit(mart.every), hour=pl.lit(None))
    )
    told = [summed.with_columns(rank=pl.lit(_AFTER_METRICS), figure=pl.lit(""))]
    nobodys = dict.fromkeys(("contributors", *LARGEST, "rank"), pl.lit(None))  # who stands behind it the cell says
    told += [
        summed.with_columns(value=pl.col(f"other {name}"), figure=pl.lit(f"{table.name}.{name}"), **nobodys)
        for name in mart.add_up_too
    ]
    return pl.concat(one.select(pl.col(name).cast(dtype) for name, dtype in ROWS.items()) for one in told)


def largest_added_up(name: str) -> pl.Expr:
    """Of several rows: whoever is largest in all of them has no more, and no two have more than the two of each."""
    return pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum())


def _metric_rows(rows: pl.LazyFrame, table: SubjectTable, counting: Mapping[str, str]) -> pl.LazyFrame:
    """What the metrics that count people say, in ROWS. counting: the table of cells by metric, in their order."""
    hourly = table.contract.schema == HOUR_CONTRACT.schema
    ranks = {name: rank for rank, name in enumerate(counting)}
    return (
        rows.filter(pl.col("metric").is_in(list(counting)), pl.col("value").is_not_null())
        .with_columns(
            table=pl.col("metric").replace_strict(counting, return_dtype=pl.String),
            rank=pl.col("metric").replace_strict(ranks, return_dtype=pl.Int64),
            period=pl.lit("hour") if hourly else pl.col("period"),
            period_start=pl.col(DAY),
            hour=pl.col("hour").dt.hour() if hourly else pl.lit(None),
            contributors=pl.col("value"),
            figure="metric",
            **dict.fromkeys(LARGEST, pl.lit(None)),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in ROWS.items())
    )


def private_subjects(city: City) -> list[SubjectTable]:
    """The private tables of subjects of a city."""
    return [table for table in derived_tables(city) if isinstance(table, SubjectTable) and table.contract.private]


def observes_a_mart(uses: Iterable[FeedUse]) -> bool:
    """Whether values are made of what a mart says."""
    return any(use.mart is not None and use.makes_values for use in uses)


def table_of_cells(uses: Iterable[FeedUse]) -> str:
    """The name of the table of cells behind what an entry observes; empty where no feed of it is private."""
    return _named(feed for use in uses if use.makes_values for feed in use.feeds)


def _named(feeds: Iterable[Contract]) -> str:
    return " + ".join(sorted({feed.name for feed in feeds if feed.private}))
