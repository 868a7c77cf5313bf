"""A city whose feeds are pulled over HTTP from a simulated city in this process, with faults or without.

A night here is what Dagster's night does to a few feeds, without Dagster: fetch, read, admit, make the tables that
follow. The other feeds' night is there already, copied from a home in which everything was as it should be. Faults of
feeds from which no common table is made share a night.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl

from assets.context import RunContext
from assets.derive.build import build
from assets.derive.parts import feeds_of_metrics
from assets.derive.tables import DerivedTable, derived_tables
from assets.ingest import ingest
from assets.ingest.batches import first_day
from assets.ingest.fetch import fetch
from assets.ingest.read import read_new
from assets.pack.city import City
from assets.publication.ledger_view import read_ledger_view
from assets.publication.snapshot import load_snapshot
from assets.publication.values import MetricValues
from pipelines import plan
from quality.contract.due import due, lookback
from quality.contract.generated_rules import ROWS_RATIO
from quality.contract.model import Contract
from simulator import server
from simulator.fault import Fault
from simulator.simulator import Simulator
from tests.worlds import truth
from tests.worlds.fault_result import FaultNight, FaultResult
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger

BEFORE, GOOD = "before", "good"  # runs: of the days before, and of the night without a fault
COMPARED = 3  # good days of its kind that a rule about the number of rows wants to see first
LAG = 5  # of living population: as many days of air have to be there for the figures that are made of both
VALUE = ["metric", "area", "period", "period_start", "value", "status", "reason", "n", "completeness"]
AT = ["metric", "area", "period", "period_start"]
LEDGER = ("attempt", "batch", "rule_result", "verdict")


class FaultyCity:
    """One pack, its simulated city, and the homes in which its feeds were good. `faults` are those to be tried."""

    def __init__(self, city: City, night: date, root: Path, faults: Sequence[Fault] = ()) -> None:
        self.city = city
        self.night, self.root = night, root
        self.now = truth.night_at(night)
        self.simulator = Simulator([self.city], lambda _city: self.now)
        self.address = _served(self.simulator)
        self._faults = tuple(faults)
        self._nights: dict[tuple[str, ...], FaultNight] = {}
        self._values: dict[str, pl.DataFrame] = {}  # by run

    @cached_property
    def needed(self) -> list[str]:
        """Feeds that figures are made from, and those whose number of rows is compared with the days before."""
        used = {name for table in derived_tables(self.city) for name in table.feeds}
        extra = (self.city.contracts[fault.feed] for fault in self._faults)
        used |= {c.name for c in extra if self._compared(c) or c.reference_since is not None}
        return sorted(name for name in used if _pulled(self.city.contracts[name]))

    def _compared(self, contract: Contract) -> bool:
        """Whether days before are wanted: for a rule of the contract's own, or a fault that only they show."""
        if any(rule.column == ROWS_RATIO and not rule.generated for rule in contract.rules):
            return True
        return any(f.feed == contract.name and str(f.seen).endswith("-as-usual") for f in self._faults)

    @cached_property
    def before(self) -> Home:
        """The days before the night."""
        home = open_home(Home(self.root / "before"), create=True)
        self.simulator.inject(())
        for back in range(COMPARED, 0, -1):
            self.now = truth.night_at(self.night - timedelta(days=back))
            for name in self.needed:
                contract = self.city.contracts[name]
                newest = due(contract, self.now.date())
                if contract.reference_since is None and _snapshot(contract):
                    if back == 1 or self._compared(contract):
                        self._pull(home, contract, [newest], BEFORE)
                elif back == 1:
                    self._pull(home, contract, self._days_before(contract, newest), BEFORE)
        self._make(home, derived_tables(self.city), self._days(), BEFORE)
        return home

    def _days_before(self, contract: Contract, newest: date) -> list[date]:
        """The days up to `newest` that the night wants to find: of its own kind, where days are compared."""
        days = [newest - timedelta(days=n) for n in reversed(range(LAG if contract.name == "air_daily" else 1))]
        if self._compared(contract):
            kind = self.city.calendar.kind(due(contract, self.night))
            while sum(self.city.calendar.kind(day) is kind for day in days) < COMPARED:
                days.insert(0, days[0] - timedelta(days=1))
        return days

    @cached_property
    def good(self) -> Home:
        """The night without a fault: all feeds that are needed, and those of all faults that show in one night."""
        home = Home(_linked(self.before.root, self.root / "good"))
        self.now = truth.night_at(self.night)
        self.simulator.inject(())
        for name in sorted({*self.needed, *(fault.feed for fault in self._faults if fault.nights == 1)}):
            contract = self.city.contracts[name]
            self._pull(home, contract, self.to_fetch(home, contract, self.now.date()), f"{GOOD}/0")
        self._make(home, derived_tables(self.city), self._days(), f"{GOOD}/0")
        return home

    @cached_property
    def _good_night(self) -> FaultNight:
        return FaultNight(self.good, GOOD, ())

    def _home_without(self, mine: frozenset[str], name: str) -> Home:
        """The good home as it was when only the night of these tables had not come yet."""
        home = Home(self.root / name)
        theirs = {
            p.relative_to(self.good.root) for p in self.good.lake.glob(f"{self.city.name}/*/*") if p.name not in mine
        }
        _linked(self.before.root, home.root, without=theirs)
        for path in theirs:
            _linked(self.good.root / path, home.root / path)
        others = {}
        for table in LEDGER:
            column = "feed" if table == "attempt" else "table_name"
            others[table] = self._good_night.recorded(table).filter(~pl.col(column).is_in(list(mine)))
            ledger.append(home, table, others[table].to_dicts())
        held = self._good_night.quarantined.filter(pl.col("batch_id").is_in(others["batch"]["batch_id"].implode()))
        ledger.append(home, "quarantine", held.to_dicts())
        return home

    @cached_property
    def groups(self) -> list[list[Fault]]:
        """The faults that share a night: as many nights long, of different feeds that touch nothing in common."""
        groups: list[list[Fault]] = []
        faults_of = Counter(fault.feed for fault in self._faults)
        for fault in sorted(self._faults, key=lambda fault: -faults_of[fault.feed]):
            touched = self._touched(fault.feed)
            for group in groups:
                alike = all(other.nights == fault.nights for other in group)
                if alike and all(touched.isdisjoint(self._touched(other.feed)) for other in group):
                    group.append(fault)
                    break
            else:
                groups.append([fault])
        return groups

    def group_of(self, fault: Fault) -> Sequence[Fault]:
        """The faults of the night in which this one is tried; alone where it is none of the city's own."""
        return next((group for group in self.groups if fault in group), [fault])

    def tables_of(self, feed: str) -> list[DerivedTable]:
        """All that is made from a feed."""
        return [table for table in derived_tables(self.city) if feed in table.feeds]

    def placed_by(self, feed: str) -> list[str]:
        """The feed, and those whose places it registers."""
        return [feed, *(name for name, contract in self.city.contracts.items() if contract.register_ == feed)]

    def metrics_needing(self, feed: str) -> set[str]:
        """The metrics that cannot be made without this feed: no other will do in its place."""
        groups = feeds_of_metrics(self.city)
        return {name for name in self.city.metrics if (feed,) in groups[name]}

    def metrics_of(self, feeds: Iterable[str]) -> set[str]:
        """The metrics that one of these feeds goes into."""
        needed = set(feeds)
        feeds = feeds_of_metrics(self.city)
        return {name for name in self.city.metrics if any(needed.intersection(group) for group in feeds[name])}

    def _touched(self, feed: str) -> frozenset[str]:
        return frozenset({feed, *(table.name for table in self.tables_of(feed)), *self.metrics_of([feed])})

    def result(self, fault: Fault) -> FaultResult:
        """The night with this fault injected, or as many nights as it needs to show."""
        group = self.group_of(fault)
        return self._result(fault, self._night_with(group), group)

    def honest(self, fault: Fault) -> FaultResult:
        """The same nights without a fault, asked in the ordinary way."""
        if fault.nights == 1:
            return self._result(fault, self._good_night, self.group_of(fault))
        return self.honest_again(fault)

    def honest_again(self, fault: Fault) -> FaultResult:
        """The nights of the fault's group in a home of their own, without a fault."""
        group = self.group_of(fault)
        nothing = {"change_rows": None, "change_reply": None, "service": {}}
        plain = [replace(other, name=f"honest {other.name}", **nothing) for other in group]
        return self._result(fault, self._night_with(plain), group)

    def _result(self, fault: Fault, night: FaultNight, group: Sequence[Fault]) -> FaultResult:
        contract = self.city.contracts[fault.feed]
        tables = frozenset({fault.feed, *(table.name for table in self.tables_of(fault.feed))})
        others = self.metrics_of(other.feed for other in group if other is not fault)
        return FaultResult(
            fault=fault,
            night=night,
            contract=contract,
            day=contract.reference_since or due(contract, self.night),
            values=self.values(night).remove(pl.col("metric").is_in(list(others))),
            tables=tables,
        )

    def _night_with(self, faults: Sequence[Fault]) -> FaultNight:
        key = tuple(fault.name for fault in faults)
        if key not in self._nights:
            run = " + ".join(key)
            tables = {table.name: table for fault in faults for table in self.tables_of(fault.feed)}
            mine = frozenset({*tables, *(fault.feed for fault in faults)})
            home = self._home_without(mine, f"night {len(self._nights)}")
            self.simulator.inject(faults)
            for number in range(faults[0].nights):
                self.now = truth.night_at(self.night + timedelta(days=number))
                for fault in faults:
                    contract = _asked(self.city.contracts[fault.feed], fault)
                    days = self.to_fetch(home, contract, self.now.date())
                    self._pull(home, contract, days, f"{run}/{number}")
                self._make(home, tables.values(), self._days(), f"{run}/{number}")
            self._nights[key] = FaultNight(home, run, faults)
        return self._nights[key]

    @contextmanager
    def group_named(self, fault: Fault) -> Iterator[None]:
        """Whatever fails inside says which faults shared the night."""
        try:
            yield
        except Exception as error:
            error.add_note("injected in the same night: " + ", ".join(other.name for other in self.group_of(fault)))
            raise

    def values(self, night: FaultNight) -> pl.DataFrame:
        """metric.value as it would be published: what was made, and what is absent with its reason."""
        if night.run not in self._values:
            values = MetricValues.of([read_ledger_view(load_snapshot(night.home, self.city))])
            rows = values.rows(duckdb.connect(), list(values.inputs))
            self._values[night.run] = rows.select(VALUE).sort(AT)
        return self._values[night.run]

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
        return plan.days_to_fetch(self._run(home, "plan"), contract, night)

    def _pull(self, home: Home, contract: Contract, days: Sequence[date], run_id: str) -> None:
        run = self._run(home, run_id)
        read_new(run, contract, fetch(run, contract, days))
        since = first_day(run, contract)
        earlier = [day for day in lookback(contract, self.now.date()) if since is not None and day >= since]
        ingest.ingest(run, contract, sorted({*days, *earlier}))

    def _make(self, home: Home, tables: Iterable[DerivedTable], days: Sequence[date], run: str) -> None:
        for table in tables:
            build(self._run(home, run), table, days)

    def _days(self) -> list[date]:
        return [self.now.date() - timedelta(days=back) for back in range(LAG + COMPARED, -1, -1)]


def _asked(contract: Contract, fault: Fault) -> Contract:
    """The contract with its services asked as the fault says."""
    if not fault.service or contract.connector is None:
        return contract
    services = tuple(service.model_copy(update=dict(fault.service)) for service in contract.connector.services)
    return contract.model_copy(update={"connector": contract.connector.model_copy(update={"services": services})})


def _pulled(contract: Contract) -> bool:
    """Files of a drop folder are delivered by no service, and stay absent here."""
    return contract.connector is not None and bool(contract.connector.services)


def _snapshot(contract: Contract) -> bool:
    return contract.connector is not None and contract.connector.services[-1].snapshot


def _linked(source: Path, target: Path, without: Collection[Path] = ()) -> Path:
    """A copy that shares the files: nothing under a home is changed in place. `without`: folders below `source`."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        below = Path(folder).relative_to(source)
        return {name for name in names if below / name in without}

    if source.exists():
        shutil.copytree(source, target, copy_function=os.link, ignore=left_out)
    return target


def _served(simulator: Simulator) -> str:
    """The address of a server in a thread of this process; it ends with it."""
    ready, addresses = threading.Event(), []
    threading.Thread(
        target=server.serve_forever, args=(simulator, 0, lambda at: (addresses.append(at), ready.set())), daemon=True
    ).start()
    assert ready.wait(20), "the simulated city does not start"
    return addresses[0]
