"""The lake: Delta tables partitioned by `day`, and the only code that commits to them.

Files are written first and become visible by one Delta commit (5 ms for a file of any size). What is
live is what the Delta log says; a file that no log entry names was never published and is vacuumed later.
Whether a file may be committed is not decided here but in quality/gate.py.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from arro3.core import Table as ArrowTable
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from warehouse.delta import log

DAY = "day"
COMMIT_TRIES = 8  # other writers' commits to the same table may come between: each try looks afresh


@dataclass(frozen=True)
class StagedFile:
    """A file of a batch that lies in its table's folder but is not live yet. `path` is relative to the table."""

    path: str
    day: date
    batch_id: str
    size_bytes: int
    rows: int


def stage(table: Path, day: date, batch_id: str, frame: pl.DataFrame, part: int = 0) -> StagedFile:
    """Write rows of one day (any columns but `day`) once, where they will stay when they are committed.

    A batch of many rows is staged in parts, each with a number. The name carries the batch id, so that writing
    the same batch again replaces the same files; a batch that is already live is never staged again (see
    `live_batches`).
    """
    relative = f"{DAY}={day.isoformat()}/{batch_id}-{part:03d}.parquet"
    target = table / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    # level 1: 36 million readings take 20 CPU s instead of 23, and 8 % more room
    frame.drop(DAY, strict=False).write_parquet(unfinished, compression="zstd", compression_level=1)
    unfinished.replace(target)
    return StagedFile(relative, day, batch_id, target.stat().st_size, frame.height)


def commit(table: Path, schema: pl.Schema, files: Sequence[StagedFile], metadata: Mapping[str, str]) -> bool:
    """Make `files` the only live files of their days, in one atomic commit. False if all were live already.

    Two writers that fill the same empty day would both succeed in plain Delta, and the rows would be
    there twice (reproduced). Each commit therefore raises a transaction number per day: the second
    writer is refused, looks again, and finds the batch there or replaces it.
    """
    delta_schema = DeltaSchema.from_arrow(ArrowTable.from_arrow(pl.DataFrame(schema=_with_day(schema))).schema)
    _create(table, delta_schema)
    for attempt in range(COMMIT_TRIES):
        delta = log.open_table(table)
        _widen(delta, delta_schema)
        live = _by_day(log.paths_of(delta, table))
        wanted: dict[date, list[str]] = {}
        for file in files:
            wanted.setdefault(file.day, []).append(file.path)
        days = {day for day, paths in wanted.items() if sorted(live.get(day, [])) != sorted(paths)}
        if not days:
            return False
        # a path is never removed and added in one commit, which the protocol forbids
        before = {path for day in days for path in live.get(day, [])}
        after = {f.path for f in files if f.day in days}
        actions: list[AddAction | RemoveAction] = [_remove(table, path) for path in sorted(before - after)]
        actions += [_add(f) for f in files if f.path in after - before]
        transactions = [
            Transaction(app_id=day.isoformat(), version=(delta.transaction_version(day.isoformat()) or 0) + 1)
            for day in sorted(days)
        ]
        try:
            delta.create_write_transaction(
                actions,
                mode="append",
                schema=delta_schema,
                partition_by=[DAY],
                commit_properties=CommitProperties(
                    custom_metadata=dict(metadata), max_commit_retries=0, app_transactions=transactions
                ),
            )
            return True
        except CommitFailedError:
            if attempt == COMMIT_TRIES - 1:
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
    raise AssertionError("unreachable")


_batches: dict[Path, tuple[list[str], dict[date, str]]] = {}


def live_batches(table: Path) -> dict[date, str]:
    """The batch that is live for each day."""
    paths = log.live_paths(table)
    before = _batches.get(table)
    if before is None or before[0] is not paths:  # the same list while nothing changes; a night asks 200 times
        found = {day: files[0].rsplit("/", 1)[1].split(".")[0].split("-")[0] for day, files in _by_day(paths).items()}
        before = _batches[table] = paths, found
    return dict(before[1])


def live_files(table: Path, days: Iterable[date] | None = None) -> list[Path]:
    """Absolute paths of the live files, by day."""
    wanted = None if days is None else set(days)
    live = _by_day(log.live_paths(table))
    return [table / path for day in sorted(live) if wanted is None or day in wanted for path in sorted(live[day])]


def read(table: Path, schema: pl.Schema, days: Iterable[date] | None = None) -> pl.LazyFrame:
    """The live rows of a table (all days or the given ones) in the columns of `schema`, `day` included.

    A column that an older file lacks is null there; a table that does not exist yet is empty.
    """
    return read_files(live_files(table, days), schema)


def read_files(files: list[Path], schema: pl.Schema) -> pl.LazyFrame:
    """The rows of these files of a table, live or only staged, in the columns of `schema`, `day` included."""
    full = _with_day(schema)
    if not files:
        return pl.LazyFrame(schema=full)
    return pl.scan_parquet(
        files,
        schema=full,
        hive_partitioning=True,
        hive_schema=pl.Schema({DAY: pl.Date()}),
        missing_columns="insert",
        extra_columns="ignore",
        glob=False,
    ).select(full.names())


def _with_day(schema: pl.Schema) -> pl.Schema:
    return pl.Schema({**{name: dtype for name, dtype in schema.items() if name != DAY}, DAY: pl.Date()})


def _create(table: Path, schema: DeltaSchema) -> None:
    if DeltaTable.is_deltatable(table.as_uri()):
        return
    table.mkdir(parents=True, exist_ok=True)
    try:
        DeltaTable.create(table.as_uri(), schema, partition_by=[DAY], mode="ignore")
    except CommitFailedError:  # another process created it in this moment
        if not DeltaTable.is_deltatable(table.as_uri()):
            raise


def _widen(delta: DeltaTable, schema: DeltaSchema) -> None:
    """A contract may gain columns: old files then read as null there. Types never change in place."""
    known = {field.name for field in delta.schema().fields}
    added = [field for field in schema.fields if field.name not in known]
    if added:
        delta.alter.add_columns(added)


def _by_day(paths: Iterable[str]) -> dict[date, list[str]]:
    """Paths relative to the table, by day. On strings: a table of three years has a thousand paths."""
    live: dict[date, list[str]] = {}
    for path in paths:
        _, folder, name = path.rsplit("/", 2)
        live.setdefault(date.fromisoformat(folder.removeprefix(f"{DAY}=")), []).append(f"{folder}/{name}")
    return live


def _add(file: StagedFile) -> AddAction:
    return AddAction(
        path=file.path,
        size=file.size_bytes,
        partition_values={DAY: file.day.isoformat()},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": file.rows}),
    )


def _remove(table: Path, path: str) -> RemoveAction:
    day = path.split("/", 1)[0].removeprefix(f"{DAY}=")
    return RemoveAction(
        path=path,
        deletion_timestamp=int(time.time() * 1000),
        data_change=True,
        partition_values={DAY: day},
        size=(table / path).stat().st_size,
    )
