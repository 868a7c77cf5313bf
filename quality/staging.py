"""Blocks of rows -> the row rules -> files that lie in their table's folder and are not live yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from quality import clock_changes, fine_rows, row_rules
from quality.contract.model import Contract
from quality.findings import RowFindings
from quality.fine_rows import FineFile
from quality.gave_way import CONFLICTS, CONTRADICTIONS, GaveWay
from quality.no_day import NoDay, NoDayCounts
from warehouse import lake, modes
from warehouse.delta.log import StoredTable

PART_ROWS = 500_000  # rows that wait in memory until they are written: 90 MB of a wide table


@dataclass(frozen=True)
class Block:
    """Some of the rows that are submitted to the gate: contract columns plus `_sha256` and `_line` (origin).

    `gave_way`: rows of the day that do not count, as another row of their key does. `unreadable`: values that could
    not be read as their type (day, rule, column, value, _sha256, _line); they are null in `rows`. `conflicts`: where
    deliveries of one night contradict each other (CONFLICTS), `contradictions`: where one contradicts itself. `fine`:
    rows that are not in `rows`, in files that are taken as they are.
    """

    rows: pl.DataFrame
    gave_way: Mapping[date, GaveWay] = field(default_factory=dict)
    unreadable: pl.DataFrame | None = None
    conflicts: pl.DataFrame | None = None
    contradictions: pl.DataFrame | None = None
    fine: Sequence[FineFile] = ()


@dataclass(frozen=True)
class IncomingRows:
    """All rows of some days that are submitted to the gate. The blocks are taken one by one, so that a night of
    36 million readings is in memory a few at a time.

    `rows_read` was counted where the rows were read; without it the blocks' own rows count. `no_day`: the deliveries,
    by SHA-256, that have rows which belong to no day's batch.
    """

    blocks: Iterable[Block]
    rows_read: Mapping[date, int] | None = None
    no_day: Mapping[str, NoDay] = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """The kept rows of each day in files that are not live yet, and what the row rules found."""

    table: StoredTable
    files: Mapping[date, Sequence[lake.StagedFile]]
    findings: RowFindings

    def paths(self) -> dict[date, list[Path]]:
        """Where the files of each day lie."""
        return {day: [self.table.path / file.path for file in files] for day, files in self.files.items()}


class UnbalancedError(RuntimeError):
    """Rows were lost or doubled on the way to the gate. Nothing was committed."""


def stage(table: StoredTable, contract: Contract, incoming: IncomingRows, batch_ids: Mapping[date, str]) -> Staged:
    """Split the blocks one by one and write the kept rows of the days in `batch_ids`; rows of other days are left out.

    Raises UnbalancedError if rows are lost on the way, ValueError for a row without a day.
    """
    days = list(batch_ids)
    if contract.private:
        modes.close_table(table.path)
    parts = [row_rules.split(pl.DataFrame(schema={**contract.schema, **row_rules.ORIGIN}), contract)]
    unreadable, conflicts = [row_rules.no_values()], [pl.DataFrame(schema=CONFLICTS)]
    contradictions = [pl.DataFrame(schema=CONTRADICTIONS)]
    no_day = NoDayCounts(incoming.no_day)
    rows_read, gave_way = Counter(dict.fromkeys(days, 0)), dict.fromkeys(days, GaveWay())
    with _Writer(table, contract.schema, batch_ids) as writer:
        for block in _prefetch(incoming.blocks):
            rows = _rows_of_days(contract, block, days)
            no_day.add(rows)
            taken = [file for file in block.fine if file.day in batch_ids]
            for file in taken:
                no_day.add_fine(file)
                writer.take(file)
                rows_read[file.day] += file.rows
            parts += [fine_rows.as_split(contract, taken)] if taken else []
            if rows.is_empty() and block.unreadable is None and not block.gave_way:
                continue
            rows, aside = clock_changes.set_aside(contract, rows, block.unreadable)
            if aside is not None:
                parts.append(aside)
                rows_read.update(dict(aside.rows_by_day.iter_rows()))
            split = row_rules.split(rows, contract)
            writer.add(split.kept)
            parts.append(replace(split, kept=split.kept.clear()))
            unreadable += _of_days(block.unreadable, days)
            conflicts += _of_days(block.conflicts, days)
            contradictions += _of_days(block.contradictions, days)
            rows_read.update(dict(split.rows_by_day.iter_rows()))
            gave_way |= {day: gave_way[day] + more for day, more in block.gave_way.items() if day in batch_ids}
        files = writer.finish()
    if incoming.rows_read is not None:
        _require_balance(contract, incoming.rows_read, rows_read, gave_way)
    rows_kept = {day: sum(file.rows for file in files[day]) for day in days}
    found = RowFindings.of(
        parts,
        unreadable=pl.concat(unreadable),
        conflicts=pl.concat(conflicts),
        contradictions=pl.concat(contradictions),
        rows_read=rows_read,
        rows_kept=rows_kept,
        gave_way=gave_way,
        share_undated=no_day.share_undated(rows_read),
        rows_outside=no_day.rows_outside(),
    )
    return Staged(table, files, found)


def _of_days(found: pl.DataFrame | None, days: Sequence[date]) -> list[pl.DataFrame]:
    return [] if found is None else [found.filter(pl.col("day").is_in(days))]


def _rows_of_days(contract: Contract, block: Block, days: Sequence[date]) -> pl.DataFrame:
    if block.rows["day"].null_count():
        raise ValueError(f"{contract.name}: rows without a day cannot be judged; keep them under their delivery")
    if set(block.rows["day"].unique()) <= set(days):
        return block.rows
    return block.rows.filter(pl.col("day").is_in(days))


def _require_balance(
    contract: Contract, expected: Mapping[date, int], arrived: Mapping[date, int], gave_way: Mapping[date, GaveWay]
) -> None:
    for day in arrived:
        if expected[day] != arrived[day] + gave_way[day].total:
            raise UnbalancedError(
                f"{contract.name} {day}: of {expected[day]:,} rows read {arrived[day]:,} arrived "
                f"and {gave_way[day].total:,} gave way to another row of their key"
            )


def _prefetch(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, the next of which is fetched from disk while one is worked on."""
    waiting = iter(blocks)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, waiting, None)
        while (block := coming.result()) is not None:
            coming = pool.submit(next, waiting, None)
            yield block


class _Writer:
    """Kept rows on their way into files: parts of a batch, written as soon as enough rows wait, while others come."""

    def __init__(self, table: StoredTable, schema: pl.Schema, batch_ids: Mapping[date, str]) -> None:
        self.table, self.batch_ids = table, batch_ids
        self.none = pl.DataFrame(schema=schema)
        self.waiting: dict[date, list[pl.DataFrame]] = {day: [] for day in batch_ids}
        self.rows_waiting = Counter(dict.fromkeys(batch_ids, 0))
        self.files: dict[date, list[Future[lake.StagedFile]]] = {day: [] for day in batch_ids}
        self.pool = ThreadPoolExecutor(1)

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def add(self, kept: pl.DataFrame) -> None:
        for day, rows in _by_day(kept).items():
            self.waiting[day].append(rows)
            self.rows_waiting[day] += rows.height
        while self.rows_waiting.total() >= PART_ROWS:
            self._write(self.rows_waiting.most_common(1)[0][0])

    def take(self, fine: FineFile) -> None:
        """A file of rows that is a part of its batch as it is."""
        of_day, batch_id = self.files[fine.day], self.batch_ids[fine.day]
        taken = lake.take_file, self.table, fine.day, batch_id, fine.path, fine.rows, len(of_day)
        of_day.append(self.pool.submit(*taken))

    def finish(self) -> dict[date, list[lake.StagedFile]]:
        """The files of each day; a day without a row has one without a row."""
        for day in self.batch_ids:
            if self.rows_waiting[day] or not self.files[day]:
                self._write(day)
        return {day: [file.result() for file in files] for day, files in self.files.items()}

    def _write(self, day: date) -> None:
        for before in self.files[day][-1:]:
            before.result()  # one is written and one waits: no more than that is in memory
        rows = pl.concat([self.none, *self.waiting[day]])
        file = self.pool.submit(lake.stage_file, self.table, day, self.batch_ids[day], rows, len(self.files[day]))
        self.files[day].append(file)
        self.waiting[day], self.rows_waiting[day] = [], 0


def _by_day(rows: pl.DataFrame) -> dict[date, pl.DataFrame]:
    if rows.height and rows["day"].min() == rows["day"].max():  # nearly always: no need to partition
        return {rows["day"][0]: rows}
    return {key[0]: part for key, part in rows.partition_by("day", as_dict=True).items()}
