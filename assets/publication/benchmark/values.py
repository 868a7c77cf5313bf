"""benchmark.value and benchmark.latest: values of whole cities with their class and their rank in it.

Every value is one of metric.value: it is read from the file in the making, after that table is loaded.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from assets.derive.versions import digest_of
from assets.formulas import rank_interval
from assets.pack.city import City
from assets.publication.benchmark import classes, columns, figures, ranks, read, terms
from assets.publication.benchmark.columns import BENCHMARK_LATEST, BENCHMARK_VALUE
from assets.publication.benchmark.ranks import with_ranks
from assets.publication.benchmark.read import figures_to_draw, values_of_periods
from assets.publication.benchmark.terms import terms_of
from quality.contract.interval import last_of_period
from warehouse.published.load import MadeOfTables, Partitions
from warehouse.published.spec import Partition

YEARS_APART = 2  # no further apart may two years be that stand on one axis
_PARTITION = pl.Schema({"city": pl.String, "period_start": pl.Date})


@dataclass(frozen=True)
class BenchmarkValues(Partitions):
    """benchmark.value: all that begins on a day is made again when any day in it is another, in any city."""

    cities: Sequence[City]

    @classmethod
    def of(cls, values: Mapping[Partition, str], cities: Sequence[City]) -> BenchmarkValues:
        """Of the days of metric.value, each with what it is made of: the same where they are the same."""
        common = hashlib.sha256(repr((_code(), terms_of(cities).rows())).encode()).hexdigest()
        made_of = sorted((day, city, text) for (city, day), text in values.items())
        inputs = dict[Partition, str]()
        for start in sorted({day for day, _, _ in made_of if day.day == 1}):
            after = last_of_period(start, _longest(start)) + timedelta(days=1)
            within = made_of[bisect_left(made_of, (start,)) : bisect_left(made_of, (after,))]
            text = hashlib.sha256(repr((common, within)).encode()).hexdigest()[:20]
            inputs |= {Partition(city, start): text for day, city, _ in within if day == start}
        return cls(BENCHMARK_VALUE, inputs, cities)

    def rows(self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]) -> pl.DataFrame:
        wanted = pl.DataFrame([tuple(one) for one in partitions], schema=_PARTITION, orient="row")
        starts = wanted.select("period_start").unique()
        # of all cities: a value is ranked with those that are as they were
        rows = values_of_periods(connection, self.cities, "period_start IN (FROM asked)", starts)
        grouped = rows.with_columns(group=pl.col("period_start").cast(pl.String))
        ranked = with_ranks(grouped, figures_to_draw(connection, self.cities, grouped))
        return ranked.join(wanted, on=_PARTITION.names(), how="semi").select(self.spec.names)


@dataclass(frozen=True)
class LatestYears(MadeOfTables):
    """benchmark.latest: years are grouped from the newest on, each with those that are at most YEARS_APART older."""

    cities: Sequence[City]

    @classmethod
    def of(cls, cities: Sequence[City]) -> LatestYears:
        """The newest years of these cities."""
        return cls(BENCHMARK_LATEST, cities)

    def rows(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        # over by the calendar: data of the past may lack a year's last day. Days that are to come are simulated ones
        today = datetime.now(UTC).date()
        whole = f"period = 'year' AND value IS NOT NULL AND until <= greatest(DATE '{today}', coalesce(ended, until))"
        rows = values_of_periods(connection, self.cities, whole).sort("period_start")
        grouped = in_windows(rows.unique(["city", "metric"], keep="last", maintain_order=True))
        ranked = with_ranks(grouped, figures_to_draw(connection, self.cities, grouped))
        return ranked.select(self.spec.names).sort("metric", "city")


def in_windows(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `group`: of each class the newest year and those at most YEARS_APART older, then of the rest."""
    groups = list[str]()
    newest = dict[str | None, int]()
    ordered = rows.sort("period_start", descending=True)
    for class_id, start in ordered.select("class_id", "period_start").iter_rows():
        if class_id not in newest or newest[class_id] - start.year > YEARS_APART:
            newest[class_id] = start.year
        groups.append(f"latest {newest[class_id]}")
    return ordered.with_columns(pl.Series("group", groups, dtype=pl.String))


def _longest(start: date) -> str:
    """The longest period that is compared and begins on a day."""
    return "year" if start.month == 1 else "quarter" if start.month % 3 == 1 else "month"


@cache
def _code() -> str:
    """Changes when the code that makes classes and ranks changes."""
    files = (__file__, *(module.__file__ for module in (classes, columns, figures, ranks, read, terms, rank_interval)))
    return digest_of(Path(str(file)) for file in files)
