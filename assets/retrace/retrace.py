"""One published value computed once more, by the code and the pack of now, from the batches that it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from assets.context import BatchRows, RunContext
from assets.derive import sources
from assets.derive.marts import MartTable
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.metrics.evaluate.trace import TracedStep
from assets.pack.city import City
from assets.retrace.batch_rows import BatchRecord, RowsOfBatches
from quality.contract.interval import last_of_period
from warehouse import lake

MetricTable = SubjectTable | PeriodTable
Instead = Mapping[tuple[str, str], Mapping[date, BatchRows]]


@dataclass(frozen=True)
class Retraced:
    """The result.

    values: rows of the metric table, of the metric and all areas. steps: those of the evaluator, first to last; of a
    private feed only what is published of the metrics that the value is made of.
    """

    values: pl.DataFrame
    steps: tuple[TracedStep, ...] = ()
    private: tuple[str, ...] = ()  # the private feeds behind it
    every_area: bool = False  # the value of one area is made of those of others


def table_of_metric(city: City, metric: str) -> MetricTable | None:
    """The table that the city makes this metric in, with it alone; None where it cannot have it."""
    for table in derived_tables(city):
        if isinstance(table, SubjectTable) and metric in table.metrics:
            return table.only([metric])
        if isinstance(table, PeriodTable) and metric in table.metrics:
            return table.only(metric)
    return None


def retrace(
    run: RunContext,
    table: MetricTable,
    start: date,
    area: str | None,
    behind: Mapping[str, BatchRecord],
    ids: Iterable[str],
    reading: RowsOfBatches,
) -> Retraced:
    """The values of a table of one metric (`table_of_metric`) of the period that begins on `start`, from the batches
    `ids`; `behind` has these and all that they were made of. Steps are those of `area`; None: there are none.

    Raises PermanentFailure where rows are lost, and whatever the evaluator raises.
    """
    records = [behind[one] for one in ids if one in behind]
    if isinstance(table, SubjectTable):
        return _of_days(_given(run, _with_marts(run, records, behind, reading)), table, start, area)
    return _of_period(run, table, start, area, behind, records, reading)


def _of_days(run: RunContext, table: SubjectTable, start: date, area: str | None) -> Retraced:
    (metric,) = table.metrics
    values = table.rows(run, [start])
    if area is None:
        return Retraced(values)
    private = _private(table)
    others = any(one.derived is not None and one.derived.weighted_mean is not None for one in table.entries.values())
    if not private:
        return Retraced(values, table.trace(run, metric, [start], area), (), others)
    parts = [name for name in table.entries if name in run.city.metrics]
    shown = table.only(parts).rows(run, [start])
    steps = [TracedStep(name, "as published", None, _inside(run.city, of_metric(shown, name), area)) for name in parts]
    return Retraced(values, tuple(steps), private, others)


def _of_period(
    run: RunContext,
    table: PeriodTable,
    start: date,
    area: str | None,
    behind: Mapping[str, BatchRecord],
    records: Sequence[BatchRecord],
    reading: RowsOfBatches,
) -> Retraced:
    reading_all(run.city, behind.values(), reading)
    daily, days = _daily(run.city, table), dict[str, dict[date, BatchRows]]()
    for record in records:
        if record.table not in daily:
            continue
        narrow = daily[record.table]
        there = reading.of_file(narrow.contract, record)
        if there is None:
            made_of = [behind[one] for one in record.batches]
            given = _given(run, _with_marts(run, made_of, behind, reading))
            there = BatchRows(record.batch_id, _typed(narrow.rows(given, [record.day]), narrow))
        days.setdefault(record.table, {})[record.day] = there
    return _over_period(run, table, daily, start, area, days)


def _over_period(
    run: RunContext,
    table: PeriodTable,
    daily: Mapping[str, SubjectTable],
    start: date,
    area: str | None,
    days: Mapping[str, Mapping[date, BatchRows]],
) -> Retraced:
    given = _given(run, {(one.layer, one.name): days.get(one.name, {}) for one in table.needs})
    values = table.rows(given, [start])
    if area is None:
        return Retraced(values)
    private = tuple(dict.fromkeys(feed for narrow in daily.values() for feed in _private(narrow)))
    steps = list[TracedStep]()
    for contract in table.needs:
        of_area = sources.rows(given, contract).collect().filter(pl.col("area") == area)
        for rollup in table.rollups.get(contract.name, ()):
            if not private or rollup.of in run.city.metrics:
                within = pl.col("day").is_between(start, last_of_period(start, rollup.period))
                parts = of_metric(of_area, rollup.of).filter(within).sort("day")
                steps.append(TracedStep(rollup.of, "values of the period", None, parts))
        for name in table.standing.get(contract.name, ()):
            if not private or name in run.city.metrics:
                own = of_metric(of_area, name).filter(pl.col("day") == start)
                steps.append(TracedStep(name, "value of the period", None, own))
    metric = _only(table)
    others = any(
        one.derived is not None and one.derived.weighted_mean is not None for one in table.over.entries.values()
    )
    last = TracedStep(metric, run.city.metrics[metric].period, None, values.filter(pl.col("area") == area))
    return Retraced(values, (*steps, last), private, others)


def computed_now(run: RunContext, table: MetricTable, start: date, area: str | None) -> Retraced:
    """The same from the live rows of now, whatever was published."""
    if isinstance(table, SubjectTable):
        return _of_days(run, table, start, area)
    daily, days = _daily(run.city, table), dict[str, dict[date, BatchRows]]()
    end = last_of_period(start, run.city.metrics[_only(table)].period) + timedelta(days=1)  # it shows that it is over
    for name, narrow in daily.items():
        live = {day for feed in narrow.needs for day in sources.live(run, feed) if start <= day <= end}
        rows = _typed(narrow.rows(run, sorted(live)), narrow).collect()
        days[name] = {day: BatchRows("", rows.filter(pl.col("day") == day).lazy()) for day in sorted(live)}
    return _over_period(run, table, daily, start, area, days)


def _only(table: PeriodTable) -> str:
    (metric,) = table.metrics
    return metric


def _daily(city: City, table: PeriodTable) -> dict[str, SubjectTable]:
    """By name, the tables that a longer period is made of, each with the metrics alone that are needed."""
    found = dict[str, SubjectTable]()
    for one in derived_tables(city):
        if isinstance(one, SubjectTable) and one.contract in table.needs:
            rollups = [rollup.of for rollup in table.rollups.get(one.name, ())]
            found[one.name] = one.only(list(dict.fromkeys([*rollups, *table.standing.get(one.name, ())])))
    if len(found) < len(table.needs):
        raise LookupError(f"{city.name} lacks a table of {[one.name for one in table.needs]}")
    return found


def _private(table: SubjectTable) -> tuple[str, ...]:
    return tuple(contract.name for contract in (*table.needs, *table.uses) if contract.private)


def reading_all(city: City, records: Iterable[BatchRecord], reading: RowsOfBatches) -> None:
    """Read all core batches of a feed together, so that a delivery of many days is parsed once."""
    if reading.from_bytes:
        _core(city, records, reading)


def of_metric(rows: pl.DataFrame, metric: str) -> pl.DataFrame:
    """The rows of one metric."""
    return rows.filter(pl.col("metric") == metric)


def _core(city: City, records: Iterable[BatchRecord], reading: RowsOfBatches) -> Instead:
    by_feed = dict[str, list[BatchRecord]]()
    for record in records:
        if record.layer == "core" and record.table in city.contracts:
            by_feed.setdefault(record.table, []).append(record)
    return {("core", feed): reading.of_core(city.contracts[feed], of_feed) for feed, of_feed in by_feed.items()}


def _with_marts(
    run: RunContext, records: Sequence[BatchRecord], behind: Mapping[str, BatchRecord], reading: RowsOfBatches
) -> Instead:
    """The rows of these batches of feeds and marts; those of a mart whose file is gone are made again."""
    found = dict(_core(run.city, records, reading))
    tables = {one.name: one for one in derived_tables(run.city) if isinstance(one, MartTable)}
    for record in records:
        if record.layer == "mart" and record.table in tables:
            mart = tables[record.table]
            there = reading.of_file(mart.contract, record)
            if there is None:
                made_of = [behind[one] for one in record.batches]
                given = _given(run, _with_marts(run, made_of, behind, reading))
                there = BatchRows(record.batch_id, _typed(mart.rows(given, [record.day]), mart))
                reading.keep(there)
            key = (mart.layer, mart.name)
            found[key] = {**found.get(key, {}), record.day: there}
    return found


def _given(run: RunContext, instead: Instead) -> RunContext:
    return replace(run, instead=instead)


def _typed(rows: pl.DataFrame, table: SubjectTable | MartTable) -> pl.LazyFrame:
    """Rows as the lake has them."""
    filled = rows.with_columns(pl.lit(None).alias(name) for name in table.contract.schema if name not in rows.columns)
    return filled.select(
        pl.col(name).cast(dtype) for name, dtype in lake.with_day(table.contract.schema).items()
    ).lazy()


def _inside(city: City, rows: pl.DataFrame, area: str) -> pl.DataFrame:
    """The rows of an area, and of those in it."""
    if area == city.config.area:
        return rows
    inside, before = {area}, set[str]()
    while inside != before:
        before = inside
        inside = inside | set(city.areas.filter(pl.col("parent").is_in(sorted(inside)))["code"])
    return rows.filter(pl.col("area").is_in(sorted(inside)))
