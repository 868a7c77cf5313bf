"""What the ledger says of one city when publishing begins: read once, as a type."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import chain

import polars as pl

from assets.derive.parts import feeds_of_metrics, marts_of_metrics
from assets.derive.tables import DerivedTable, derived_tables
from assets.metrics.definition import MetricDefinition
from assets.metrics.fed_marts import FedMart, fed_marts
from assets.metrics.feeds import computes_supply
from assets.pack.city import City
from assets.publication.not_there import standings_of, why_not_there
from assets.publication.snapshot import Snapshot
from assets.terms.standing import Standing
from quality.contract.due import due, last_due, last_whole, night_due
from quality.contract.interval import first_of_period, last_of_period
from warehouse.home import Home
from warehouse.ledger import ledger

PERIODS = ("month", "quarter", "year")


@dataclass(frozen=True)
class LedgerView:
    """The days of a city, the newest verdict on each table and day, and what its feeds delivered."""

    snapshot: Snapshot
    days: list[date]  # of daily feeds
    of_periods: Mapping[
        str, list[date]
    ]  # by month, quarter and year: the first days of those of which a feed has a batch
    verdicts: Mapping[date, Mapping[str, tuple[str, str]]]  # by day and table: verdict, reason
    references: frozenset[str]  # reference feeds that have rows
    spans: Mapping[str, list[tuple[date, date]]]  # feed -> first and last day of its deliveries, apart from each other
    tables: tuple[DerivedTable, ...]  # what the city's feeds are made into
    pulls: Mapping[tuple[str, date | None], str]  # why the last pull for a day gave nothing (None: for no day)
    source: str | None  # source kind of the newest batch
    standings: Mapping[str, Standing]  # of feeds of which something may not be there

    @property
    def city(self) -> City:
        return self.snapshot.city

    def verdict(self, table: str, day: date | None) -> tuple[str | None, str]:
        """Verdict and reason; None and an empty text where the gate never saw the table on that day."""
        return self.verdicts.get(day, {}).get(table, (None, "")) if day is not None else (None, "")

    def covered(self, feed: str, day: date) -> bool:
        """Whether a delivery of the feed reaches over the day."""
        return any(low <= day <= high for low, high in self.spans.get(feed, []))

    def not_there(self, feed: str, day: date) -> tuple[str, list[str]] | None:
        """Why there may be no rows of a feed on a day: a code of a reason, and its gaps. None where there may be."""
        return why_not_there(self.standings.get(feed), day)

    def pull_error(self, feed: str, day: date) -> str | None:
        """Why a service gave nothing for a day. What is asked for no day counts for the newest day that is due."""
        contract = self.city.contracts.get(feed)
        newest = self.night is None or contract is None or day >= due(contract, self.night)
        return self.pulls.get((feed, day), self.pulls.get((feed, None)) if newest else None)

    @cached_property
    def night(self) -> date | None:
        """The night that the city has come to: the first in which a feed that has the newest day can have it. A day of
        feeds that all come a day late is of the night after it. None where no daily feed was ever worked on."""
        if not self.days:
            return None
        daily = [c for c in self.city.contracts.values() if c.reference_since is None and c.every == "day"]
        have = [c for c in daily if c.name in self.verdicts.get(self.days[-1], {})]
        return min((night_due(contract, self.days[-1]) for contract in have or daily), default=self.days[-1])

    @cached_property
    def worked_on(self) -> frozenset[date]:
        """The days of which any daily feed has a batch."""
        return frozenset(self.days)

    @cached_property
    def city_level(self) -> str:
        """The level of the area that is the city as a whole."""
        return self.city.areas.filter(pl.col("code") == self.city.config.area)["level"].item()

    @cached_property
    def due(self) -> Mapping[str, date]:
        """The newest period of each metric that there should be a value for; none where nothing was ever worked on.
        Where all feeds are of months, metrics of days are absent on the first day of the newest."""
        found = {d.metric: self._before_the_end(d, self._due(d)) for d in self.city.metrics.values()}
        return {metric: day for metric, day in found.items() if day is not None}

    def _before_the_end(self, definition: MetricDefinition, day: date | None) -> date | None:
        """The day, but no later than the last period of which all feeds that a metric needs have data."""
        last = self._reach[definition.metric][1]
        return day if day is None or last is None else min(day, _first_of(last, definition.period))

    def _due(self, definition: MetricDefinition) -> date | None:
        if self._of_mart(definition):
            return self._due_of_marts(definition)
        of_readings = not definition.of_days and definition.period in self.of_periods
        if of_readings and not feeds_of_metrics(self.city)[definition.metric]:  # the city cannot have it, and says so
            newest = max(self.days, default=None)
            return None if newest is None else last_whole(newest, definition.period)
        if of_readings:
            return self._due_of_readings(definition)
        day = max(self.days or chain.from_iterable(self.of_periods.values()), default=None)
        groups = feeds_of_metrics(self.city)[definition.metric]
        if self.night is not None and groups:  # of each group the first that comes is enough
            day = self.night - timedelta(
                days=max(min(self.city.contracts[feed].lag_days for feed in group) for group in groups)
            )
        return day if day is None or not definition.of_days else last_whole(day, definition.period)

    def was_worked_on(self, definition: MetricDefinition, start: date) -> bool:
        """Whether a day, or of longer periods a part of it, was worked on that a value of this start is made of."""
        if definition.of_days:
            return start in self.periods[definition.period]
        return start in self.starts_of(definition)

    def starts_of(self, definition: MetricDefinition) -> Collection[date]:
        """The days, or first days of periods, that were worked on of a metric that is made of readings or of marts."""
        if self._of_mart(definition):
            return frozenset().union(*(self.of_marts[mart.contract.name] for mart in self._marts[definition.metric]))
        starts = self._starts.get(definition.period)
        if starts is None:
            return self.worked_on
        first, last = (day and _first_of(day, definition.period) for day in self._reach[definition.metric])
        return frozenset(s for s in starts if first is not None and first <= s and (last is None or s <= last))

    @cached_property
    def of_marts(self) -> Mapping[str, frozenset[date]]:
        """By mart, the first days of its periods of which a feed that it needs was worked on."""
        return {name: self._starts_of_mart(mart) for name, mart in fed_marts(self.city).items()}

    def _starts_of_mart(self, mart: FedMart) -> frozenset[date]:
        """Each day once, and not for each feed that has it: a day goes into 395 of a mart that looks back on a year."""
        ends = dict[date, date]()
        for feed in chain.from_iterable(mart.groups):
            for day in self._days_of.get(feed, ()):
                ends[day] = max(ends.get(day, day), self._ends(feed, day))
        return frozenset(start for day, end in ends.items() for start in mart.starts(day) if start <= end)

    def days_of(self, feed: str, first: date, last: date) -> list[date]:
        """The days of a feed from `first` to `last` that were worked on."""
        return [day for day in self._days_of.get(feed, ()) if first <= day <= last]

    def _due_of_readings(self, definition: MetricDefinition) -> date | None:
        """The newest period worked on, but of feeds that come later than others no newer one than is due or there."""
        period, newest = definition.period, max(self.of_periods[definition.period], default=None)
        if newest is None or self.night is None:
            return newest

        def reach(feed: str) -> date:
            contract, days = self.city.contracts[feed], self._days_of.get(feed)
            last = due(contract, self.night or newest)
            return last_whole(self._ends(feed, max(last, days[-1]) if days else last), period)

        groups = feeds_of_metrics(self.city)[definition.metric]
        return min(newest, *(max(map(reach, group)) for group in groups))

    def _of_mart(self, definition: MetricDefinition) -> bool:
        """Whether its values are those of periods of a mart: those of days are due as all that is of days."""
        return not definition.of_days and definition.period in PERIODS and bool(self._marts[definition.metric])

    def _due_of_marts(self, definition: MetricDefinition) -> date | None:
        """The newest period that is over, as far as its feeds have come; before the first is over, that one."""
        newest = [
            max((self._ends(feed, days[-1]) for feed in group if (days := self._days_of.get(feed))), default=None)
            for mart in self._marts[definition.metric]
            for group in mart.groups
        ]
        come, starts = [day for day in newest if day is not None], self.starts_of(definition)
        if not come or not starts:
            day = max(self.days, default=None)
            return None if day is None else last_whole(day, definition.period)
        whole = last_whole(min(come), definition.period)
        return max(whole, min(starts))

    def _ends(self, feed: str, day: date) -> date:
        """The last day of what a day of a feed stands for."""
        return last_of_period(day, self.city.contracts[feed].every)

    @cached_property
    def _reach(self) -> Mapping[str, tuple[date | None, date | None]]:
        """By metric, from which day on its feeds have anything, and until which they have data; None: not known, and
        not ended. Other feeds of the city have years before and after, and nobody misses this metric in them."""
        began = {feed: days[0] for feed, days in self._days_of.items()}
        ends = {name: last_due(contract) for name, contract in self.city.contracts.items()}
        found = dict[str, tuple[date | None, date | None]]()
        for metric, groups in feeds_of_metrics(self.city).items():
            firsts = [min(began[feed] for feed in group if feed in began) for group in groups if began.keys() & group]
            whole = [[day for feed in group if (day := ends[feed]) is not None] for group in groups]
            lasts = [max(days) for group, days in zip(groups, whole, strict=True) if days and len(days) == len(group)]
            found[metric] = max(firsts, default=None), min(lasts, default=None)
        return found

    @cached_property
    def _marts(self) -> Mapping[str, tuple[FedMart, ...]]:
        return marts_of_metrics(self.city)

    @cached_property
    def _days_of(self) -> Mapping[str, list[date]]:
        """By feed, its days that were worked on, oldest first."""
        found = dict[str, list[date]]()
        for day, of_day in sorted(self.verdicts.items()):
            for name in of_day:
                if name in self.city.contracts:
                    found.setdefault(name, []).append(day)
        return found

    @cached_property
    def _starts(self) -> Mapping[str, frozenset[date]]:
        return {every: frozenset(starts) for every, starts in self.of_periods.items()}

    @cached_property
    def periods(self) -> Mapping[str, frozenset[date]]:
        """The longer periods that have a day which was worked on, by their first day; of trailing years that which ends
        with the month of the day."""
        kinds = {d.period for d in self.city.metrics.values() if d.of_days}
        return {kind: frozenset(first_of_period(day, kind) for day in self.days) for kind in kinds}


def _first_of(day: date, period: str) -> date:
    return first_of_period(day, "day" if period == "hour" else period)


def read_ledger_view(snapshot: Snapshot) -> LedgerView:
    """Days of which any daily feed has a batch, the newest verdict per table and day, and deliveries."""
    home, city = snapshot.home, snapshot.city
    references = [c.name for c in city.contracts.values() if c.reference_since is not None]
    not_daily = [c.name for c in city.contracts.values() if c.every != "day"]  # a period stands on its first day
    rows = ledger.newest_verdicts(home, city.name).collect()
    by_period = {every: [c.name for c in city.contracts.values() if c.every == every] for every in PERIODS}
    daily = (pl.col("layer") == "core") & ~pl.col("table_name").is_in([*references, *not_daily])
    verdicts: dict[date, dict[str, tuple[str, str]]] = {}
    for table, day, verdict, reason in rows.select("table_name", "day", "verdict", "reason").iter_rows():
        verdicts.setdefault(day, {})[table] = verdict, reason
    for (_, table), damage in snapshot.damaged.items():
        for of_day in verdicts.values():
            if damage.of_all is not None and table in of_day:
                of_day[table] = "ERROR", damage.of_all
    return LedgerView(
        snapshot=snapshot,
        days=sorted({*rows.filter(daily)["day"], *_days_after_timetables(home, city)}),
        of_periods={
            every: rows.filter(pl.col("layer") == "core", pl.col("table_name").is_in(names))["day"]
            .unique()
            .sort()
            .to_list()
            for every, names in by_period.items()
        },
        verdicts=verdicts,
        references=frozenset(name for name in references if snapshot.batches["core", name]),
        spans=_spans(home, city),
        tables=derived_tables(city),
        pulls=_gave_nothing(home, city),
        source=ledger.newest_source(home, city.name),
        standings=standings_of(home, city),
    )


def _days_after_timetables(home: Home, city: City) -> set[date]:
    """The days that nights looked for in vain, of timetables that had run out: that is a finding of those days."""
    feeds = [contract.name for contract in city.contracts.values() if computes_supply(contract, city)]
    if not feeds:
        return set()
    of_feeds = ledger.read(home, "attempt").filter(pl.col("city") == city.name, pl.col("feed").is_in(feeds))
    ends = of_feeds.group_by("feed").agg(end=pl.col("day_max").max())
    sought = (
        of_feeds.filter(pl.col("status") == "missing").join(ends, on="feed").filter(pl.col("asked_day") > pl.col("end"))
    )
    return set(sought.select("asked_day").unique().collect()["asked_day"])


def _spans(home: Home, city: City) -> dict[str, list[tuple[date, date]]]:
    """What days the deliveries of each feed reach; those that touch are one, or there would be one for each night."""
    attempts = ledger.read(home, "attempt").filter(pl.col("city") == city.name, pl.col("status") == "parsed")
    rows = attempts.select("feed", "day_min", "day_max").unique().drop_nulls().sort("feed", "day_min").collect()
    spans: dict[str, list[tuple[date, date]]] = {}
    for feed, low, high in rows.iter_rows():
        of_feed = spans.setdefault(feed, [])
        if of_feed and low <= of_feed[-1][1] + timedelta(days=1):
            of_feed[-1] = of_feed[-1][0], max(of_feed[-1][1], high)
        else:
            of_feed.append((low, high))
    return spans


def _gave_nothing(home: Home, city: City) -> dict[tuple[str, date | None], str]:
    """By feed and day asked for (None: now), why the newest pull brought nothing, where it did not."""
    asked = ledger.read(home, "attempt").filter(pl.col("city") == city.name, pl.col("asked_at").is_not_null())
    newest = asked.sort("recorded_at").group_by("feed", "asked_day", maintain_order=True).last()
    without = newest.filter(pl.col("status").is_in(["failed", "empty"]))
    return {(feed, day): detail for feed, day, detail in without.select("feed", "asked_day", "detail").collect().rows()}
