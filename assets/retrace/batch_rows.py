"""The batches behind a value, and their rows: of the live file, of one that is kept, or from the landed bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from assets.context import BatchRows, RunContext
from assets.failures import PermanentFailure
from assets.ingest.deliveries import Deliveries
from assets.ingest.ingest import incoming_rows
from assets.ingest.read import landed_bytes, parsed_from
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.staging import stage
from warehouse import lake
from warehouse.home import Home
from warehouse.ledger import ledger

Origin = Literal["live", "kept", "landed"]  # the file that is live, one that was replaced, or the raw bytes


@dataclass(frozen=True)
class BatchRecord:
    """A batch as the ledger has it."""

    batch_id: str
    layer: str
    table: str
    day: date
    source: str
    deliveries: tuple[str, ...]  # SHA-256, in the order in which they count
    batches: tuple[str, ...]
    code_version: str | None
    pack_version: str | None
    contract_hash: str


def batches_behind(home: Home, city: str, ids: Collection[str]) -> dict[str, BatchRecord]:
    """These batches, and all that they were made from, by id."""
    found, wanted = dict[str, BatchRecord](), set(ids)
    while wanted:
        rows = ledger.read(home, "batch", sorted(wanted)).filter(pl.col("city") == city).unique("batch_id").collect()
        step = {row["batch_id"]: _record(row) for row in rows.iter_rows(named=True)}
        found |= step
        wanted = {one for record in step.values() for one in record.batches} - found.keys()
    return found


def _record(row: Mapping[str, Any]) -> BatchRecord:
    return BatchRecord(
        batch_id=row["batch_id"],
        layer=row["layer"],
        table=row["table_name"],
        day=row["day"],
        source=row["source"],
        deliveries=tuple(row["input_deliveries"] or ()),
        batches=tuple(row["input_batches"] or ()),
        code_version=row["code_version"],
        pack_version=row["pack_version"],
        contract_hash=row["contract_hash"],
    )


@dataclass
class RowsOfBatches:
    """Where the rows of batches are read from. `origins` says of each that was read which it was.

    scratch: a home of its own, in which raw bytes are read again, so that nothing is written into the city's. anew: all
    core rows come from the raw bytes, whatever the lake has.
    """

    run: RunContext
    scratch: Home
    origins: dict[str, Origin]
    anew: bool = False

    def of(self, contract: Contract, records: Sequence[BatchRecord]) -> dict[date, BatchRows]:
        """The rows of batches of one table, by day.

        Raises PermanentFailure where the bytes that a batch was made from are not there any more.
        """
        found = {} if self.anew and contract.layer == "core" else dict(self._files(contract, records))
        lacking = [record for record in records if record.day not in found]
        if lacking:
            found |= dict(self._landed(contract, lacking))
        return found

    def _files(self, contract: Contract, records: Sequence[BatchRecord]) -> Iterator[tuple[date, BatchRows]]:
        """Those of which a file is there: a batch that was replaced keeps its file until the lake is vacuumed."""
        table = self.run.gate(contract).table
        live = lake.live_batches(table)
        for record in records:
            files = sorted((table.path / f"day={record.day.isoformat()}").glob(f"{record.batch_id}-*.parquet"))
            if files:
                self.origins[record.batch_id] = "live" if live.get(record.day) == record.batch_id else "kept"
                yield record.day, BatchRows(record.batch_id, lake.scan_files(files, contract.schema))

    def _landed(self, contract: Contract, records: Sequence[BatchRecord]) -> Iterator[tuple[date, BatchRows]]:
        """Through the contract, the choice of one row of each key, and the row rules, as a night makes them."""
        known = Deliveries.of(self.run, contract)
        readable = known.read_before | known.readable
        elsewhere = replace(self.run, home=self.scratch)
        by_deliveries = dict[tuple[str, ...], list[BatchRecord]]()
        for record in records:
            by_deliveries.setdefault(record.deliveries, []).append(record)
        for hashes, of_these in by_deliveries.items():
            parsed = {}
            for sha256 in hashes:
                delivery = readable.get(sha256)
                if delivery is None:
                    hint = "put back `lake/ledger/attempt` from a backup"
                    what = f"the ledger does not know the delivery {sha256[:12]}"
                    raise PermanentFailure("LANDING-LOST", what, contract.name, hint)
                content = landed_bytes(self.run, contract, delivery)
                parsed[sha256] = parsed_from(elsewhere, contract, delivery, content)[0]
            incoming, todo = incoming_rows(contract, parsed, {r.day: Inputs(r.deliveries) for r in of_these})
            ids = {record.day: record.batch_id for record in of_these if record.day in todo}
            staged = stage(elsewhere.gate(contract).table, contract, incoming, ids)
            for day, files in staged.paths().items():
                self.origins[ids[day]] = "landed"
                yield day, BatchRows(ids[day], lake.scan_files(files, contract.schema))
