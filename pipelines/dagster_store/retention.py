"""How long Dagster's store keeps runs. The outcome of a run is in the ledger, which keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES

from warehouse.home import Home
from warehouse.maintenance import MaintenanceResult

KEPT = timedelta(days=90)  # a season of runs to look at in Dagster's pages; a night of 22 feeds takes 9 MB
BATCH = 100  # runs in one query


def remove_old_runs(
    home: Home, store: dg.DagsterInstance | None, retention: timedelta = KEPT, *, dry_run: bool = False
) -> MaintenanceResult:
    """Remove runs that ended before the retention, through Dagster's own API, and what that leaves behind.

    Left behind are the file with a run's events and its check results, 6 of the 9 MB of a night. Days older than
    this are shown as not made in Dagster's pages. `store`: None where Dagster was never used.
    """
    files = _files(home)
    before, size_before = len(files), sum(files.values())
    files_of_run: dict[str, list[Path]] = {}
    for path in files:
        files_of_run.setdefault(_run_of(path.relative_to(home.dagster)), []).append(path)
    removed = size_removed = 0
    old = dg.RunsFilter(statuses=list(FINISHED_STATUSES), updated_before=datetime.now(UTC) - retention)
    cursor = None
    while store is not None and (run_ids := store.get_run_ids(old, cursor=cursor, limit=BATCH)):
        cursor = run_ids[-1] if dry_run else None
        for run_id in run_ids:
            paths = files_of_run.get(run_id, [])
            removed, size_removed = removed + len(paths), size_removed + sum(files[path] for path in paths)
            if not dry_run:
                _remove(store, run_id)
    after, size_after = before - removed, size_before - size_removed
    if not dry_run:
        left = _files(home)
        after, size_after = len(left), sum(left.values())
    return MaintenanceResult("runs", "files of Dagster's store", before, after, size_before, size_after)


def _remove(store: dg.DagsterInstance, run_id: str) -> None:
    """The run itself goes last: if the process is killed before, this is done again."""
    from dagster._core.storage.event_log import SqliteEventLogStorage  # SQLAlchemy and Alembic: 0.4 s of each start
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable

    events = store.event_log_storage
    if isinstance(events, SqliteEventLogStorage):
        with events.index_connection() as index:
            index.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
    events.delete_events(run_id)
    store.compute_log_manager.delete_logs(prefix=[run_id])
    if isinstance(events, SqliteEventLogStorage):
        for end in ("", "-wal", "-shm"):
            Path(events.path_for_shard(run_id) + end).unlink(missing_ok=True)
    store.run_storage.delete_run(run_id)


def _run_of(path: Path) -> str:
    """The run whose own file or folder this is: both begin with its id of 36 letters."""
    return next((part[:36] for part in path.parts if part[8:9] == part[13:14] == "-"), "")


def _files(home: Home) -> dict[Path, int]:
    return {path: path.stat().st_size for path in home.dagster.rglob("*") if path.is_file()}
