"""What is published by city and day: metric.value, mart.area_day made of it, and the marts.

For each of them what decides over the rows of a day, and the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.derive.contracts import HOUR_CONTRACT, METRIC_CONTRACT
from assets.derive.marts import MartTable
from assets.derive.parts import feeds_of_metrics
from assets.derive.tables import derived_tables
from assets.mart import mart_contract
from assets.metrics import reasons
from assets.metrics.definition import MetricDefinition
from assets.metrics.entries import platform_metrics
from assets.metrics.placing import PLACE
from assets.pack.city import City
from assets.publication import absence, feed_problems, ledger_view, rests_on
from assets.publication.columns import mart_table
from assets.publication.ledger_view import LedgerView
from assets.publication.metric_columns import METRIC_HOURLY, METRIC_VALUE, STATUS_OF, area_day_table
from assets.publication.rests_on import what_it_rests_on
from assets.publication.snapshot import Snapshot
from quality.contract.model import Contract
from quality.contract.texts import PLATFORM
from warehouse.arrow import fetched_frame, lend
from warehouse.published.load import Partitions
from warehouse.published.spec import PUBLISHED_AT, RUN_ID, Partition


@dataclass(frozen=True)
class MetricValues(Partitions):
    """metric.value: the values made, and a row with the reason for each that is not there."""

    views: Sequence[LedgerView]

    @classmethod
    def of(cls, views: Sequence[LedgerView]) -> MetricValues:
        """The values of these cities."""
        hashes: dict[Partition, str] = {}
        for view in views:
            hashes |= _input_hashes(view)
        return cls(METRIC_VALUE, hashes, views)

    def rows(self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]) -> pl.DataFrame:
        return pl.concat(self._of_city(view, _days(partitions, view.city)) for view in self.views)

    def _of_city(self, view: LedgerView, days: Sequence[date]) -> pl.DataFrame:
        values = absence.add_absent(_made(view.snapshot, METRIC_CONTRACT, {"day": METRIC_VALUE.day}, days), view, days)
        stamps = {RUN_ID: pl.lit(None, pl.String), PUBLISHED_AT: pl.lit(None, pl.Datetime("us"))}
        return what_it_rests_on(values, view.city).with_columns(**stamps).select(self.spec.names)


@dataclass(frozen=True)
class HourlyValues(Partitions):
    """metric.hourly: the values of hours of the cities that have such metrics."""

    views: Sequence[LedgerView]

    @classmethod
    def of(cls, values: MetricValues) -> HourlyValues:
        """The hours beside these values: they change where those do."""
        having = {v.city.name for v in values.views if any(d.period == "hour" for d in v.city.metrics.values())}
        return cls(METRIC_HOURLY, {p: text for p, text in values.inputs.items() if p.city in having}, values.views)

    def rows(self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]) -> pl.DataFrame:
        return pl.concat(self._of_city(view, _days(partitions, view.city)) for view in self.views)

    def _of_city(self, view: LedgerView, days: Sequence[date]) -> pl.DataFrame:
        made = _made(view.snapshot, HOUR_CONTRACT, {"hour": "starts_at", "hour_utc": "starts_at_utc"}, days)
        values = absence.add_absent_hours(made, view, days)
        return what_it_rests_on(values, view.city).select(self.spec.names)


@dataclass(frozen=True)
class AreaDay(Partitions):
    """All daily metrics side by side: public and private feeds joined by area and day, never by person."""

    metrics: Sequence[str]

    @classmethod
    def of(cls, values: MetricValues, cities: Iterable[City]) -> AreaDay:
        """Made of these values: it changes where they do."""
        chosen: dict[str, list[MetricDefinition]] = {}
        for city in sorted(cities, key=lambda city: city.name):
            for name, definition in city.metrics.items():
                if definition.period == "day":
                    chosen.setdefault(name, []).append(definition)
        # whatever cities there are: those of the platform in its order, then those of packs
        daily = [chosen[name] for name in (*platform_metrics(), *sorted(chosen)) if name in chosen]
        daily = {of_cities[0].metric: of_cities for of_cities in daily}
        return cls(area_day_table(daily), values.inputs, list(daily))

    @property
    def read_for_each(self) -> int:
        return max(1, len(self.metrics))

    def rows(self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]) -> pl.DataFrame:
        wanted = [tuple(partition) for partition in partitions]
        lent = lend(
            connection, "wanted", pl.DataFrame(wanted, schema={"city": pl.String, "day": pl.Date}, orient="row")
        )
        rows = fetched_frame(
            connection.sql(
                f"SELECT city, area, area_level, period_start AS day, metric, value, status FROM {METRIC_VALUE.sql}"
                " WHERE period = 'day' AND (city, period_start) IN (FROM wanted)"
            )
        )
        lent.take_back()
        return (
            rows.filter(pl.col("metric").is_in(self.metrics))
            .group_by("city", "area", "area_level", "day")
            .agg(
                pl.col(column).filter(pl.col("metric") == metric).first().alias(name.format(metric))
                for metric in self.metrics
                for column, name in (("value", "{}"), ("status", STATUS_OF))
            )
            .sort("day", "city", "area")
        )


@dataclass(frozen=True)
class MartRows(Partitions):
    """The rows of a mart of all cities that have it, as their batches are: of each its tables, public and private.

    Of a private feed no row of a single place is published, inside the home neither: a sensor's first and last value of
    a day are readings, and no aggregate of an area.
    """

    tables: Sequence[tuple[Snapshot, MartTable]]

    @classmethod
    def of(cls, name: str, snapshots: Iterable[Snapshot]) -> MartRows:
        """The mart of this name, made of the live batches of its tables."""
        tables = [
            (snapshot, table)
            for snapshot in snapshots
            for table in derived_tables(snapshot.city)
            if isinstance(table, MartTable) and table.of_mart == name and not _of_private_places(table.contract)
        ]
        batches = dict[Partition, str]()
        for snapshot, table in tables:
            # rows of a table are as its batch and as its quantities say: without one that became private others stay
            own = "" if table.fed.quantities is None else f" {' '.join(sorted(table.fed.quantities))}"
            for day, batch in snapshot.batches[table.layer, table.name].items():
                partition = Partition(snapshot.city.name, day)
                batches[partition] = f"{batches.get(partition, '')} {batch}{own}".strip()
        return cls(mart_table(mart_contract(name)), batches, tables)

    def rows(self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]) -> pl.DataFrame:
        frames = [
            (s.city.name, table.own(s.read(table.contract, _days(partitions, s.city)).collect()))
            for s, table in self.tables
        ]
        return pl.concat(frame.select(pl.lit(city).alias("city"), *frame.columns) for city, frame in frames)


def _of_private_places(contract: Contract) -> bool:
    return contract.private and PLACE in contract.key


def _input_hashes(view: LedgerView) -> dict[Partition, str]:
    """For each day that has rows: a hash of the batches, of what the ledger says, of the pack and of this code."""
    common = hashlib.sha256(repr((_code(), _pack(view.city), absence.city_inputs(view))).encode())
    days = absence.days_with_rows(view)
    for (layer, _), batches in view.snapshot.batches.items():
        if layer == "metric":
            days |= batches.keys()
    hashes = {}
    for day in days:
        digest = common.copy()
        digest.update(repr((view.snapshot.batches_on("metric", day), absence.day_inputs(view, day))).encode())
        hashes[Partition(view.city.name, day)] = digest.hexdigest()[:20]
    return hashes


def _days(partitions: Sequence[Partition], city: City) -> list[date]:
    return [partition.day for partition in partitions if partition.city == city.name]


def _made(snapshot: Snapshot, contract: Contract, names: Mapping[str, str], days: Sequence[date]) -> pl.DataFrame:
    """The values in tables of this contract that were made for these days, of the metrics that the city has chosen.

    names: columns that are published under another name.
    """
    tables = [t.contract for t in derived_tables(snapshot.city) if t.layer == METRIC_CONTRACT.layer]
    frames = [snapshot.read(table, days) for table in tables if table.schema == contract.schema]
    # a pack whose feeds yield none of its metrics must not stop the other cities
    made = pl.concat(frames or [pl.LazyFrame(schema=contract.schema)])
    chosen = made.filter(pl.col("metric").is_in(list(snapshot.city.metrics))).rename(dict(names))
    if "period" in contract.schema:  # what was of months before and is of days now has values of both in an old home
        periods = {name: metric.period for name, metric in snapshot.city.metrics.items()}
        chosen = chosen.filter(pl.col("period") == pl.col("metric").replace_strict(periods, return_dtype=pl.String))
    known = {*METRIC_VALUE.names, *METRIC_HOURLY.names}
    return chosen.select(name for name in chosen.collect_schema() if name in known).collect()


@cache
def _code() -> str:
    """Changes when the code that says why a value is absent changes."""
    files = (
        __file__,
        absence.__file__,
        feed_problems.__file__,
        ledger_view.__file__,
        rests_on.__file__,
        reasons.__file__,
    )
    sentences = reasons.SENTENCES.folder / f"{PLATFORM}.yaml"
    return hashlib.sha256(b"".join(Path(str(file)).read_bytes() for file in (*files, sentences))).hexdigest()


def _pack(city: City) -> tuple[Any, ...]:
    """What absent rows take from the pack; values took theirs when they were made."""
    contracts = [(c.name, c.every, c.lag_days, c.reference_since, c.first_day) for c in city.contracts.values()]
    tables = [(t.layer, t.name, [c.name for c in t.needs], [c.name for c in t.uses]) for t in derived_tables(city)]
    areas = city.areas.select("code", "level", "valid_from", "valid_to").rows()
    return city.config, dict(city.metrics), feeds_of_metrics(city), dict(city.choices), contracts, tables, areas
