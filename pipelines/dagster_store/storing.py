"""What Dagster's index has of events: the tables from which its pages show assets, checks and the state of runs.

Rows are those that Dagster writes; here those of many events go into one transaction, and each event is written as text
once. Only planned checks of a range of days get no row (`planned_checks` tells why).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    AssetMaterializationPlannedData,
    DagsterEventType,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from sqlalchemy.dialects import sqlite

EVENTS, CHECKS, ASSETS = SqlEventLogStorageTable, AssetCheckExecutionsTable, AssetKeyTable
_INDEXED = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)
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


def planned_for_its_day(event: EventLogEntry) -> EventLogEntry:
    """A planned materialisation of one day names that day, so that it is red where nothing was made of it.

    Of a range none is named: most of its days have no delivery, and a failed run would turn all of them red.
    """
    if not event.is_dagster_event or event.dagster_event_type != DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
        return event
    of_asset = event.get_dagster_event()
    planned = of_asset.asset_materialization_planned_data
    days = [] if planned.partitions_subset is None else list(planned.partitions_subset.get_partition_keys())
    if len(days) != 1:
        return event
    of_day = AssetMaterializationPlannedData(planned.asset_key, partition=days[0])
    return event._replace(dagster_event=of_asset._replace(event_specific_data=of_day))


def add_rows(conn: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add rows to the table of events. The number of the first; the others follow it without a gap.

    SQLite gives each row the number after the greatest, and within a transaction nobody else writes.
    """
    conn.execute(EVENTS.insert(), list(rows))
    return conn.exec_driver_sql("SELECT last_insert_rowid()").scalar_one() - len(rows) + 1


def store_checks(conn: sa.Connection, stored: Iterable[Stored]) -> None:
    """What is planned and what was found of checks. A result takes the place of the plan of its run."""
    stored = list(stored)
    planned = [
        row
        for one in stored
        if one.kind == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
        for row in planned_checks(one)
    ]
    found = [_found(one) for one in stored if one.kind == DagsterEventType.ASSET_CHECK_EVALUATION]
    if of_days := [row for row in (*planned, *found) if row["partition"] is not None]:
        conn.execute(_RESULT, of_days)
    if of_plan := [row for row in planned if row["partition"] is None]:
        conn.execute(CHECKS.insert(), of_plan)
    last = {  # of several results of all days the last one counts, but each that was reported by hand
        (row["asset_key"], row["check_name"], row["run_id"] or n): row
        for n, row in enumerate(found)
        if row["partition"] is None
    }
    if new := [row for row in last.values() if not _replaces(conn, row)]:
        conn.execute(CHECKS.insert(), new)


def planned_checks(stored: Stored) -> Iterator[dict[str, Any]]:
    """The rows of a check that a run intends to make: for its one day, or for all days where they have no results each.

    None for a range: most of its days are settled and are not reported again, and Dagster would show them as skipped
    from then on. It would be a row for each day, check and run besides.
    """
    planned: Any = stored.event.get_dagster_event().event_specific_data
    days = [None] if planned.partitions_subset is None else list(planned.partitions_subset.get_partition_keys())
    if len(days) == 1:
        yield _row(stored, planned, AssetCheckExecutionRecordStatus.PLANNED, days[0], None)


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
