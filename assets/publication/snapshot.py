"""What is live in the lake when publishing begins: read once for all tables of a city, proven by the gate's verdicts.

Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path

import polars as pl

from assets.derive.tables import derived_tables
from assets.derive.versions import pack_version
from assets.pack.city import City
from assets.publication.gate import PublicationRefused
from quality.contract.model import Contract
from quality.verdict import OPEN
from warehouse import lake
from warehouse.delta.log import DamagedLogError
from warehouse.home import Home
from warehouse.ledger import ledger


@dataclass(frozen=True)
class Damage:
    """What cannot be read of a table: `days` with what is wrong; `of_all`: why nothing of it is known."""

    contract: Contract
    days: Mapping[date, str]
    of_all: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """The batches of a city that are live and can be read: for each layer and table, by day. What is damaged is left
    out."""

    home: Home
    city: City
    batches: Mapping[tuple[str, str], Mapping[date, str]]
    damaged: Mapping[tuple[str, str], Damage] = field(default_factory=dict)

    def batches_on(self, layer: str, day: date) -> list[tuple[str, str]]:
        """Table and batch of a day, for each table of a layer that has it."""
        return [(table, days[day]) for (held, table), days in self.batches.items() if held == layer and day in days]

    def of_older_packs(self, day: date) -> tuple[str, ...]:
        """The tables of values whose batch of a day was made with the pack as it was before."""
        now, made_with = pack_version(self.city), self._made_with
        live = self.batches_on("metric", day)
        return tuple(table for table, batch in live if made_with.get(batch, now) != now)

    @cached_property
    def _made_with(self) -> Mapping[str, str]:
        """By batch of a table of values, the version of the pack."""
        tables = (table for layer, table in self.batches if layer == "metric")
        rows = (ledger.rows_about(self.home, "batch", self.city.name, "metric", table) for table in tables)
        return dict(chain.from_iterable(one.select("batch_id", "pack_version").iter_rows() for one in rows))

    def files(self, contract: Contract) -> list[Path]:
        """The live files of a table, by day."""
        table = self.home.table(self.city.name, contract.layer, contract.name)
        return lake.live_files(table, days) if (days := self.batches[contract.layer, contract.name]) else []

    def read(self, contract: Contract, days: Collection[date]) -> pl.LazyFrame:
        """The live rows of a table on those of `days` that it has."""
        live = self.batches[contract.layer, contract.name]
        table = self.home.table(self.city.name, contract.layer, contract.name)
        wanted = [day for day in days if day in live]
        return lake.scan(table, contract.schema, wanted) if wanted else lake.scan_files([], contract.schema)


def load_snapshot(
    home: Home, city: City, contracts: Collection[Contract] | None = None, *, by_content: bool = False
) -> Snapshot:
    """Raises PublicationRefused when a live batch has no verdict that opened the gate for exactly this batch, although
    the ledger is whole. contracts: of the tables that are asked for; None: all of the city. `by_content`: files are
    read, where else their sizes are looked at."""
    opened = ledger.read(home, "verdict").filter(pl.col("city") == city.name, pl.col("verdict").is_in(OPEN))
    admitted = set(opened.select("batch_id").unique().collect().to_series())
    if contracts is None:
        contracts = [*city.contracts.values(), *(table.contract for table in derived_tables(city))]
    batches, damaged = dict[tuple[str, str], dict[date, str]](), dict[tuple[str, str], Damage]()
    recorded, lost = _recorded(home, city), {name: home.ledger(name).lost for name in ("verdict", "batch")}
    for c in contracts:
        key, table = (c.layer, c.name), home.table(city.name, c.layer, c.name)
        try:
            live, wrong = lake.live_batches(table), lake.lost_days(table, by_content=by_content)
        except DamagedLogError as error:
            batches[key], damaged[key] = {}, Damage(c, {}, error.what)
            continue
        for day, batch in live.items():
            if batch not in admitted and not lost["verdict"]:
                raise PublicationRefused(
                    f"{city.name}/{c.layer}/{c.name} {day}: batch {batch} is live but no verdict admitted it. "
                    "Somebody wrote to the lake past the gate; see docs/runbook.md, 'A batch without a verdict'."
                )
            for name, known in (("verdict", admitted), ("batch", recorded)):
                if batch not in known and lost[name]:
                    wrong.setdefault(day, f"its row in ledger.{name} is lost")
        batches[key] = {day: batch for day, batch in live.items() if day not in wrong}
        if wrong:
            damaged[key] = Damage(c, wrong)
    return Snapshot(home, city, batches, damaged)


def _recorded(home: Home, city: City) -> set[str]:
    rows = ledger.read(home, "batch").filter(pl.col("city") == city.name)
    return set(rows.select("batch_id").unique().collect().to_series())
