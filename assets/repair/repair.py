"""The way of a repair: the ledger, the logs of tables, then the days that are lost, through the gate as in a night."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from assets.context import RunContext
from assets.crashes import CRASHES, crash_text
from assets.derive.build import build
from assets.derive.tables import derived_tables
from assets.ingest.ingest import Report, ingest
from assets.pack.city import City
from assets.publication.damaged import close_damaged
from assets.publication.snapshot import load_snapshot
from quality.contract.model import Contract
from warehouse import lake
from warehouse.damaged import DamagedHomeError
from warehouse.delta.log import DamagedLogError
from warehouse.delta.rebuild import rebuild_log
from warehouse.doctor.ledgers import look_at_ledger
from warehouse.doctor.tables import committed_batches
from warehouse.failpoint import failpoint
from warehouse.files import is_as_written
from warehouse.home import Home
from warehouse.lease import lease, nothing_commits
from warehouse.ledger import ledger
from warehouse.ledger.recover import recover


@dataclass(frozen=True)
class RepairWanted:
    """What is to be repaired; empty: everything."""

    city: str = ""
    table: str = ""
    day: date | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing was named: then the ledger is looked at, too."""
        return not (self.city or self.table or self.day)

    def has(self, city: str, table: str) -> bool:
        """Whether a table of a city is to be repaired."""
        return self.city in ("", city) and self.table in ("", table)


@dataclass(frozen=True)
class Repaired:
    """What became of one damaged thing, in words; `back`: whether it is whole again."""

    where: str
    said: str
    back: bool


def repair(home: Home, cities: Sequence[City], wanted: RepairWanted, *, run_id: str) -> Iterator[Repaired]:
    """Make again what is damaged, and say what became of each thing; nothing where all is whole.

    May be killed anywhere and called again: each step is whole or was not. Nothing is fetched or published.
    """
    if wanted.everything:
        yield from _ledger(home)
    for city in cities:
        if wanted.city in ("", city.name):
            yield from _city(home, city, wanted, run_id)


def _ledger(home: Home) -> Iterator[Repaired]:
    names = dict.fromkeys(_ledger_table(home, finding.where) for finding in look_at_ledger(home))
    for name in names:
        rows = recover(home, name)
        left = [f for f in look_at_ledger(Home(home.root)) if _ledger_table(home, f.where) == name and f.day is None]
        said = f"{rows:,} rows came back; what was written since the last publication, and was lost, did not"
        yield Repaired(f"ledger.{name}", left[0].what if left else said, not left)


def _ledger_table(home: Home, where: str) -> str:
    return Path(where).relative_to(home.lake / "ledger").parts[0]


def _city(home: Home, city: City, wanted: RepairWanted, run_id: str) -> Iterator[Repaired]:
    committed = committed_batches(home)
    contracts = [*city.contracts.values(), *(table.contract for table in derived_tables(city))]
    named = [c for c in contracts if wanted.has(city.name, c.name)]
    for contract in named:
        key = city.name, contract.layer, contract.name
        with lease(home, *key):  # a night that works on the table waits, and this for it
            told = _log(home, city, contract, committed.get(key, {}))
        yield from told
    with nothing_commits(home):
        close_damaged(load_snapshot(home, city, by_content=True), run_id)
    failpoint("repair.closed")
    lost = {(c.layer, c.name): _lost(home, city, c, committed.get((city.name, c.layer, c.name), {})) for c in named}
    days = {key: [day for day in found if wanted.day in (None, day)] for key, found in lost.items()}
    if not any(days.values()):
        return
    run = RunContext(
        home=home,
        city=city,
        source=ledger.newest_source(home, city.name) or "files",
        run_id=run_id,
        today=city.yesterday() + timedelta(days=1),
    )
    for contract in city.contracts.values():
        if of_feed := days.get((contract.layer, contract.name)):
            yield from _judged(city, contract, of_feed, lambda c=contract, d=of_feed: ingest(run, c, d))
            failpoint("repair.judged")
    every = sorted({day for of_table in days.values() for day in of_table})
    for table in derived_tables(city):
        own = days.get((table.layer, table.name), [])
        todo = sorted({*own, *every})
        yield from _judged(city, table.contract, own, lambda t=table, d=todo: build(run, t, d))
        failpoint("repair.made_again")


def _judged(city: City, contract: Contract, days: Sequence[date], make: Callable[[], Report]) -> Iterator[Repaired]:
    where = f"{city.name}/{contract.layer}/{contract.name}"
    try:
        report = make()
    except CRASHES as error:
        if days:
            yield Repaired(f"{where} {_span(days)}", crash_text(contract, error), back=False)
        return
    outcomes = {outcome.day: outcome for outcome in report.outcomes}
    for day in days:
        outcome = outcomes.get(day)
        if outcome is None:
            yield Repaired(f"{where} {day}", "nothing that it can be made of is there any more", back=False)
        elif outcome.verdict.open:
            yield Repaired(f"{where} {day}", f"judged again: batch {outcome.batch_id}, {outcome.verdict}", back=True)
        else:
            yield Repaired(f"{where} {day}", f"{outcome.verdict}: {outcome.reason}", back=False)


def _span(days: Sequence[date]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _log(home: Home, city: City, contract: Contract, committed: Mapping[date, str]) -> list[Repaired]:
    """The log of a table whose own cannot be read: of the files of the batches that the ledger says were committed, as
    far as all of them are whole. The other days are lost ones."""
    table = home.table(city.name, contract.layer, contract.name)
    try:
        table.live_files()
    except DamagedLogError:
        pass
    else:
        if table.exists() or not committed:
            return []
    batches = ledger.rows_about(home, "batch", city.name, contract.layer, contract.name)
    rows = dict(batches.select("batch_id", "rows_kept").iter_rows())
    added = []
    days = list[date]()
    for day, batch in committed.items():
        files = lake.staged_files(table, day, batch)
        heights = [_rows_in(path) for path in files]
        if files and None not in heights and sum(h or 0 for h in heights) == rows.get(batch):
            days.append(day)
            added += [lake.added(table, path, day, h or 0) for path, h in zip(files, heights, strict=True)]
    numbers = [day.isoformat() for day in days]
    rebuild_log(table, lake.with_day(contract.schema), added, transactions=numbers, partition_by=[lake.DAY])
    said = f"its log is made again from the files of {len(days):,} days"
    return [Repaired(f"{city.name}/{contract.layer}/{contract.name}", said, back=True)]


def _rows_in(path: Path) -> int | None:
    """Rows of a file that is whole, None of another one."""
    if is_as_written(path) is False:
        return None
    try:
        return pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
    except (OSError, pl.exceptions.PolarsError):
        return None


def _lost(home: Home, city: City, contract: Contract, committed: Mapping[date, str]) -> list[date]:
    """The days to be judged again: lost, not as the ledger has them, or closed as they were damaged."""
    table = home.table(city.name, contract.layer, contract.name)
    try:
        live, lost = lake.live_batches(table), lake.lost_days(table, by_content=True)
    except DamagedHomeError:
        return []
    other = {day for day, batch in committed.items() if live.get(day) != batch}
    rows = ledger.rows_about(home, "batch", city.name, contract.layer, contract.name).sort("recorded_at")
    last = rows.unique("day", keep="last", maintain_order=True)
    empty = (pl.col("input_deliveries").list.len() == 0) & (pl.col("input_batches").list.len() == 0)
    closed = set(last.filter(pl.col("state") == "held", empty)["day"])  # `close_damaged` knows no inputs
    return sorted({*lost, *other, *closed})
