"""Metrics of a longer period that are made of others over their days: a ratio of two sums of the month.

What parts they have, and their values from these, belong here; reading the days belongs to `periods.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import polars as pl

from assets.derive.failing import absent_rows, together_or_alone
from assets.derive.lineage import Lineage
from assets.derive.parts import can_be_had, with_parts
from assets.metrics.entry import Entry, LongPeriod
from assets.metrics.evaluate.evaluate import rounded, with_derived
from assets.metrics.evaluate.periods import Rollup
from assets.metrics.evaluate.planner import metrics_needed
from assets.metrics.evaluate.setting import CitySetting
from assets.metrics.measured import MEASURED, said_beside
from assets.metrics.over_days import OverDays, is_over_days
from assets.pack.city import City
from quality.contract.model import Contract

_AS_MEASURED = {"derived": None, "per": None, "in_months": None}  # of a part whose value is there


@dataclass(frozen=True)
class OverParts:
    """Metrics that are made over days, and what they are made of.

    rollups: parts that are made of days. standing: parts whose values are of the period already. entries: of all, each
    part as one that is measured.
    """

    metrics: tuple[str, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    standing: tuple[str, ...] = ()
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def only(self, metric: str) -> OverParts:
        """The same for one of the metrics."""
        if metric not in self.metrics:
            return OverParts()
        needed = with_parts([metric], self.entries)
        return OverParts(
            (metric,),
            tuple(rollup for rollup in self.rollups if rollup.metric in needed),
            tuple(name for name in self.standing if name in needed),
            {name: self.entries[name] for name in needed},
        )

    def values(self, contract: Contract, parts: pl.DataFrame, setting: CitySetting) -> pl.DataFrame:
        """The metrics in MEASURED, from the values of their parts in MEASURED."""
        if not self.metrics:
            return MEASURED.to_frame()
        made = {name: parts.filter(pl.col("metric") == name) for name in parts["metric"].unique().sort()}
        starts = parts["day"].unique().to_list()

        def absent(metric: str, error: BaseException) -> pl.DataFrame:
            areas = setting.areas.filter(pl.col("level").is_in(self.entries[metric].levels))
            return absent_rows(contract, metric, error, areas, starts)

        return together_or_alone(self.metrics, lambda some: self._of(some, made, setting), absent)

    def _of(self, metrics: Iterable[str], made: Mapping[str, pl.DataFrame], setting: CitySetting) -> pl.DataFrame:
        done = with_derived(metrics_needed(metrics, self.entries, setting), self.entries, made, setting)
        of_metrics = [
            done[name].filter(pl.col("area_level").is_in(self.entries[name].levels)) for name in metrics if name in done
        ]
        return rounded(pl.concat([MEASURED.to_frame(), *of_metrics]))

    def lineage(self, of_parts: Lineage, starts: Collection[date]) -> dict[tuple[str, date], list[str]]:
        """What each is made from; a period of which a part has nothing is not made."""
        found = dict[tuple[str, date], set[str]]({key: set(batches) for key, batches in of_parts.items()})
        over = [name for name in with_parts(self.metrics, self.entries) if self.entries[name].derived is not None]
        for name in over:
            for start in starts:
                each = [found.get((part, start)) for part in self.entries[name].made_of]
                if each and all(each):
                    found[name, start] = set().union(*(one for one in each if one))
        return {(name, start): sorted(of) for (name, start), of in found.items() if name in self.metrics}


def over_parts(names: Iterable[str], city: City) -> OverParts:
    """These entries of a city as far as they can be had, and their parts."""
    entries = {name: named.entry for name, named in city.entries.items()}
    metrics = tuple(name for name in names if can_be_had(name, entries, city))
    parts = dict.fromkeys(part for name in metrics for part in _leaves(name, entries))
    rollups, standing = list[Rollup](), list[str]()
    for part in parts:
        said = entries[part].derived
        if isinstance(said, OverDays):
            unit = entries[said.of].unit
            rollups.append(Rollup(part, said.of, cast("LongPeriod", entries[part].every), said.rule, unit))
        else:
            standing.append(part)
    measured = {name: entries[name].model_copy(update=_AS_MEASURED) for name in parts}
    over = {name: entries[name] for name in with_parts(metrics, entries) if is_over_days(name, entries)}
    return OverParts(metrics, tuple(rollups), tuple(standing), {**over, **measured})


def read_for_parts(names: Iterable[str], city: City) -> tuple[str, ...]:
    """The entries whose own values these are made of: those of days, and those of the period itself."""
    over = over_parts(names, city)
    return tuple(dict.fromkeys([*(rollup.of for rollup in over.rollups), *over.standing]))


def standing_rows(values: pl.DataFrame) -> pl.DataFrame:
    """Values of a metric table in MEASURED, as parts: they were judged when they were made."""
    known = pl.col("expected").is_not_null()
    return values.select(
        "metric",
        "area",
        "area_level",
        "day",
        pl.lit(None).alias("hour"),
        pl.lit(None).alias("hour_utc"),
        "value",
        "n",
        "expected",
        pl.when(known).then(pl.col("completeness") * pl.col("expected")).otherwise("n").alias("covered"),
        pl.when(~known).then("n").alias("at_least"),
        pl.col("counted").fill_null("places"),
        pl.lit(0.0).alias("needs"),
        pl.lit(None).alias("why"),
        said_beside().alias("remark"),
        pl.col("method").fill_null(""),
        "standard",
    ).cast(dict(MEASURED))  # pyright: ignore[reportArgumentType]


def _leaves(name: str, entries: Mapping[str, Entry]) -> Iterator[str]:
    """The parts of a metric over days, and of those of its parts that are such metrics, too."""
    for part in entries[name].made_of:
        if is_over_days(part, entries) and not isinstance(entries[part].derived, OverDays):
            yield from _leaves(part, entries)
        else:
            yield part
