"""The batches behind a value, and their rows: of the live file, of one that is kept, or from the landed bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from assets.context import BatchRows, RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest.deliveries import Deliveries
from assets.ingest.ingest import incoming_rows
from assets.ingest.read import landed_bytes, parsed_from
from assets.private_failures import reported
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

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> BatchRecord:
        """From a row of ledger.batch."""
        return cls(
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


def batches_behind(home: Home, city: str, ids: Collection[str]) -> dict[str, BatchRecord]:
    """These batches, and all that they were made from, by id."""
    found, wanted = dict[str, BatchRecord](), set(ids)
    while wanted:
        rows = ledger.read(home, "batch", sorted(wanted)).filter(pl.col("city") == city).unique("batch_id").collect()
        step = {row["batch_id"]: BatchRecord.of(row) for row in rows.iter_rows(named=True)}
        found |= step
        wanted = {one for record in step.values() for one in record.batches} - found.keys()
    return found


@dataclass
class RowsOfBatches:
    """The rows of batches, each read or made once. `origins` says of each that was read where its rows come from.

    scratch: a home of its own, in which raw bytes are read again, so that nothing is written into the city's.
    from_bytes: all core rows come from the raw bytes, whatever the lake has.
    """

    run: RunContext
    scratch: Home
    from_bytes: bool = False
    origins: dict[str, Origin] = field(default_factory=dict)
    _rows: dict[str, BatchRows] = field(default_factory=dict)

    def of_core(self, contract: Contract, records: Iterable[BatchRecord]) -> dict[date, BatchRows]:
        """The rows of batches of a feed, by day.

        Raises PermanentFailure where neither a file nor the bytes that a batch was made from are there any more.
        """
        wanted = [record for record in records if record.batch_id not in self._rows]
        if not self.from_bytes:
            self._read_files(contract, wanted)
        self._read_landed(contract, [record for record in wanted if record.batch_id not in self._rows])
        return {record.day: self._rows[record.batch_id] for record in records}

    def of_file(self, contract: Contract, record: BatchRecord) -> BatchRows | None:
        """The rows of a batch of a derived table; None where they are to be made again: its file is gone, or all comes
        from bytes."""
        if not self.from_bytes and record.batch_id not in self._rows:
            self._read_files(contract, [record])
        return self._rows.get(record.batch_id)

    def keep(self, made: BatchRows) -> None:
        """The rows of a batch of a mart that were made again: a mart that reads 30 days of another one, which reads 30
        days as well, would make each of them 900 times (ten values of Seoul took 480 s)."""
        self._rows[made.batch_id] = made

    def _read_files(self, contract: Contract, records: Iterable[BatchRecord]) -> None:
        """Those of which a file is there: a batch that was replaced keeps its file until the lake is vacuumed."""
        table = self.run.gate(contract).table
        live = lake.live_batches(table)
        for record in records:
            if files := lake.files_of_batch(table, record.day, record.batch_id):
                origin = "live" if live.get(record.day) == record.batch_id else "kept"
                self._add(record.batch_id, origin, lake.scan_files(files, contract.schema))

    def _read_landed(self, contract: Contract, records: Sequence[BatchRecord]) -> None:
        """Through the contract, the choice of one row of each key, and the row rules, as a night makes them."""
        known = Deliveries.of(self.run, contract)
        readable = known.read_before | known.readable
        elsewhere = replace(self.run, home=self.scratch)
        for hashes, of_these in _by_deliveries(records).items():
            parsed = {}
            for sha256 in hashes:
                delivery = readable.get(sha256)
                if delivery is None:
                    what = f"the ledger does not know the delivery {sha256[:12]}"
                    raise PermanentFailure("LANDING-LOST", what, contract.name, "restore the ledger from a backup")
                content = landed_bytes(self.run, contract, delivery)
                try:
                    parsed[sha256] = parsed_from(elsewhere, contract, delivery, content)[0]
                except FeedFailure as failure:
                    raise reported(contract, failure, delivery.label) from None
            ids = {record.day: record.batch_id for record in of_these}
            incoming, _ = incoming_rows(contract, parsed, {day: Inputs(hashes) for day in ids})
            staged = stage(elsewhere.gate(contract).table, contract, incoming, ids)
            for day, files in staged.paths().items():
                for record in of_these:
                    if record.day == day:
                        self._add(record.batch_id, "landed", lake.scan_files(files, contract.schema))

    def _add(self, batch_id: str, origin: Origin, rows: pl.LazyFrame) -> None:
        self.origins[batch_id] = origin
        self._rows[batch_id] = BatchRows(batch_id, rows)


def _by_deliveries(records: Iterable[BatchRecord]) -> dict[tuple[str, ...], list[BatchRecord]]:
    found = dict[tuple[str, ...], list[BatchRecord]]()
    for record in records:
        found.setdefault(record.deliveries, []).append(record)
    return found
