"""The only way to commit to a Delta table: one atomic entry in its log, or none."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

import polars as pl
import stamina
from arro3.core import Table as ArrowTable
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from warehouse.delta.log import StoredTable, entry_path, open_table
from warehouse.files import unfinished_name

ATTEMPTS = 8  # other writers' commits to the same table may come between: each attempt looks at the table again


@dataclass(frozen=True)
class Changes:
    """What one commit does.

    `transactions`: ids of which each commit raises the number by one. Of two writers that have read the same number,
    one is refused.
    """

    actions: Sequence[AddAction | RemoveAction]
    transactions: Sequence[str] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)


def commit_changes(
    table: StoredTable,
    schema: pl.Schema,
    changes: Callable[[DeltaTable], Changes | None],
    *,
    partition_by: Sequence[str] = (),
    properties: Mapping[str, str] | None = None,
    attempts: int = ATTEMPTS,
    after_others: bool = True,
) -> bool:
    """Commit what `changes` returns for the table as it is now; False if that is None, as nothing is left to do.

    The table is created if there is none, with `properties` and partitions. A column of `schema` that the table lacks
    is added: older files read as null there. Types never change in place.
    When another writer comes between, `changes` is asked again, up to `attempts` times. With `after_others`, changes
    that do not contradict those of the other writer are committed after them without asking. Raises
    CommitFailedError.
    """
    delta_schema = _delta_schema(schema)
    for attempt in _attempts(attempts):
        with attempt:
            delta = table.opened() or _created(table, delta_schema, partition_by, properties)
            known = {column.name for column in delta.schema().fields}
            added = [column for column in delta_schema.fields if column.name not in known]
            if added:
                delta.alter.add_columns(added)
            wanted = changes(delta)
            if wanted is None:
                return False
            delta.create_write_transaction(
                list(wanted.actions),
                mode="append",
                schema=delta_schema,
                partition_by=list(partition_by) or None,
                commit_properties=CommitProperties(
                    custom_metadata=dict(wanted.metadata),
                    max_commit_retries=None if after_others else 0,
                    app_transactions=[
                        Transaction(app_id=name, version=(delta.transaction_version(name) or 0) + 1)
                        for name in wanted.transactions
                    ],
                ),
            )
            return True
    raise AssertionError("unreachable")


def commit_added(
    table: StoredTable, schema: pl.Schema, added: Sequence[AddAction], properties: Mapping[str, str]
) -> None:
    """Make files live in one commit that takes none away. As `commit_changes`, in 1 ms of CPU where that takes 15.

    Such a commit contradicts no other, so nothing has to be read for it but what others have committed since: its entry
    is written here. deltalake does it where the table is not there yet or is described otherwise, and each time that a
    checkpoint is due by `properties`. Raises CommitFailedError.
    """
    interval = int(properties["delta.checkpointInterval"])
    while (version := table.next_entry(schema)) is not None and (version + 1) % interval:
        if _is_written(table, version, added):
            return
    changes = Changes(added)
    commit_changes(table, schema, lambda _: changes, properties=properties)


def _is_written(table: StoredTable, version: int, added: Iterable[AddAction]) -> bool:
    """Write an entry that adds these files; False if another writer's is there. Its name is made in one step."""
    told = {"operation": "WRITE", "operationParameters": {"mode": "Append"}, "isBlindAppend": True}
    lines: list[dict[str, Any]] = [{"commitInfo": {"timestamp": _milliseconds(), "engineInfo": "madang"} | told}]
    lines += [
        {
            "add": {
                "path": quote(action.path),
                "size": action.size,
                "partitionValues": dict(action.partition_values),
                "modificationTime": action.modification_time,
                "dataChange": action.data_change,
                "stats": action.stats,
            }
        }
        for action in added
    ]
    unfinished = unfinished_name(table.path / "entry")
    try:
        unfinished.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
        os.link(unfinished, entry_path(table.path, version))
    except FileExistsError:
        return False
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def set_properties(table: StoredTable, wanted: Mapping[str, str]) -> None:
    """Give the table these properties, if it has others; again when another writer comes between. Raises
    CommitFailedError."""
    for attempt in _attempts(ATTEMPTS):
        with attempt:
            delta = open_table(table.path)
            if wanted.items() - delta.metadata().configuration.items():
                delta.alter.set_table_properties(dict(wanted))


def _attempts(number: int) -> Iterable[stamina.Attempt]:
    return stamina.retry_context(
        on=CommitFailedError, attempts=number, timeout=None, wait_initial=0.02, wait_max=3.0, wait_jitter=0.05
    )


def add_action(
    path: str, size_bytes: int, rows: int, *, partition: Mapping[str, str] | None = None, data_change: bool = True
) -> AddAction:
    """A file becomes live. `path` is relative to the table; `data_change` is False where only its place changes."""
    return AddAction(
        path=path,
        size=size_bytes,
        partition_values=dict(partition or {}),
        data_change=data_change,
        modification_time=_milliseconds(),
        stats=json.dumps({"numRecords": rows}),
    )


def remove_action(
    path: str, size_bytes: int, *, partition: Mapping[str, str] | None = None, data_change: bool = True
) -> RemoveAction:
    """A file is live no longer; it stays on the disk until it is vacuumed."""
    return RemoveAction(
        path=path,
        deletion_timestamp=_milliseconds(),
        data_change=data_change,
        partition_values=dict(partition or {}),
        size=size_bytes,
    )


def _milliseconds() -> int:
    return int(time.time() * 1000)


def _delta_schema(schema: pl.Schema) -> DeltaSchema:
    return _delta_schema_of(tuple(schema.items()))


@cache
def _delta_schema_of(columns: tuple[tuple[str, pl.DataType], ...]) -> DeltaSchema:
    return DeltaSchema.from_arrow(ArrowTable.from_arrow(pl.DataFrame(schema=dict(columns))).schema)


def _created(
    table: StoredTable, schema: DeltaSchema, partition_by: Sequence[str], properties: Mapping[str, str] | None
) -> DeltaTable:
    table.path.mkdir(parents=True, exist_ok=True)
    try:
        return DeltaTable.create(
            table.path.as_uri(),
            schema,
            mode="ignore",
            partition_by=list(partition_by) or None,
            configuration=dict(properties or {}),
        )
    except CommitFailedError:  # another process created it in this moment
        if not table.exists():
            raise
        return open_table(table.path)
