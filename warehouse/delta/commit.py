"""The only way to commit to a Delta table: one atomic entry in its log, or none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import polars as pl
import stamina
from arro3.core import Table as ArrowTable
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from warehouse.delta.entry import add_entry
from warehouse.delta.log import StoredTable, TableState, open_table
from warehouse.files import make_folder, sync

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

    @property
    def adds_only(self) -> bool:
        """Whether they contradict those of no other writer."""
        return not self.transactions and all(isinstance(action, AddAction) for action in self.actions)


def commit_changes(
    table: StoredTable,
    schema: pl.Schema,
    changes: Callable[[Sequence[str]], Changes | None],
    *,
    partition_by: Sequence[str] = (),
    properties: Mapping[str, str] | None = None,
    attempts: int = ATTEMPTS,
    after_others: bool = True,
) -> bool:
    """Commit what `changes` returns for the files that are live now; False if that is None, as nothing is left to do.

    The table is created if there is none, with `properties` and partitions. A column of `schema` that the table lacks
    is added: older files read as null there. Types never change in place.
    When another writer comes between, `changes` is asked again, up to `attempts` times; where files are only added, and
    `after_others`, at once and as often as it takes. Raises CommitFailedError.
    """
    delta_schema = _delta_schema(schema)
    for attempt in _attempts(attempts):
        with attempt:
            while True:
                state = _described(table, delta_schema, partition_by, properties)
                wanted = changes(state.live)
                if wanted is None:
                    return False
                if _is_committed(table, state, wanted, delta_schema, partition_by, after_others):
                    return True
                if not (after_others and wanted.adds_only):
                    raise CommitFailedError(f"another writer has committed to {table.path}")
    raise AssertionError("unreachable")


def _described(
    table: StoredTable, schema: DeltaSchema, partition_by: Sequence[str], properties: Mapping[str, str] | None
) -> TableState:
    """The table as it is now, made if it is not there, with all columns of `schema`."""
    wanted = {column.name for column in schema.fields}
    state = table.state()
    if state is None:
        _create(table, schema, partition_by, properties)
    elif not state.columns >= wanted:
        _add_columns(table, schema)
    else:
        return state
    if (state := table.state()) is None:
        raise CommitFailedError(f"{table.path} went away in the meantime")
    return state


def _is_committed(
    table: StoredTable,
    state: TableState,
    wanted: Changes,
    schema: DeltaSchema,
    partition_by: Sequence[str],
    after_others: bool,
) -> bool:
    """Commit on top of `state`; False if another writer was faster. With a checkpoint that is due deltalake does it: it
    makes one, and removes entries that are old enough. Raises CommitFailedError."""
    numbers = {name: state.transaction(name) + 1 for name in wanted.transactions}
    if state.can_be_followed():
        return add_entry(table.path, state.version + 1, wanted.actions, numbers, wanted.metadata, partition_by)
    delta = table.opened()
    if delta is None or delta.version() != state.version:
        return False
    delta.create_write_transaction(
        list(wanted.actions),
        mode="append",
        schema=schema,
        partition_by=list(partition_by) or None,
        commit_properties=CommitProperties(
            custom_metadata=dict(wanted.metadata),
            max_commit_retries=None if after_others else 0,
            app_transactions=[Transaction(app_id=name, version=number) for name, number in numbers.items()],
        ),
        post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
    )
    sync_log(table, state.version)
    delta.cleanup_metadata()  # entries go when the checkpoint that has what they say is on the disk
    return True


def _add_columns(table: StoredTable, schema: DeltaSchema) -> None:
    delta = table.opened()
    known = set() if delta is None else {column.name for column in delta.schema().fields}
    added = [column for column in schema.fields if column.name not in known]
    if delta is not None and added:
        before = delta.version()
        delta.alter.add_columns(added)
        sync_log(table, before)


def set_properties(table: StoredTable, wanted: Mapping[str, str]) -> None:
    """Give the table these properties, if it has others; again when another writer comes between. Raises
    CommitFailedError."""
    for attempt in _attempts(ATTEMPTS):
        with attempt:
            delta = open_table(table.path)
            if wanted.items() - delta.metadata().configuration.items():
                before = delta.version()
                delta.alter.set_table_properties(dict(wanted))
                sync_log(table, before)


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


def _create(
    table: StoredTable, schema: DeltaSchema, partition_by: Sequence[str], properties: Mapping[str, str] | None
) -> None:
    make_folder(table.path)
    try:
        DeltaTable.create(
            table.path.as_uri(),
            schema,
            mode="ignore",
            partition_by=list(partition_by) or None,
            configuration=dict(properties or {}),
        )
    except CommitFailedError:  # another process created it in this moment
        if not table.exists():
            raise
    sync_log(table, -1)
    sync(table.path)


def sync_log(table: StoredTable, after: int) -> None:
    """Wait until what deltalake has written into the log is on the disk: entries after this one, and checkpoints."""
    folder = table.path / "_delta_log"
    for path in folder.iterdir():
        if path.name == "_last_checkpoint" or (path.name[:20].isdigit() and int(path.name[:20]) > after):
            with suppress(
                FileNotFoundError
            ):  # another process has removed what is old enough, or its own unfinished one
                sync(path)
    sync(folder)
