"""Dagster's SQLite event log with its connections kept open. Named in deploy/dagster.yaml; decisions 014 and 052 tell
why.

Only how files are made, opened and written is changed here: what is stored, where and in which tables is Dagster's
own, so an instance may go back and forth between the two, and processes with either may use it at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage, SqlPollingEventWatcher
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

from pipelines.dagster_store import storing
from pipelines.dagster_store.templates import Template

KEPT = 4  # files open at once: the index, the run that is written, and some that are looked at


class EventLog(SqliteEventLogStorage):
    """One connection per file for as long as the file is in use, where Dagster opens a new one for every query.

    A commit does not wait for the disk (`synchronous = NORMAL`): a killed process loses nothing, and after a
    power cut the last events may be gone but the files are whole. What became of the data is in the ledger.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, sa.Engine] = {}  # the one used last comes last
        self._tables: set[str] = set()
        self._process = os.getpid()
        self._template = Template.beside(base_dir, self._make_template)
        super().__init__(base_dir, inst_data)
        self._watcher = SqlPollingEventWatcher(self)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> EventLog:
        """`base_dir` is Dagster's home; the events are where Dagster has them by itself."""
        return cls(os.path.join(config_value["base_dir"], "history", "runs", ""), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> sa.Engine:
        if self._process != os.getpid():  # SQLite's connections must not be carried over a fork
            self._engines, self._process = {}, os.getpid()
        engine = self._engines.pop(shard, None) or self._open(shard)
        self._engines[shard] = engine
        while len(self._engines) > KEPT:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def _open(self, shard: str) -> sa.Engine:
        if shard not in self._initialized_dbs and self._template.fits(self.path_for_shard(shard)):
            self._initialized_dbs.add(shard)
        engine = sa.create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,  # `_db_lock` admits one thread at a time
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous = NORMAL"))
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """A run of many days plans each asset once, and not once for each day; that is not kept (`plans_days`)."""
        return True

    def _make_template(self, path: str) -> None:
        engine = sa.create_engine(f"sqlite:///{path}")
        self._initdb(engine)
        engine.dispose()

    def store_event(self, event: EventLogEntry) -> None:
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of a run: all or none of them in the file of the run, then all or none in the index.

        Dagster takes up to five transactions for each.
        """
        kept = [event for event in events if not storing.plans_days(event)]
        for run_id, of_run in groupby(kept, key=lambda event: event.run_id):
            self._store(run_id, list(of_run))

    def _store(self, run_id: str, events: Sequence[EventLogEntry]) -> None:
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(run_id) as run:
            storing.add_rows(run, rows)
        indexed = [n for n, event in enumerate(events) if storing.is_indexed(event)]
        if not indexed:
            return
        self.has_table("asset_event_tags")  # asks on a connection of its own the first time
        with self.index_connection() as index:
            first = storing.add_rows(index, [rows[n] for n in indexed])
            stored = [storing.Stored(events[n], rows[n], number) for number, n in enumerate(indexed, first)]
            storing.store_checks(index, stored)
            storing.store_assets(index, stored, lambda event, number: self._get_asset_entry_values(event, number, True))
            tagged = [one for one in stored if one.row["asset_key"]]
            self._store_asset_event_tags(index, [one.event for one in tagged], [one.number for one in tagged])

    def has_table(self, table_name: str) -> bool:
        """Asked before every event; a table that is there stays there."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        self._close()
        super().wipe()

    # The web server follows a run. Dagster looks for changes of the run's file, but an open connection writes
    # beside it (to the file's -wal) for most of the time; so the run is asked, as Dagster does with other databases.

    def watch(self, run_id: str, cursor: str | None, callback: Callable[..., Any]) -> None:
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Callable[..., Any]) -> None:
        self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        self._watcher.close()
        self._close()

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()
