"""What Dagster's index has of events: the tables from which its pages show assets, checks and the state of runs.

Rows are those that Dagster writes; here those of many events go into one transaction, and each event is written as text
once. What a run plans of days is not kept (`plans_days`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    DagsterEventType,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from sqlalchemy.dialects import sqlite

EVENTS, CHECKS, ASSETS = SqlEventLogStorageTable, AssetCheckExecutionsTable, AssetKeyTable
_INDEXED = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)
_PLANNED = {DagsterEventType.ASSET_MATERIALIZATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED}
_NAMES = ("asset_key", "check_name", "run_id", "partition")  # of one result; Dagster's index holds them unique
_NEW = sqlite.insert(CHECKS)
_RESULT = _NEW.on_conflict_do_update(
    index_elements=_NAMES,
    set_={column.name: column for column in _NEW.excluded if column.name not in ("id", "create_timestamp", *_NAMES)},
)


@dataclass(frozen=True)
class Stored:
    """An event with its row of the table of events, and the number of that row in the index."""

    event: EventLogEntry
    row: Mapping[str, Any]
    number: int

    @property
    def kind(self) -> DagsterEventType | None:
        """The type of the event; None for a line of a log."""
        return self.event.dagster_event_type if self.event.is_dagster_event else None


def is_indexed(event: EventLogEntry) -> bool:
    """Does the index have this event? All others stand in the file of their run alone."""
    return event.is_dagster_event and event.dagster_event_type in _INDEXED


def plans_days(event: EventLogEntry) -> bool:
    """Does a run say that it is going to make days of an asset, or results of days of a check?

    It does so of all of its days, when it begins. But of many nothing will come, or they are settled: Dagster would
    show them as failed when the run fails for another day, and their checks as skipped. So a step says it of the days
    that it could not make (`days.NotMade`).
    """
    if not event.is_dagster_event or event.dagster_event_type not in _PLANNED:
        return False
    planned: Any = event.get_dagster_event().event_specific_data
    return planned.partitions_subset is not None


def add_rows(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add rows to the table of events. The number of the first; the others follow it without a gap.

    SQLite gives each row the number after the greatest, and within a transaction nobody else writes.
    """
    conn.execute(EVENTS.insert(), list(rows))
    return conn.exec_driver_sql("SELECT last_insert_rowid()").scalar_one() - len(rows) + 1


def store_checks(conn: sa.Connection, stored: Iterable[Stored]) -> None:
    """What is planned and what was found of checks. A result takes the place of the plan of its run."""
    stored = list(stored)
    planned = [_planned(one) for one in stored if one.kind == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED]
    found = [_found(one) for one in stored if one.kind == DagsterEventType.ASSET_CHECK_EVALUATION]
    if of_days := [row for row in found if row["partition"] is not None]:
        _aim(conn, of_days)
        conn.execute(_RESULT, of_days)
    if planned:
        conn.execute(CHECKS.insert(), planned)
    last = {  # of several results of all days the last one counts, but each that was reported by hand
        (row["asset_key"], row["check_name"], row["run_id"] or n): row
        for n, row in enumerate(found)
        if row["partition"] is None
    }
    if new := [row for row in last.values() if not _replaces(conn, row)]:
        conn.execute(CHECKS.insert(), new)


def _aim(conn: sa.Connection, of_days: Sequence[dict[str, Any]]) -> None:
    """Give each result of a day the newest materialisation of that day: one of an older version is not shown."""
    for key in {row["asset_key"] for row in of_days}:
        own = [row for row in of_days if row["asset_key"] == key and row["materialization_event_storage_id"] is None]
        newest = (
            sa.select(EVENTS.c.partition, sa.func.max(EVENTS.c.id))
            .where(
                EVENTS.c.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value,
                EVENTS.c.asset_key == key,
                EVENTS.c.partition.in_({row["partition"] for row in own}),
            )
            .group_by(EVENTS.c.partition)
        )
        made = {row[0]: row[1] for row in conn.execute(newest)}
        for row in own:
            row["materialization_event_storage_id"] = made.get(row["partition"])


def _planned(stored: Stored) -> dict[str, Any]:
    planned: Any = stored.event.get_dagster_event().event_specific_data
    return _row(stored, planned, AssetCheckExecutionRecordStatus.PLANNED, None, None)


def _found(stored: Stored) -> dict[str, Any]:
    found: Any = stored.event.get_dagster_event().event_specific_data
    target = found.target_materialization_data
    status = AssetCheckExecutionRecordStatus.SUCCEEDED if found.passed else AssetCheckExecutionRecordStatus.FAILED
    return _row(stored, found, status, found.partition, target.storage_id if target else None)


def _row(
    stored: Stored, check: Any, status: AssetCheckExecutionRecordStatus, day: str | None, target: int | None
) -> dict[str, Any]:
    return {
        "asset_key": check.asset_key.to_string(),
        "check_name": check.check_name,
        "partition": day,
        "run_id": stored.event.run_id,
        "execution_status": status.value,
        "evaluation_event": stored.row["event"],
        "evaluation_event_timestamp": stored.row["timestamp"],
        "evaluation_event_storage_id": stored.number,
        "materialization_event_storage_id": target,
    }


def _replaces(conn: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Was there a plan of this run, in whose place this result of all days now stands?"""
    if not row["run_id"]:  # reported by hand, not by a run
        return False
    of_plan = [CHECKS.c[name] == row[name] for name in ("asset_key", "check_name", "run_id")]
    return conn.execute(sa.update(CHECKS).where(*of_plan, CHECKS.c.partition.is_(None)).values(**row)).rowcount > 0


def store_assets(
    conn: sa.Connection, stored: Iterable[Stored], values_of: Callable[[EventLogEntry, int], Mapping[str, Any]]
) -> None:
    """The newest that is known of each asset. `values_of`: the columns that an event sets."""
    newest: dict[str, dict[Any, Stored]] = {}  # of each asset the last event of each type, the last one last
    for one in stored:
        if one.kind in ASSET_EVENTS and (key := one.row["asset_key"]):
            of_asset = newest.setdefault(key, {})
            of_asset.pop(one.kind, None)
            of_asset[one.kind] = one
    for key, of_asset in newest.items():
        values: dict[str, Any] = {}
        for one in of_asset.values():
            values |= values_of(one.event, one.number)
        if values:
            new = sqlite.insert(ASSETS).values(asset_key=key, **values)
            conn.execute(new.on_conflict_do_update(index_elements=["asset_key"], set_=values))
