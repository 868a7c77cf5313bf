"""What became of a feed, and of all that is made from it, in a night with faults or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from quality.contract.model import Contract
from simulator.fault import Fault
from warehouse import lake, landing
from warehouse.home import Home
from warehouse.ledger import ledger


class FaultNight:
    """One night, or a few in a row, with some faults or with none: its home and what its runs recorded."""

    def __init__(self, home: Home, run: str, faults: Sequence[Fault]) -> None:
        self.home, self.run, self.faults = home, run, tuple(faults)
        self._recorded: dict[str, pl.DataFrame] = {}

    def recorded(self, table: str) -> pl.DataFrame:
        """All rows of a ledger table that this night wrote."""
        if table not in self._recorded:
            rows = ledger.read(self.home, table).filter(pl.col("run_id").str.starts_with(f"{self.run}/"))
            self._recorded[table] = rows.collect()
        return self._recorded[table]

    @cached_property
    def quarantined(self) -> pl.DataFrame:
        """All rows and cells that this night held back."""
        ids = self.recorded("batch")["batch_id"]
        return ledger.read(self.home, "quarantine").filter(pl.col("batch_id").is_in(ids.implode())).collect()


@dataclass(frozen=True)
class FaultResult:
    """What became of one feed in a night, and of all that is made from it."""

    fault: Fault
    night: FaultNight
    contract: Contract
    day: date  # that was due
    values: pl.DataFrame  # metric.value without the metrics of the other feeds that have a fault in this night
    tables: frozenset[str]  # the feed and all that is made from it

    @property
    def home(self) -> Home:
        return self.night.home

    def ledger(self, table: str, *, whole: bool = True) -> pl.DataFrame:
        """Rows that the night wrote of the feed and, if `whole`, of what is made from it."""
        name = "feed" if table == "attempt" else "table_name"
        names = self.tables if whole else {self.contract.name}
        return self.night.recorded(table).filter(pl.col(name).is_in(list(names)))

    @cached_property
    def held(self) -> pl.DataFrame:
        """What is in quarantine from the night: rows and cells."""
        return self.night.quarantined.filter(pl.col("table_name").is_in(list(self.tables)))

    @cached_property
    def signs(self) -> set[str]:
        """Codes of all rules that failed or held something back, of failures, and `empty`."""
        attempts, results = self.ledger("attempt"), self.ledger("rule_result")
        codes = set(attempts["code"].drop_nulls()) | set(attempts.filter(pl.col("status") == "empty")["status"])
        codes |= set(results.filter(pl.col("status") != "pass")["rule"])
        return codes | set(self.held["rules"].explode(empty_as_null=True).drop_nulls())

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
        rows = lake.scan(self.home.table(self.city, "core", self.contract.name), self.contract.schema, [day])
        return rows.select(self.contract.schema.names()).sort(self.contract.key).collect()

    def landed(self, sha256: str) -> bool:
        return landing.find(self.home, self.city, self.contract.name, sha256) is not None
