"""What a night has to do: which feeds for which days. The plan is the same for the schedule and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg

from assets.derive import derive
from assets.ingest.batches import Batches, first_day
from assets.pack.city import City
from pipelines import asset_factory as wiring
from pipelines.due import lookback
from pipelines.resources import Platform
from quality.contract.model import Contract

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


@dataclass(frozen=True)
class Group:
    """One run: a range of days and the feeds that need them."""

    first: date
    last: date
    feeds: tuple[str, ...]

    def tags(self) -> dict[str, str]:
        return {RANGE_START: str(self.first), RANGE_END: str(self.last)}

    def __str__(self) -> str:
        span = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        return f"{span}: {', '.join(self.feeds)}"


def plan(platform: Platform, city: City, night: date) -> list[Group]:
    """After a fetch: the due day of every feed, and the days before it for which something new has come.

    Looks back as far as each contract says, but not before the first day the feed was ever worked on. A
    day due is a run of its own, so that a closed gate is seen as a failed run; days to catch up on are put
    together as long as they need the same feeds.
    """
    wanted: dict[date, set[str]] = {}
    due_days: set[date] = set()
    for contract in city.contracts.values():
        if contract.reference_since is not None:
            continue
        window = lookback(contract, night)
        newest = window[-1]
        for day in _to_do(platform, city, contract, window, newest):
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
    return [Group(g.first, g.last, (*_references(city, g.feeds), *g.feeds)) for g in groups]


def _references(city: City, names: Sequence[str]) -> list[str]:
    """The registers and outlines that are needed to make something of these feeds."""
    tables = derive.tables(city)
    needed = {use for table in tables if derive.feeds_of(city, table) & set(names) for use in table.uses}
    return [c.name for c in city.contracts.values() if c.reference_since is not None and c.name in needed]


def _to_do(platform: Platform, city: City, contract: Contract, window: Sequence[date], newest: date) -> set[date]:
    run = platform.run_context(city, "plan")
    since = first_day(run, contract)  # what lies before the first day ever worked on is a backfill's, not a night's
    window = [day for day in window if day == newest or (since is not None and day >= since)]
    batches = Batches.of(run, contract, window)
    days = set(batches.pending)
    if newest in batches.settled:
        days.add(newest)  # also when nothing changed: the night's run shows how the day stands
    for table in derive.tables(city):  # a run that died may have left core without what follows from it
        if contract.name in derive.feeds_of(city, table):
            days |= set(derive.pending(run, city, table, window))
    return days


def selection(city: City, names: Sequence[str]) -> list[dg.AssetKey]:
    """The core assets of these feeds and all that is made from them."""
    keys = [wiring.key(city, "core", name) for name in names]
    daily = {n for n in names if city.contracts[n].reference_since is None}
    keys += [
        wiring.key(city, table.layer, table.name)
        for table in derive.tables(city)
        if derive.feeds_of(city, table) & daily
    ]
    return keys
