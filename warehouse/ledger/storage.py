"""How the ledger's tables lie on disk: many small appends, folded into one file a month, and found again quickly.

What the tables are and mean is in ledger.py. Files that were folded stay until upkeep.py removes them.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import polars as pl
from arro3.core import Table as ArrowTable
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from warehouse.delta import log

# A commit reads the log since its last checkpoint: with one every 10 entries it takes 10 ms, every 100 30 ms. Nobody
# looks at old states of a table to which rows are only added, so what a checkpoint has summed up goes after a day.
PROPERTIES = {
    "delta.checkpointInterval": "10",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}
FOLD_AT = 100  # small files of a table: with so many an append folds them, 50 ms that spare each reader 20
LARGE = 32 * 2**20  # bytes: such a file is not folded again
_APPENDED = re.compile(r"\d{4}-\d\d-\d\dT\d{6}-")
_FOLD = "fold"

_rows: dict[Path, tuple[list[str], pl.DataFrame]] = {}
_batches: dict[Path, dict[str, frozenset[str]]] = {}  # table -> file -> the batches it has rows of


def append(table: Path, frame: pl.DataFrame, order: Sequence[str]) -> None:
    """Add rows as one file in one commit."""
    delta_schema = _delta_schema(frame.schema)
    table.mkdir(parents=True, exist_ok=True)
    name = _write(table, frame, f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}")
    if (table / name).stat().st_size >= LARGE:
        (table / name).rename(table / (name := f"{name[:7]}-{name[-21:]}"))  # as if folded
    for attempt in range(5):
        delta = log.handle(table) or _created(table, delta_schema)
        added = [field for field in delta_schema.fields if field.name not in {f.name for f in delta.schema().fields}]
        try:
            if added:
                delta.alter.add_columns(added)
            delta.create_write_transaction([_add(table, name, frame.height)], mode="append", schema=delta_schema)
            break
        except CommitFailedError:
            if attempt == 4:
                raise
            time.sleep(0.02 * 2**attempt)
    if "batch_id" in frame.columns:
        _batches.setdefault(table, {})[str(table / name)] = frozenset(frame["batch_id"].unique())
    if sum(_appended(path) for path in live(table)) >= FOLD_AT:
        fold(table, frame.schema, order)


def live(table: Path) -> list[str]:
    """The files that hold the rows of a table now."""
    return log.live_paths(table)


def scan(files: Sequence[str], schema: pl.Schema) -> pl.LazyFrame:
    if not files:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(list(files), schema=schema, missing_columns="insert", extra_columns="ignore", glob=False)


def remembered(table: Path, schema: pl.Schema) -> pl.DataFrame:
    """All rows, kept in memory: only files that came since the last time are read."""
    files = live(table)
    before = _rows.get(table)
    if before is not None and before[0] is files:
        return before[1]
    if before is not None and set(before[0]) <= set(files):
        new = scan([file for file in files if file not in set(before[0])], schema).collect()
        frame = pl.concat([before[1], new])
        frame = frame.rechunk() if frame.n_chunks() > 16 else frame
    else:
        frame = scan(files, schema).collect()
    _rows[table] = (files, frame)
    return frame


def files_of(table: Path, batch_ids: Iterable[str]) -> dict[str, list[str]]:
    """Of these batches those that have rows here, each with the files that hold them. A file is looked into once."""
    files = live(table)
    seen = _batches.get(table, {})
    if unseen := [file for file in files if file not in seen]:
        rows = pl.scan_parquet(
            unseen, schema={"batch_id": pl.String}, extra_columns="ignore", include_file_paths="_file", glob=False
        )
        held = rows.unique().group_by("_file").agg("batch_id").collect()
        seen |= dict.fromkeys(unseen, frozenset()) | {file: frozenset(ids) for file, ids in held.iter_rows()}
    known = {file: seen[file] for file in files}
    _batches[table] = known
    found: dict[str, list[str]] = {}
    for wanted in set(batch_ids):
        if holding := [file for file, ids in known.items() if wanted in ids]:
            found[wanted] = holding
    return found


def fold(table: Path, schema: pl.Schema, order: Sequence[str], *, dry_run: bool = False) -> tuple[int, int]:
    """Turn the small files of each month into one. How many there were, and how many there are (or would be).

    The rows stay the same, so readers notice nothing, and an append at the same time does not conflict. Two that
    fold at the same time would both succeed in plain Delta, and the rows would be there twice (reproduced): a
    transaction number lets one of them through, and the other leaves it at that.
    """
    delta = log.handle(table)
    if delta is None:
        return 0, 0
    paths = [Path(path) for path in log.paths_of(delta, table)]
    groups = [(month, group) for month, group in _groups(paths) if len(group) > 1]
    after = len(paths) - sum(len(group) - 1 for _, group in groups)
    if not groups or dry_run:
        return len(paths), after
    actions: list[AddAction | RemoveAction] = []
    for month, group in groups:
        frame = scan([str(path) for path in group], schema).collect().sort(order)
        actions += [_remove(path) for path in group]
        actions.append(_add(table, _write(table, frame, month), frame.height, data_change=False))
    number = (delta.transaction_version(_FOLD) or 0) + 1
    try:
        delta.create_write_transaction(
            actions,
            mode="append",
            schema=_delta_schema(schema),
            commit_properties=CommitProperties(app_transactions=[Transaction(_FOLD, number)]),
        )
    except CommitFailedError:
        return len(paths), len(paths)
    return len(paths), after


def _groups(paths: Iterable[Path]) -> list[tuple[str, list[Path]]]:
    """Small files by the month in which their rows were written; what becomes large is a group by itself."""
    groups: dict[str, list[list[Path]]] = {}
    sizes: dict[str, int] = {}
    for path in sorted(paths):
        stat = path.stat()
        if stat.st_size >= LARGE:
            continue
        named = re.match(r"\d{4}-\d\d", path.name)  # before there was folding, names did not tell
        month = named[0] if named else f"{datetime.fromtimestamp(stat.st_mtime, UTC):%Y-%m}"
        if sizes.get(month, LARGE) >= LARGE:
            groups.setdefault(month, []).append([])
            sizes[month] = 0
        groups[month][-1].append(path)
        sizes[month] += stat.st_size
    return [(month, group) for month, parts in groups.items() for group in parts]


def _appended(path: str) -> bool:
    return _APPENDED.match(path.rsplit("/", 1)[-1]) is not None


def _write(table: Path, frame: pl.DataFrame, prefix: str) -> str:
    name = f"{prefix}-{secrets.token_hex(8)}.parquet"
    frame.write_parquet(table / name, compression="zstd")
    return name


def _add(table: Path, name: str, rows: int, *, data_change: bool = True) -> AddAction:
    return AddAction(
        path=name,
        size=(table / name).stat().st_size,
        partition_values={},
        data_change=data_change,
        modification_time=int(time.time() * 1000),
        stats=json.dumps({"numRecords": rows}),
    )


def _remove(path: Path) -> RemoveAction:
    return RemoveAction(
        path=path.name,
        deletion_timestamp=int(time.time() * 1000),
        data_change=False,
        partition_values={},
        size=path.stat().st_size,
    )


def _delta_schema(schema: pl.Schema) -> DeltaSchema:
    return _made(tuple(schema.items()))


@cache
def _made(columns: tuple[tuple[str, pl.DataType], ...]) -> DeltaSchema:
    return DeltaSchema.from_arrow(ArrowTable.from_arrow(pl.DataFrame(schema=dict(columns))).schema)


def _created(table: Path, schema: DeltaSchema) -> DeltaTable:
    try:
        return DeltaTable.create(table.as_uri(), schema, mode="ignore", configuration=PROPERTIES)
    except CommitFailedError:  # another process created it in this moment
        return log.open_table(table)
