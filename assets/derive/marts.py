"""A mart as a derived table: each period is made from what its feeds, and other marts, have of those that it reads."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import TypeAlias, TypeVar

import polars as pl
import polars.selectors as cs

from assets.context import RunContext
from assets.derive import sources
from assets.mart import QUANTITY, START, Mart, Reads, marts_of_tables
from assets.metrics.fed_marts import FedMart
from assets.metrics.feeds import references_of
from assets.metrics.measured import DIGITS
from assets.metrics.observed import Observed, Unplaced
from assets.metrics.observing import observe
from quality.contract.columns import DAY
from quality.contract.interval import first_of_period, last_of_period, period_after
from quality.contract.model import Contract

_Rows = TypeVar("_Rows", pl.DataFrame, pl.LazyFrame)
Of: TypeAlias = tuple[Contract, Sequence[date]]  # a feed or a mart, and days of it


@dataclass(frozen=True, eq=False)
class MartTable:
    """A mart of a city. A period is made of those of its feeds that have something of it, and again when more comes; of
    another mart that it reads, the batches are its inputs, so that what changes there changes it.

    All that it needs has to have something that it reads, and one of that the period itself: what is only looked back
    on makes no period.
    """

    fed: FedMart

    @property
    def contract(self) -> Contract:
        return self.fed.contract

    @property
    def mart(self) -> Mart:
        return self.fed.mart

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def of_mart(self) -> str:
        """The mart whose rows it has: they are published under this name."""
        return marts_of_tables()[self.name]

    def own(self, rows: _Rows) -> _Rows:
        """The rows of its quantities. A feed has other ones beside these, and a day from before a feed became private
        has those of that feed still."""
        of = self.fed.quantities
        return rows if of is None else rows.filter(pl.col(QUANTITY).is_in(of))

    @property
    def title(self) -> str:
        return self.contract.title.shown

    @property
    def layer(self) -> str:
        return self.contract.layer

    @property
    def needs(self) -> tuple[Contract, ...]:
        """The feeds of days or periods, and the marts."""
        return self.fed.of_time

    @property
    def uses(self) -> tuple[Contract, ...]:
        """Registers and outlines, taken whole, as far as they are there."""
        return self.fed.whole

    @cached_property
    def feeds(self) -> frozenset[str]:
        """All feeds that it is made from, through other marts, too."""
        return frozenset(contract.name for contract in self.fed.feeds_behind)

    def starts(self, day: date) -> list[date]:
        """The first days of the periods of this table that a day of its sources goes into, later ones among them."""
        return self.fed.starts(day)

    def inputs(self, run: RunContext, days: Sequence[date]) -> dict[date, list[str]]:
        """The batches each of `days` is made from. A period that cannot be made is not among them."""
        live = {contract.name: sources.live(run, contract) for contract in (*self.needs, *self.uses)}
        found = dict[date, list[str]]()
        for start, read in self._made_of(live, days).items():
            having = {feed.name: feed for feed, of in read if of}
            batches = [live[feed.name][day] for feed, of in read for day in of]
            places = sorted({one.name for feed in having.values() for one in references_of(feed, run.city)})
            of_places = [batch for name in places for batch in live[name].values()]
            found[start] = list(dict.fromkeys([*batches, *of_places]))
        return found

    def rows(self, run: RunContext, days: Sequence[date]) -> pl.DataFrame:
        """The rows of the periods that begin on `days`, as far as they can be made.

        Rounded here, as values are where they are made: the last digits of a sum depend on the order of the rows, and a
        batch is what its inputs are.
        """
        live = {contract.name: sources.live(run, contract) for contract in (*self.needs, *self.uses)}
        made_of = self._made_of(live, days)
        references = {contract.name: sources.rows(run, contract) for contract in self.uses}
        read, observed = dict[str, tuple[Observed, ...]](), dict[tuple[str, Sequence[date]], Observed]()
        for number, (feed, of_model) in enumerate(self._read):
            pairs = [(start, day) for start, of in made_of.items() for day in of[number][1]]
            wanted = tuple(sorted({day for _, day in pairs}))
            if (feed.name, wanted) not in observed:  # of several models: its places are found once
                rows = references[feed.name] if feed.name in references else sources.rows(run, feed, wanted)
                if feed.name in self.fed.marts:
                    rows = self.own(rows)
                seen = observe(feed, run.city, rows, wanted, references)
                observed[feed.name, wanted] = replace(seen, days=sources.known_days(run, feed, wanted))
            seen = _for_starts(observed[feed.name, wanted], pairs)
            read[of_model.model] = (*read.get(of_model.model, ()), seen)
        made = self.mart.compute({one.model: read.get(one.model, ()) for one in self.mart.reads}, run.city)
        return self.own(made).with_columns(cs.float().round_sig_figs(DIGITS))

    @cached_property
    def _read(self) -> tuple[tuple[Contract, Reads], ...]:
        """Each feed or mart with what is read of it."""
        return tuple((feed, read) for read in self.mart.reads for feed in self.fed.feeds[read.model])

    def _made_of(self, live: Mapping[str, Collection[date]], starts: Sequence[date]) -> dict[date, list[Of]]:
        """By period that can be made, the days of each of `_read` that go into it."""
        ordered = {name: sorted(days) for name, days in live.items()}
        found = dict[date, list[Of]]()
        for start in starts:
            if first_of_period(start, self.mart.every) != start or not self._has_own(start, ordered):
                continue
            read: list[Of] = [(feed, self._days(one, feed, start, ordered[feed.name])) for feed, one in self._read]
            there = {
                one.model
                for (feed, one), (_, of) in zip(self._read, read, strict=True)
                if of and (not one.whole or self._has_all(one, feed, start, ordered[feed.name]))
            }
            enough = all(any(one.model in there for one in group) for group in self.mart.needed)
            if enough:
                found[start] = read
        return found

    def _has_own(self, start: date, live: Mapping[str, Sequence[date]]) -> bool:
        """Whether one of the models that it needs has the period itself."""
        return any(
            not read.optional and 0 in read.back and self._within(feed, start, live[feed.name])
            for feed, read in self._read
            if feed.reference_since is None
        )

    def _has_all(self, read: Reads, feed: Contract, start: date, live: Sequence[date]) -> bool:
        """Whether a feed has something of each period that is read."""
        before = (period_after(start, self.mart.every, -back) for back in read.back)
        return all(self._within(feed, period, live) for period in before)

    def _days(self, read: Reads, feed: Contract, start: date, live: Sequence[date]) -> list[date]:
        if not live:
            return []
        if feed.reference_since is not None:
            return [day for day in live if day <= last_of_period(start, self.mart.every)]
        every, days = self.mart.every, set[date]()
        for newest, oldest in _runs(tuple(read.back)):  # one look for 395 days that follow each other
            first, _ = _bounds(period_after(start, every, -oldest), feed.every, every)
            _, last = _bounds(period_after(start, every, -newest), feed.every, every)
            days.update(live[bisect_left(live, first) : bisect_right(live, last)])
        return sorted(days)

    def _within(self, feed: Contract, start: date, live: Sequence[date]) -> Sequence[date]:
        """The days of a feed in a period; of a feed of longer periods that which has it."""
        first, last = _bounds(start, feed.every, self.mart.every)
        return live[bisect_left(live, first) : bisect_right(live, last)]


@cache
def _runs(numbers: tuple[int, ...]) -> Sequence[tuple[int, int]]:
    """The first and the last of each run of numbers that follow each other."""
    found = list[tuple[int, int]]()
    for number in sorted(numbers):
        joins = bool(found) and found[-1][1] == number - 1
        found.append((found.pop()[0] if joins else number, number))
    return found


@lru_cache(maxsize=16_384)  # a mart of a day that looks back on years asks for the same periods on each of its days
def _bounds(start: date, every_of_feed: str, every: str) -> tuple[date, date]:
    """The first and the last day on which a feed may have something of a period."""
    return first_of_period(start, every_of_feed), last_of_period(start, every)


def _for_starts(observed: Observed, pairs: Sequence[tuple[date, date]]) -> Observed:
    """The same rows once for each period that their day goes into."""
    of_days = pl.LazyFrame(pairs, schema={START: pl.Date, DAY: pl.Date}, orient="row")
    alone = all(start == day for start, day in pairs)
    starts, days = sorted({start for start, _ in pairs}), sorted({day for _, day in pairs})

    def once_for_each(rows: pl.LazyFrame) -> pl.LazyFrame:
        if alone:
            return rows.with_columns(pl.col(DAY).alias(START))
        if len(starts) == 1:  # of a night: nothing is joined with the 1.4 million rows that it looks back on
            return rows.filter(pl.col(DAY).is_in(days)).with_columns(pl.lit(starts[0], pl.Date).alias(START))
        return rows.join(of_days, on=DAY)

    later = observed.unplaced
    later = None if later is None else Unplaced(once_for_each(later.rows), later.place)
    return replace(observed, rows=once_for_each(observed.rows), unplaced=later, days=observed.days if alone else {})
