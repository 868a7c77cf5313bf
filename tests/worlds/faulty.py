"""A city whose feeds are pulled over HTTP from a simulated city in this process, with one fault or without.

A night here is what Dagster's night does to one feed, without Dagster: fetch, read, let in, make what follows from it.
The other feeds' night is there already, copied from a home in which everything was as it should be.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl

from assets.context import RunContext
from assets.derive import derive
from assets.ingest import deliveries, ingest
from assets.ingest.fetch import fetch
from assets.pack.city import City, load_city
from assets.publication.ledger_view import read_ledger_view
from assets.publication.snapshot import load_snapshot
from assets.publication.values import MetricValues
from pipelines import due
from quality.contract.model import Contract
from simulator import server
from simulator.fault import Fault
from simulator.simulator import Simulator
from tests.worlds import truth
from warehouse import lake, landing
from warehouse.home import Home
from warehouse.ledger import ledger

BEFORE, NIGHT = "before", "night"  # runs: of the days before, and of the night itself
COMPARED = 3  # good days that a rule about the number of rows wants to see first
LAG = 5  # of living population: as many days of air have to be there for the figures that are made of both
VALUE = ["metric", "area", "period", "period_start", "value", "status", "reason", "n", "completeness"]
AT = ["metric", "area", "period", "period_start"]
LEDGER = ("attempt", "batch", "rule_result", "verdict")


@dataclass(frozen=True)
class Went:
    """What a night of one feed came to."""

    fault: Fault
    home: Home
    contract: Contract
    day: date  # that was due
    values: pl.DataFrame  # as they would be published
    tables: frozenset[str]  # the feed and all that is made from it

    def ledger(self, table: str, *, whole: bool = True) -> pl.DataFrame:
        """Rows that the night wrote of the feed and, if `whole`, of what is made from it."""
        rows = ledger.read(self.home, table).filter(pl.col("run_id").str.starts_with(self.fault.name)).collect()
        name = "feed" if table == "attempt" else "table_name"
        return rows if whole else rows.filter(pl.col(name) == self.contract.name)

    @cached_property
    def held(self) -> pl.DataFrame:
        """What is in quarantine from the night: rows and cells."""
        ids = self.ledger("batch")["batch_id"]
        return ledger.read(self.home, "quarantine").filter(pl.col("batch_id").is_in(ids.implode())).collect()

    @cached_property
    def signs(self) -> set[str]:
        """Codes of all rules that failed or held something back, of failures, and `empty`."""
        attempts, results = self.ledger("attempt"), self.ledger("rule_result")
        found = set(attempts["code"].drop_nulls()) | set(attempts.filter(pl.col("status") == "empty")["status"])
        found |= set(results.filter(pl.col("status") != "pass")["rule"])
        return found | set(self.held["rules"].explode(empty_as_null=True).drop_nulls())

    @property
    def failed(self) -> pl.DataFrame:
        return self.ledger("attempt").filter(pl.col("status") == "failed")

    @property
    def verdict(self) -> str:
        """Of the feed's day, or why there is none."""
        rows = self.ledger("verdict", whole=False).filter(pl.col("day") == self.day)
        if rows.height:
            return str(rows["verdict"][-1])
        return "failed" if self.failed.height else "no data"

    @property
    def exit_code(self) -> int:
        """Of a night in which this is all that went wrong."""
        closed = self.ledger("verdict").filter(~pl.col("verdict").is_in(["PASS", "WARN"]))
        return 3 if self.failed.height or closed.height else 0

    @property
    def live(self) -> bool:
        return self.day in lake.live_batches(self.home.table(self.city, "core", self.contract.name))

    @property
    def city(self) -> str:
        return self.fault.pack

    def core(self, day: date) -> pl.DataFrame:
        rows = lake.read(self.home.table(self.city, "core", self.contract.name), self.contract.schema, [day])
        return rows.select(self.contract.schema.names()).sort(self.contract.key).collect()

    def landed(self, sha256: str) -> bool:
        return landing.find(self.home, self.city, self.contract.name, sha256) is not None


class Town:
    """One pack, its simulated city, and the homes in which its feeds were good."""

    def __init__(self, folder: Path, night: date, root: Path, extra: Iterable[str] = ()) -> None:
        self.city: City = load_city(folder)
        self.night, self.root = night, root
        self.now = truth.night_at(night)
        self.simulator = Simulator([self.city], lambda _city: self.now)
        self.address = _served(self.simulator)
        self._extra = set(extra)
        self._went: dict[str, Went] = {}
        self._templates: dict[str, Path] = {}

    # --- the good homes -------------------------------------------------------------------------------------

    @cached_property
    def needed(self) -> list[str]:
        """Feeds that figures are made from, and those whose number of rows is compared with the days before."""
        used = {name for table in derive.tables(self.city) for name in derive.feeds_of(self.city, table)}
        extra = (self.city.contracts[name] for name in self._extra)
        return sorted(used | {c.name for c in extra if _compared(c) or c.reference_since is not None})

    @cached_property
    def before(self) -> Home:
        """The days before the night."""
        home = Home(self.root / "before")
        self.simulator.inject(())
        for back in range(COMPARED, 0, -1):
            self.now = truth.night_at(self.night - timedelta(days=back))
            for name in self.needed:
                contract = self.city.contracts[name]
                newest = due.due(contract, self.now.date())
                if contract.reference_since is None and _snapshot(contract):
                    if back == 1 or _compared(contract):
                        self._pull(home, contract, [newest], BEFORE)
                elif back == 1:
                    days = COMPARED if _compared(contract) else LAG if name == "air_daily" else 1
                    self._pull(home, contract, [newest - timedelta(days=n) for n in reversed(range(days))], BEFORE)
        self._make(home, derive.tables(self.city), self._days(), BEFORE)
        return home

    @cached_property
    def good(self) -> Home:
        """The night without a fault, all feeds of it."""
        home = Home(_linked(self.before.root, self.root / "good"))
        self.now = truth.night_at(self.night)
        self.simulator.inject(())
        for name in self.needed:
            contract = self.city.contracts[name]
            self._pull(home, contract, self.to_fetch(home, contract, self.now.date()), NIGHT)
        self._make(home, derive.tables(self.city), self._days(), NIGHT)
        return home

    def without(self, name: str) -> Path:
        """The good home as it was when only this feed's night had not come yet."""
        if name in self._templates:
            return self._templates[name]
        made = {t.name for t in derive.tables(self.city) if name in derive.feeds_of(self.city, t)}
        mine = {name, *made}
        home = Home(_linked(self.before.root, self.root / f"without {name}"))
        for path in self.good.lake.glob(f"{self.city.name}/*/*"):
            if path.name not in mine:
                target = home.lake / path.relative_to(self.good.lake)
                shutil.rmtree(target, ignore_errors=True)
                _linked(path, target)
        others = {}
        for table in LEDGER:
            column = "feed" if table == "attempt" else "table_name"
            rows = ledger.read(self.good, table).filter(pl.col("run_id") == NIGHT, ~pl.col(column).is_in(list(mine)))
            others[table] = rows.collect()
            ledger.append(home, table, others[table].to_dicts())
        ids = others["batch"]["batch_id"]
        held = ledger.read(self.good, "quarantine").filter(pl.col("batch_id").is_in(ids.implode())).collect()
        ledger.append(home, "quarantine", held.to_dicts())
        self._templates[name] = home.root
        return home.root

    # --- a night --------------------------------------------------------------------------------------------

    def went(self, fault: Fault) -> Went:
        """The night with this fault planted, or as many nights as it needs to show."""
        if fault.name not in self._went:
            home = Home(_linked(self.without(fault.feed), self.root / fault.name))
            contract = _asked(self.city.contracts[fault.feed], fault)
            tables = [t for t in derive.tables(self.city) if fault.feed in derive.feeds_of(self.city, t)]
            self.simulator.inject([fault])
            for number in range(fault.nights):
                self.now = truth.night_at(self.night + timedelta(days=number))
                days = self.to_fetch(home, contract, self.now.date())
                self._pull(home, contract, days, f"{fault.name} {number}")
                self._make(home, tables, self._days(), f"{fault.name} {number}")
            names = frozenset({fault.feed, *(t.name for t in tables)})
            day = contract.reference_since or due.due(contract, self.night)
            self._went[fault.name] = Went(fault, home, contract, day, self.values(home), names)
        return self._went[fault.name]

    def honest(self, fault: Fault) -> Went:
        """The same nights without the fault, asked in the ordinary way."""
        name = f"honest {fault.feed} {fault.nights}"
        return self.went(Fault(name, "", fault.feed, None, "unharmed", pack=fault.pack, nights=fault.nights))

    def values(self, home: Home) -> pl.DataFrame:
        """metric.value as it would be published: what was made, and what is absent with its reason."""
        values = MetricValues.of([read_ledger_view(load_snapshot(home, self.city))])
        return values.rows(duckdb.connect(), list(values.inputs)).select(VALUE).sort(AT)

    def _run(self, home: Home, run_id: str) -> RunContext:
        return RunContext(
            home=home,
            city=self.city,
            source="simulated",
            run_id=run_id,
            today=self.now.date(),
            simulator_address=self.address,
        )

    def to_fetch(self, home: Home, contract: Contract, night: date) -> list[date]:
        """The days that the service is asked for in a night."""
        return due.to_fetch(self._run(home, "plan"), contract, night)

    def _pull(self, home: Home, contract: Contract, days: Sequence[date], run_id: str) -> None:
        run = self._run(home, run_id)
        ingest.read(run, contract, fetch(run, contract, days))
        since = deliveries.first_day(run, contract)
        earlier = [day for day in due.lookback(contract, self.now.date()) if since is not None and day >= since]
        ingest.ingest(run, contract, sorted({*days, *earlier}))

    def _make(self, home: Home, tables: Iterable[derive.Table], days: Sequence[date], run: str) -> None:
        for table in tables:
            derive.derive(self._run(home, run), self.city, table, days)

    def _days(self) -> list[date]:
        return [self.now.date() - timedelta(days=back) for back in range(LAG + COMPARED, -1, -1)]


def _asked(contract: Contract, fault: Fault) -> Contract:
    """The contract with its services asked as the fault says."""
    if not fault.service or contract.connector is None:
        return contract
    services = tuple(service.model_copy(update=dict(fault.service)) for service in contract.connector.services)
    return contract.model_copy(update={"connector": contract.connector.model_copy(update={"services": services})})


def _compared(contract: Contract) -> bool:
    return any(rule.column == "rows_ratio" for rule in contract.rules)


def _snapshot(contract: Contract) -> bool:
    return contract.connector is not None and contract.connector.services[-1].snapshot


def _linked(source: Path, target: Path) -> Path:
    """A copy that shares the files: nothing under a home is changed in place."""
    if source.exists():
        shutil.copytree(source, target, copy_function=os.link)
    return target


def _served(simulator: Simulator) -> str:
    """The address of a server in a thread of this process; it ends with it."""
    ready, found = threading.Event(), []
    threading.Thread(
        target=server.serve, args=(simulator, 0, lambda at: (found.append(at), ready.set())), daemon=True
    ).start()
    assert ready.wait(20), "the simulated city does not come up"
    return found[0]
