"""A table of weeks, months, quarters and years, made from the values of one subject."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.derive.failing import absent_rows, together_or_alone
from assets.derive.lineage import Lineage, batches_by_day, with_lineage
from assets.derive.over_days import OverParts, standing_rows
from assets.derive.setting import city_setting
from assets.derive.subjects import SubjectTable
from assets.metrics.entry import PeriodRule
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.measured import MEASURED
from assets.metrics.values import to_values
from quality.contract.interval import last_of_period, periods_with
from quality.contract.model import Contract

_READ = ("metric", "area", "area_level", "day", "value", "reason_code", "reason_gaps")


@dataclass(frozen=True, eq=False)
class PeriodTable:
    """A derived table of which each row stands on the first day of its period, and is made from all its days.

    A trailing year is made once a day of its last month is there: a new day makes one again and not twelve, and a
    correction of an old day each of the twelve that have it.
    """

    contract: Contract
    title: str
    needs: tuple[Contract, ...]  # the tables of daily and of hourly values
    feeds: frozenset[str]  # all that it is made from in the end
    rollups: Mapping[str, tuple[Rollup, ...]]  # what is made of days, by the table that has them
    metrics: frozenset[str]  # those that it holds: parts of others alone are not among them
    standing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # parts that are of the period, by table
    over: OverParts = field(default_factory=OverParts)  # what is made of these parts
    beneath: tuple[SubjectTable, ...] = ()  # `needs` as tables
    uses: tuple[Contract, ...] = ()

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def layer(self) -> str:
        return self.contract.layer

    @cached_property
    def periods(self) -> frozenset[str]:
        """The kinds of periods that it has rows of."""
        return frozenset(rollup.period for rollups in self.rollups.values() for rollup in rollups)

    def starts(self, day: date) -> list[date]:
        """The first days of the periods that a day belongs to, and the days of values that are made with it."""
        days = {day, *(of for table in self.beneath for of in table.starts(day))}
        return sorted({start for of in days for period in self.periods for start in periods_with(of, period)})

    def only(self, metric: str) -> PeriodTable:
        """The same with this metric alone, and with what it is made of."""
        over = self.over.only(metric)
        needed = {metric, *over.entries}
        rollups = {
            table: tuple(rollup for rollup in of_table if rollup.metric in needed)
            for table, of_table in self.rollups.items()
        }
        standing = {table: tuple(name for name in names if name in needed) for table, names in self.standing.items()}
        needs = tuple(one for one in self.needs if rollups.get(one.name) or standing.get(one.name))
        return replace(
            self, needs=needs, rollups=rollups, metrics=self.metrics & {metric}, standing=standing, over=over
        )

    def inputs(self, run: RunContext, days: Sequence[date]) -> dict[date, list[str]]:
        """The batches of the days that each period is made from. `days` are first days of periods.

        A period is made of a metric of which it has a day: a table of values may have the day of another metric alone,
        as that is of another feed, and nothing would be made of it.

        Where days without a value count, so does the first day after the period that has a batch: it shows that the
        period is over, and that what is missing at its end is missing.
        """
        return batches_by_day(self._lineage(run, days))

    def rows(self, run: RunContext, days: Sequence[date]) -> pl.DataFrame:
        """The values of the periods that begin on `days`, each with the batches it was made from."""
        parts = pl.concat([MEASURED.to_frame(), *(self._of_table(run, contract, days) for contract in self.needs)])
        own = parts.filter(pl.col("metric").is_in(list(self.metrics)))
        over = self.over.values(self.contract, parts, city_setting(run.city))
        return with_lineage(to_values(pl.concat([own, over]), run.city), self._lineage(run, days))

    def _of_table(self, run: RunContext, contract: Contract, starts: Sequence[date]) -> pl.DataFrame:
        rollups, live = self.rollups.get(contract.name, ()), sorted(sources.live(run, contract))
        standing = self._standing(run, contract, [start for start in starts if start in live])
        wanted = {day for start in starts for rollup in rollups for day in _days(rollup, start, live)}
        columns = [*_READ, *(name for name in ("hour_utc",) if name in contract.schema)]
        values = sources.rows(run, contract, sorted(wanted)).select(columns)
        read = values.filter(pl.col("metric").is_in([rollup.of for rollup in rollups])).collect()
        setting, by_name = city_setting(run.city), {rollup.metric: rollup for rollup in rollups}

        def absent(metric: str, error: BaseException) -> pl.DataFrame:
            of_metric = read.filter(pl.col("metric") == by_name[metric].of)
            areas = of_metric.select(code="area", level="area_level").unique(maintain_order=True)
            return absent_rows(self.contract, metric, error, areas, starts)

        made = together_or_alone(
            list(by_name),
            lambda metrics: evaluate_periods(read, [by_name[metric] for metric in metrics], setting),
            absent,
        )
        return pl.concat([made, standing])

    def _standing(self, run: RunContext, contract: Contract, starts: Sequence[date]) -> pl.DataFrame:
        names = self.standing.get(contract.name, ())
        if not names or not starts:
            return MEASURED.to_frame()
        values = sources.rows(run, contract, starts).filter(pl.col("metric").is_in(names), pl.col("day").is_in(starts))
        return standing_rows(values.collect())

    def _lineage(self, run: RunContext, starts: Sequence[date]) -> Lineage:
        found = dict[tuple[str, date], list[str]]()
        for contract in self.needs:
            batches, has = sources.live(run, contract), sources.MetricsOfDays(run, contract)
            live = sorted(batches)
            for name in self.standing.get(contract.name, ()):
                for start in has.any_with(name, {start: [start] for start in starts if start in batches}):
                    found[name, start] = [batches[start]]
            for rollup in self.rollups.get(contract.name, ()):
                days = {start: of for start in starts if (of := _days(rollup, start, live))}
                inside = {
                    start: [day for day in of if day <= last_of_period(start, rollup.period)]
                    for start, of in days.items()
                }
                for start in has.any_with(rollup.of, inside):
                    found[rollup.metric, start] = [batches[day] for day in days[start]]
        own = {key: batches for key, batches in found.items() if key[0] in self.metrics}
        return {**own, **self.over.lineage(found, starts)}


def _days(rollup: Rollup, start: date, live: Sequence[date]) -> Sequence[date]:
    """Of the days there are, those that the period of a metric which begins on `start` is made from."""
    if start not in periods_with(start, rollup.period):
        return ()
    end = last_of_period(start, rollup.period)
    first, after = bisect_left(live, start), bisect_right(live, end)
    if first == after:
        return ()
    if rollup.period == "trailing_year" and live[after - 1] < end.replace(day=1):
        return ()
    of_all = isinstance(rollup.rule, PeriodRule) and rollup.rule.as_ == "mean_of_all"
    return live[first : after + 1] if of_all else live[first:after]
