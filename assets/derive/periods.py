"""A table of months and years, made from the daily values of one metric table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.context import RunContext
from assets.derive import sources
from assets.mart import Frames
from assets.metrics.measuring import as_measures
from assets.metrics.model import MetricDefinition
from assets.metrics.values import to_values
from assets.pack.city import City
from quality.contract.interval import first_of_period
from quality.contract.model import Contract


@dataclass(frozen=True, eq=False)
class PeriodTable:
    """A derived table of which each row stands on the first day of its month or year, and is made from all its days."""

    contract: Contract
    title: str
    daily: Contract  # the table of daily values
    feeds: frozenset[str]  # all that it is made from in the end
    rollups: tuple[MetricDefinition, ...]  # the metrics it holds
    uses: tuple[Contract, ...] = ()

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def layer(self) -> str:
        return self.contract.layer

    @property
    def needs(self) -> tuple[Contract, ...]:
        return (self.daily,)

    def starts(self, day: date) -> list[date]:
        """The first days of the periods that a day belongs to."""
        return [first_of_period(day, period) for period in sorted({rollup.period for rollup in self.rollups})]

    def inputs(self, run: RunContext, days: Sequence[date]) -> dict[date, list[str]]:
        """The batches of the days that each period is made from. `days` are first days of periods.

        Where days without a value count, so does the first day after the period that has a batch: it shows that the
        period is over, and that what is missing at its end is missing.
        """
        live = sources.live(run, self.daily)
        return {start: [live[day] for day in used] for start in days if (used := self._days_of(start, live))}

    def frames(self, run: RunContext, days: Sequence[date]) -> Frames:
        """All days of the periods that begin on `days`, and those that show that they are over."""
        live = sources.live(run, self.daily)
        wanted = {day for start in days for day in self._days_of(start, live)}
        return {self.daily.name: sources.rows(run, self.daily, sorted(wanted))}

    def _days_of(self, start: date, live: Collection[date]) -> list[date]:
        of_period = [day for day in sorted(live) if start in self.starts(day)]
        if not of_period or all(rollup.rollup != "mean_of_all" for rollup in self.rollups):
            return of_period
        return of_period + sorted(day for day in live if day > of_period[-1])[:1]

    def compute(self, frames: Frames, city: City) -> pl.DataFrame:
        """Months and years of the days in the frame, also of those periods that have only some of their days in it."""
        daily = frames[self.daily.name].collect()
        return to_values(pl.concat([rolled_up(daily, rollup) for rollup in self.rollups]), city)


def rolled_up(daily: pl.DataFrame, definition: MetricDefinition) -> pl.DataFrame:
    """Measures of a month or year from the daily values of one metric.

    Only days with a value count; the days of the whole calendar period are expected, so that a month is
    absent until enough of it is there. mean: mean of the days; sum: their sum; days_above / days_from:
    days with a value above / of at least the threshold; mean_of_all: their sum by all days of the period, so that a
    day without a value counts as 0. Of a period that is not over, which is seen by a later day in the frame, those
    days count that lie before the last one there is.
    """
    value, day = pl.col("value"), pl.col("day")
    last = daily["day"].max()
    threshold = pl.lit(definition.threshold, pl.Float64)
    rollup = {
        "mean": value.mean(),
        "mean_of_all": value.sum() / pl.col("passed").first(),
        "sum": value.sum(),
        "days_above": (value > threshold).sum(),
        "days_from": (value >= threshold).sum(),
    }[definition.rollup or "mean"]
    every, expected = {
        "month": ("1mo", day.dt.days_in_month()),
        "year": ("1y", 365 + day.dt.is_leap_year().cast(pl.Int64)),
    }[definition.period]
    start = day.dt.truncate(every)
    end = start.dt.offset_by(every).dt.offset_by("-1d")
    passed = (pl.min_horizontal(end, pl.lit(last, pl.Date)) - start).dt.total_days() + 1
    periods = (
        daily.filter(pl.col("metric") == definition.rollup_of)
        .with_columns(day.dt.truncate(every), passed=passed)
        .group_by("area", "area_level", "day")
        .agg(rollup.cast(pl.Float64).alias("value"), value.count().alias("n"))
    )
    return as_measures(periods, definition.metric, value, n=pl.col("n"), expected=expected)
