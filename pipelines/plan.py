"""What a night has to do: which days of which feeds to fetch, and then which to build.

The schedule and the command line use the same plan.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

import dagster as dg

from assets.context import RunContext
from assets.derive.build import days_to_build
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.ingest.batches import Batches, first_day
from assets.metrics.fed_marts import fed_marts
from assets.metrics.feeds import references_of
from assets.pack.city import City
from pipelines.keys import RANGE_END, RANGE_START, asset_key
from quality.contract.due import due, from_first_day, lookback
from quality.contract.model import Contract
from warehouse.delta.log import DamagedLogError


@dataclass(frozen=True)
class Group:
    """One run: a range of days and the feeds that need them."""

    first: date
    last: date
    feeds: tuple[str, ...]

    def tags(self) -> dict[str, str]:
        """The tags with which Dagster runs the whole range at once."""
        return {RANGE_START: str(self.first), RANGE_END: str(self.last)}

    def days(self) -> list[date]:
        """All days of the range, oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def __str__(self) -> str:
        span = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        return f"{span}: {', '.join(self.feeds)}"


def days_to_fetch(run: RunContext, contract: Contract, night: date) -> list[date]:
    """The days to ask a service for: the due day, earlier days that no gate has admitted yet, and days for which
    corrections may have come. Nothing before the first day that the feed was ever worked on, and no day before its data
    begin."""
    window = from_first_day(contract, lookback(contract, night))
    if not window:
        return []
    connector = contract.connector
    if not run.asks(contract) or connector is None or not connector.services:
        return window[-1:]
    since = first_day(run, contract)
    judged = Batches.of(run, contract, window).settled
    again = {window[-1] - timedelta(days=back) for back in range(connector.services[-1].again_days + 1)}
    # a day that was held back may get a better answer
    settled = {d for d, outcome in judged.items() if outcome.verdict.open}
    return [
        d for d in window if d == window[-1] or (since is not None and d >= since and (d not in settled or d in again))
    ]


def plan(run: RunContext, night: date) -> list[Group]:
    """After a fetch: the days of each feed for which something new has come, and new registers. What is settled is
    not made again: where nothing is new there is no run (`standing.observation` says how the newest days stand).

    Looks back as far as each contract says, but not before the first day the feed was ever worked on. A
    day due is a run of its own, so that a closed gate is seen as a failed run; days to catch up on are put
    together as long as they need the same feeds.
    """
    city = run.city
    wanted: dict[date, set[str]] = {}
    due_days: set[date] = set()
    for contract in city.contracts.values():
        if contract.reference_since is not None:
            continue
        window = lookback(contract, night)
        newest = window[-1]
        for day in _to_do(run, contract, window, newest):
            wanted.setdefault(day, set()).add(contract.name)
        if newest in wanted:
            due_days.add(newest)
    groups: list[Group] = []
    for day in sorted(wanted):
        names = tuple(sorted(wanted[day]))
        last = groups[-1] if groups else None
        follows = last is not None and last.last + timedelta(days=1) == day and last.feeds == names
        if last is not None and follows and day not in due_days and last.last not in due_days:
            groups[-1] = Group(last.first, day, names)
        else:
            groups.append(Group(day, day, names))
    groups = [Group(g.first, g.last, (*_references(city, g.feeds), *g.feeds)) for g in groups]
    new = tuple(sorted(_new_registers(run).difference(*(group.feeds for group in groups))))
    if not new:
        return groups
    if not groups:
        return [Group(night, night, new)]
    return [replace(groups[0], feeds=(*new, *groups[0].feeds)), *groups[1:]]


def plan_backfill(run: RunContext, first: date, last: date, only: Collection[str] | None = None) -> list[Group]:
    """After a fetch: one run for all that is to be made of the days from `first` to `last`; none where all is settled.

    It takes the feeds of which a day is to be made, and the days from the first such day to the last. What is settled
    costs a few looks into the ledger for each feed and table, however many days there are. `only`: of these feeds.
    """
    city, days = run.city, Group(first, last, ()).days()
    moved = _new_registers(run)  # of places and outlines: all that stands on them is made again
    moved = moved if only is None else moved.intersection(only)
    wanted = dict[str, set[date]]()
    for contract in city.contracts.values():
        if contract.reference_since is None and (only is None or contract.name in only):
            batches = Batches.of(run, contract, days)
            behind = (mart.feeds_behind for mart in fed_marts(city).values() if contract in mart.feeds_behind)
            again = moved.intersection(
                one.name for one in (*references_of(contract, city), *chain.from_iterable(behind))
            )
            wanted[contract.name] = {*batches.pending, *(batches.settled if again else ())}
    for table in derived_tables(city):  # a run that died may have left core without what follows from it
        if left := days_to_build(run, table, days):
            for name in table.feeds & wanted.keys():
                wanted[name].update(left)
    feeds = tuple(sorted(name for name, of_feed in wanted.items() if of_feed))
    of_feeds = set().union(*wanted.values()) or ({last} if moved else set())
    if not of_feeds:
        return []
    registers = tuple(dict.fromkeys((*sorted(moved), *_references(city, feeds))))
    return [Group(min(of_feeds), max(of_feeds), (*registers, *feeds))]


def _new_registers(run: RunContext) -> set[str]:
    """The registers of which something came that no gate has judged, also those that no table is made with."""
    registers = [c for c in run.city.contracts.values() if c.reference_since is not None]
    return {c.name for c in registers if Batches.of(run, c, []).pending}


def _references(city: City, names: Sequence[str]) -> list[str]:
    """The registers and outlines that are needed to make something of these feeds."""
    tables = derived_tables(city)
    needed = {use.name for table in tables if table.feeds & set(names) for use in table.uses}
    return [c.name for c in city.contracts.values() if c.reference_since is not None and c.name in needed]


def later_days(run: RunContext, groups: Sequence[Group]) -> list[tuple[Group, list[dg.AssetKey]]]:
    """Once the days of these groups are built: the days after them whose values were made without them, and the tables.

    A running window of hours looks back into the day before, and what is usual comes from days before: a day that comes
    late, or corrected, changes values that stand already. Each day is a group of its own, oldest first.
    """
    wanted = dict[date, list[SubjectTable]]()
    for table in derived_tables(run.city):
        built = {day for group in groups if table.feeds & set(group.feeds) for day in group.days()}
        if isinstance(table, SubjectTable) and built:
            try:
                after = table.days_after(run, built)
            except DamagedLogError:  # its days could not be built either, and the ledger says why
                continue
            for day in days_to_build(run, table, after):
                wanted.setdefault(day, []).append(table)
    return [
        (Group(day, day, tuple(sorted(_of_days(run.city, {name for table in tables for name in table.feeds})))), keys)
        for day, tables in sorted(wanted.items())
        if (keys := _with_longer(run.city, tables))
    ]


def _of_days(city: City, feeds: Collection[str]) -> set[str]:
    """Those of these feeds that are no registers."""
    return {name for name in feeds if city.contracts[name].reference_since is None}


def _with_longer(city: City, tables: Sequence[SubjectTable]) -> list[dg.AssetKey]:
    """Tables of values, and those of longer periods that are made of them."""
    names, every = {table.name for table in tables}, derived_tables(city)
    longer = [t for t in every if isinstance(t, PeriodTable) and names.intersection(need.name for need in t.needs)]
    return [asset_key(city, table.layer, table.name) for table in (*tables, *longer)]


def _to_do(run: RunContext, contract: Contract, window: Sequence[date], newest: date) -> set[date]:
    city = run.city
    # what lies before the first day ever worked on is for a backfill, not for a night
    since = first_day(run, contract)
    window = [day for day in window if day == newest or (since is not None and day >= since)]
    batches = Batches.of(run, contract, window)
    days = set(batches.pending)
    for table in derived_tables(city):  # a run that died may have left core without what follows from it
        if contract.name in table.feeds:
            days |= set(days_to_build(run, table, window))
    return days


def selection(city: City, names: Sequence[str]) -> list[dg.AssetKey]:
    """The core assets of these feeds and all that is made from them."""
    keys = [asset_key(city, "core", name) for name in names]
    daily = _of_days(city, names)
    keys += [asset_key(city, table.layer, table.name) for table in derived_tables(city) if table.feeds & daily]
    return keys


def due_tables(city: City, night: date) -> set[tuple[str, date]]:
    """The tables that are made of the newest days of this night, each with such a day."""
    pairs = set[tuple[str, date]]()
    for contract in city.contracts.values():
        day = contract.reference_since or due(contract, night)
        pairs |= {(key.path[-1], day) for key in selection(city, [contract.name])}
    return pairs
