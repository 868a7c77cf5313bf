"""What derived tables are made from: the rows of other tables of the city, as they are live in the lake.

A run may be given other batches to read (`RunContext.instead`): that is how a value of long ago is computed once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from assets.context import BatchRows, RunContext
from assets.metrics.known_days import KnownDay
from assets.watch.watched import watched_columns
from quality.contract.columns import DAY
from quality.contract.model import Contract
from warehouse import lake


def live(run: RunContext, contract: Contract) -> dict[date, str]:
    """The live batch of each day of a table."""
    if run.instead is None:
        return lake.live_batches(run.gate(contract).table)
    return {day: batch.batch_id for day, batch in _instead(run, contract).items()}


def rows(run: RunContext, contract: Contract, days: Sequence[date] | None = None) -> pl.LazyFrame:
    """The live rows of a table, of all days or of `days`."""
    if run.instead is None:
        return lake.scan(run.gate(contract).table, contract.schema, days)
    given = sorted(_instead(run, contract).items())
    frames = [batch.rows for day, batch in given if days is None or day in days]
    return pl.concat([lake.scan_files([], contract.schema), *frames])


def known_days(run: RunContext, contract: Contract, days: Sequence[date]) -> dict[date, KnownDay]:
    """What this process knows of days of a feed with watched columns, or can keep for who asks later."""
    if run.instead is not None or watched_columns().keys().isdisjoint(contract.models):
        return {}
    path, batches = run.gate(contract).table.path, live(run, contract)
    return {day: _known_day(path, batches[day]) for day in days if day in batches}


@dataclass(frozen=True)
class MetricsOfDays:
    """Which metrics the days of a table of values have rows of."""

    run: RunContext
    contract: Contract

    def any_with(self, metric: str, days: Mapping[date, Sequence[date]]) -> list[date]:
        """The keys of `days` of whose days one has the metric. Mostly the newest has it: only then are others read."""
        newest = self._of({of[-1] for of in days.values()})
        lacking = [key for key, of in days.items() if metric not in newest[of[-1]]]
        others = self._of({day for key in lacking for day in days[key]})
        return [key for key in days if key not in lacking or any(metric in others[day] for day in days[key])]

    def _of(self, days: Iterable[date]) -> dict[date, frozenset[str]]:
        batches = live(self.run, self.contract)
        # a batch is its inputs and never changes; rows that a run was given may be others
        path = self.run.gate(self.contract).table.path
        known = _metrics_of_batches(path) if self.run.instead is None else dict[str, frozenset[str]]()
        if unread := sorted(day for day in days if batches[day] not in known):
            read = rows(self.run, self.contract, unread).select(DAY, "metric").unique().collect()
            there = dict(read.group_by(DAY).agg("metric").iter_rows())
            known.update((batches[day], frozenset(there.get(day, ()))) for day in unread)
        return {day: known[batches[day]] for day in days}


@lru_cache(maxsize=8)  # 10 MB each, of 50,000 sensors with four quantities
def _known_day(_table: Path, _batch: str) -> KnownDay:
    return KnownDay()


@lru_cache(maxsize=64)
def _metrics_of_batches(_table: Path) -> dict[str, frozenset[str]]:
    """By batch of a table of a home, its metrics as far as they were read."""
    return {}


def _instead(run: RunContext, contract: Contract) -> Mapping[date, BatchRows]:
    return (run.instead or {}).get((contract.layer, contract.name), {})
