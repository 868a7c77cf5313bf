"""The drop folder of a night: what partners would have delivered of the feeds that no service has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from assets.crashes import CRASHES
from assets.pack.city import City
from quality.contract.columns import DAY, TIME
from quality.contract.connector import Files
from quality.contract.due import fixed_day, last_whole, lookback
from quality.contract.interval import first_of_period, last_of_period
from quality.contract.model import Contract
from simulator.deliver.cannot import CannotDeliverError, cannot_make
from simulator.deliver.delivery import MadeDelivery, delivered
from simulator.deliver.files import MadeFile, files_of
from simulator.deliver.names import is_literal
from simulator.deliver.packed import with_members_of
from simulator.deliver.shared_files import put_together
from simulator.deliver.timetables import timetable_file
from simulator.deliver.world_rows import middle_of, world_rows
from simulator.world.world import World


@dataclass(frozen=True)
class _Feed:
    contract: Contract
    files: Files


def write_drop_folder(world: World, first: date, last: date, folder: Path) -> list[str]:
    """Write the files of all feeds of the world's city that have no service, below `folder`/<city>.

    They are of the days that the nights from `first` to `last` look at. Returns a sentence for each feed that cannot
    be made.
    """
    drop, sentences = folder / world.city.name, list[str]()
    drop.mkdir(parents=True, exist_ok=True)
    for leading, feeds in _together(world.city):
        try:
            root = (drop / feeds[0].files.root).resolve()
            if not root.is_relative_to(folder.resolve()):
                raise CannotDeliverError(
                    f"its files are delivered outside of the drop folder, in {feeds[0].files.root}"
                )
            for made in _files(world, leading, feeds, first, last):
                path = root / made.path
                path.parent.mkdir(parents=True, exist_ok=True)
                there = path.read_bytes() if path.exists() and feeds[0].files.layout.member is not None else None
                path.write_bytes(made.content if there is None else with_members_of(made.path, there, made.content))
        except OSError:  # a full disk: no other feed can be written either
            raise
        except CRASHES as error:
            sentences.append(cannot_make([feed.contract for feed in feeds], error))
    return sentences


def _together(city: City) -> list[tuple[_Feed, list[_Feed]]]:
    """The feeds that are read from files alone, those together that read the same table, and the one whose places
    they are of. Each member of an archive is a table of its own."""
    groups = list[list[_Feed]]()
    for contract in city.contracts.values():
        connector = contract.connector
        if connector is None or connector.services or connector.files is None or connector.files.layout.kind == "reply":
            continue
        if connector.of_ledger:  # the home delivers it itself
            continue
        feed = _Feed(contract, connector.files)
        same = [g for g in groups if g[0].files.root == feed.files.root and {*g[0].files.paths} & {*feed.files.paths}]
        if same:
            same[0].append(feed)
        else:
            groups.append([feed])
    tables = list[tuple[_Feed, list[_Feed]]]()
    for group in groups:
        leading, by_member = min(group, key=_rank), dict[str | None, list[_Feed]]()
        for feed in sorted(group, key=_rank):
            by_member.setdefault(feed.files.layout.member, []).append(feed)
        tables += [(leading, feeds) for feeds in by_member.values()]
    return tables


def _rank(feed: _Feed) -> tuple[bool, bool, bool]:
    """Which of the feeds of one file leads: one with times and places of its own; a register lists those of others."""
    contract = feed.contract
    return contract.reference_since is not None, not contract.models, contract.models[:1] == ("place",)


def _files(world: World, leading: _Feed, feeds: Sequence[_Feed], first: date, last: date) -> Iterator[MadeFile]:
    if leading.files.layout.kind == "gtfs":  # all feeds of a timetable read the same zip
        yield timetable_file(world, leading.files, first, last)
        return
    apart, of_periods = (len({of(feed.contract) for feed in feeds}) > 1 for of in (_clock, lambda c: c.every))
    for days in _days(feeds[0], first, last, apart=apart):
        # a table with years beside its months has what is due of each
        own = [_days(feed, first, last, apart=apart)[-1] if of_periods else days for feed in feeds]
        made = [
            _joined([_of_day(world, feed, day, leading, last) for day in mine])
            for feed, mine in zip(feeds, own, strict=True)
        ]
        layouts = [feed.files.layout for feed in feeds]
        whole = made[0] if len(feeds) == 1 else put_together(made, layouts, of_periods=of_periods)
        yield from files_of(whole, feeds[0].files, f"{days[-1]}", middle_of(world.city))


def _clock(contract: Contract) -> str | None:
    """The zone in which its times are delivered; None: that of the city."""
    return next((c.spec.delivered_zone for c in contract.delivered if c.name == TIME), None)


def _days(feed: _Feed, first: date, last: date, *, apart: bool) -> list[list[date]]:
    """The days of each file, oldest first: a day has its own where its name can say so.

    `apart`: feeds of the same files have different clocks.
    """
    contract, layout = feed.contract, feed.files.layout
    if contract.reference_since is not None:
        return [_of_register(contract, contract.reference_since, last)]
    fixed = fixed_day(contract)
    if fixed is not None:
        return [[fixed]]
    nights = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = sorted({day for night in nights for day in lookback(contract, night)})
    if layout.series is not None:
        count = -(-layout.series.length * layout.series.step_minutes // 1440)
        return [[days[-1] - timedelta(days=back) for back in range(count - 1, -1, -1)]]
    if apart:  # a day of one has hours of two of the other
        return [[days[0] - timedelta(days=1), *days]]
    if is_literal(feed.files) or layout.from_name is not None:
        return [days]
    return [[day] for day in days]


def _of_register(contract: Contract, since: date, night: date) -> list[date]:
    """The day on which it holds; of a table of many years or months each of them that is over since then."""
    if contract.every == "day":
        return [since]
    newest, found = last_whole(night, contract.every), [first_of_period(since, contract.every)]
    while found[-1] < newest:
        found.append(first_of_period(last_of_period(found[-1], contract.every) + timedelta(days=1), contract.every))
    return found


def _of_day(world: World, feed: _Feed, day: date, leading: _Feed, night: date) -> MadeDelivery:
    contract = feed.contract
    rows = world_rows(contract, world, day, None if feed is leading else leading.contract)
    rows = rows.with_columns(pl.lit(night).alias(name) for name in _of_delivery(feed))

    def chance(column: str):
        return world.random(f"deliver/{contract.name}/{column}", day)

    return delivered(contract, rows, feed.files.layout, world.city.config.timezone, chance, point=middle_of(world.city))


def _of_delivery(feed: _Feed) -> list[str]:
    """Columns with a date that the name of a file says, and that no row is told apart by: when it was made."""
    said = re.compile(feed.files.layout.from_name or "").groupindex
    columns = [c for c in feed.contract.delivered if c.type == "date" and not c.key and c.name != DAY]
    return [column.name for column in columns if {*column.spec.sources} & {*said}]


def _joined(days: Sequence[MadeDelivery]) -> MadeDelivery:
    return replace(
        days[0],
        frame=pl.concat([one.frame for one in days], how="diagonal"),
        rows=pl.concat([one.rows for one in days], how="diagonal"),
    )
