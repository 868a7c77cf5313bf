"""The means of a day at each place, as whoever looked at all of its readings found them: nobody reads these again.

They are a memory of one process and no table: rows of a batch never change, so what is known of them is what whoever
reads them finds, and without it they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Literal, TypeAlias

import polars as pl

from assets.formulas.noise import LEVEL_RANGE_DB

WayOfMean: TypeAlias = Literal["mean", "energy_mean"]
AskedMean: TypeAlias = tuple[str, WayOfMean] | None
KNOWN_MEANS = pl.Schema({"place": pl.String, "readings": pl.Int64, "value": pl.Float64})


@dataclass(frozen=True, eq=False)
class KnownDay:
    """Of one day of a feed, by quantity and how it becomes one value, KNOWN_MEANS of each place with a row; of none
    until somebody has looked."""

    means: dict[tuple[str, WayOfMean], pl.DataFrame] = field(default_factory=dict)


def remember_means(known: Mapping[date, KnownDay], found: pl.DataFrame, ways: Mapping[str, WayOfMean]) -> None:
    """found: day, place, quantity, readings, value, least, most, of all rows of these days. ways: by quantity.

    Levels of sound that no air can carry count for no energy mean of a metric: of such a day nothing is known.
    """
    for (day, quantity), rows in found.group_by("day", "quantity"):
        way = ways[str(quantity)]
        heard = pl.col("least", "most").is_between(*LEVEL_RANGE_DB) | pl.col("least", "most").is_null()
        if way == "energy_mean" and not rows.select(pl.all_horizontal(heard.all())).item():
            continue
        if isinstance(day, date) and day in known:
            known[day].means[str(quantity), way] = rows.select(KNOWN_MEANS.names())


def means_at_places(
    known: Mapping[date, KnownDay], days: Iterable[date], asked: Iterable[tuple[AskedMean, str, str]]
) -> pl.LazyFrame:
    """day and place of those with a row on `days`, and of each that is asked for the value and the readings under the
    names that are said."""
    wanted, means = list(days), list[pl.LazyFrame]()
    for mean, value, readings in asked:
        means.append(_means_of_days(known, wanted, mean).rename({"value": value, "readings": readings}))
    return reduce(lambda one, other: one.join(other, on=("day", "place")), means)


def _means_of_days(known: Mapping[date, KnownDay], days: Iterable[date], asked: AskedMean) -> pl.LazyFrame:
    """day and KNOWN_MEANS of the places with a row on `days`. Of a row alone (`asked` None) the value and the readings
    are 1, whatever quantity says where one is."""
    empty = KNOWN_MEANS.to_frame().with_columns(day=pl.lit(None, pl.Date))
    there = [(day, known[day].means) for day in days if day in known]
    found = [
        (next(iter(of.values())) if asked is None else of[asked]).with_columns(day=pl.lit(day)) for day, of in there
    ]
    every = pl.concat([empty, *found]).lazy()
    return every if asked is not None else every.with_columns(readings=pl.lit(1, pl.Int64), value=pl.lit(1.0))
