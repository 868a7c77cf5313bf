"""Columns that are computed from a time of the same row: its instant and its day.

A time is read once. Where its zone is known it is read as an instant, and what the city's clocks show is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from assets.ingest.cast_times import clock_rules, written_days
from assets.ingest.local_times import to_local, to_utc
from quality.contract.columns import TIME, Column
from quality.contract.interval import Interval
from quality.contract.model import Contract


def with_computed(
    contract: Contract, typed: pl.DataFrame, unreadable: Sequence[tuple[str, pl.Series, pl.Series]]
) -> pl.DataFrame:
    """All columns of the contract in their order. `typed` has those that are read (`Contract.delivered`), a time that
    is read as an instant in UTC. `unreadable`: by column, the positions and texts of cells that are no value."""
    every = None if contract.interval is None else Interval.parse(contract.interval).truncated
    if (
        typed.columns == contract.schema.names()
        and not every
        and not any(c.spec.interval_end for c in contract.columns)
    ):
        return typed
    instants = dict[str, pl.Series]()
    changed = list[pl.Series]()
    for read in contract.delivered:
        column, delivered = contract.column(read.name), typed[read.name]
        values = delivered
        if column.spec.interval_end is not None:
            values = values - column.spec.interval_end
        if read.instant and column.spec.zone is not None:
            instants[read.name] = values
            values = to_local(values, column.spec.zone)
        if every is not None and column.name == TIME and column.type == "timestamp":
            values = values.dt.truncate(every)
            instants.pop(read.name, None)  # that of the beginning is another one
        if values is not delivered:
            changed.append(values.alias(read.name))
    typed = typed.with_columns(changed) if changed else typed
    computed = [
        _computed(contract.column(column.spec.of), column, typed, instants, unreadable)
        for column in contract.columns
        if column.spec.of is not None
    ]
    return typed.with_columns(computed).select(contract.schema.names())


def _computed(
    time: Column,
    column: Column,
    typed: pl.DataFrame,
    instants: Mapping[str, pl.Series],
    unreadable: Sequence[tuple[str, pl.Series, pl.Series]],
) -> pl.Series:
    local = typed[time.name]
    if column.type == "date":
        return _days(time, local, unreadable).alias(column.name)
    zone = column.spec.delivered_zone
    found = instants.get(time.name)
    if found is None:
        assert zone is not None
        found = to_utc(local, zone)
    return found.alias(column.name)


def _days(time: Column, local: pl.Series, unreadable: Sequence[tuple[str, pl.Series, pl.Series]]) -> pl.Series:
    """The days of times; of an hour that a change of clocks repeats or skips, the day that is written."""
    days = local.dt.date()
    for name, at, texts in unreadable:
        of_clocks = clock_rules(time, texts) if name == time.name else None
        if of_clocks is not None and of_clocks.null_count() < of_clocks.len():
            days = days.scatter(
                at, pl.select(pl.when(of_clocks.is_not_null()).then(written_days(time, texts))).to_series()
            )
    return days
