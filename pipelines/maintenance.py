"""The parts of maintenance: those of the home, and Dagster's own store. The command and the weekly job share them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable

from pipelines.resources import Platform
from warehouse import maintenance
from warehouse.home import Home
from warehouse.maintenance import MaintenanceResult

RUNS = timedelta(days=90)  # a season of runs to look at in Dagster's pages; a night of 22 feeds takes 9 MB
BATCH = 100  # runs in one query
ASSETS = ("madang", "maintenance")
PARTS = {
    "compact": "The ledger's small files become one for each table and month",
    "checkpoint": "The log of each table of lake and ledger gets a checkpoint, and old entries go",
    "vacuum": "Files of lake and ledger go that are not live, not named by a kept published version, and old",
    "parse_cache": "Parsed deliveries that nobody has used for a week go",
    "runs": "Old runs go from Dagster's store, with their events and logs",
}


def do(
    part: str,
    home: Home,
    store: dg.DagsterInstance | None,
    retention: timedelta | None = None,
    *,
    dry_run: bool = False,
) -> MaintenanceResult:
    """One part. `retention` of files of lake and ledger [30 days]; other parts have their own."""
    if part == "runs":
        return runs(home, store, dry_run=dry_run)
    work = maintenance.PARTS[part]
    if part == "vacuum" and retention is not None:
        work = partial(work, retention=retention)
    return work(home, dry_run=dry_run)


def runs(
    home: Home, store: dg.DagsterInstance | None, retention: timedelta = RUNS, *, dry_run: bool = False
) -> MaintenanceResult:
    """Runs that ended before the retention go, through Dagster's own API, and what that leaves behind.

    Left behind are the file with a run's events and its check results, 6 of the 9 MB of a night. What became of the
    data is in the ledger; days older than this are shown as not made in Dagster's pages.
    """
    files = _files(home)
    before, size_before = len(files), sum(files.values())
    owned: dict[str, list[Path]] = {}
    for path in files:
        owned.setdefault(_run_of(path.relative_to(home.dagster)), []).append(path)
    gone = size_gone = 0
    old = dg.RunsFilter(statuses=list(FINISHED_STATUSES), updated_before=datetime.now(UTC) - retention)
    cursor = None
    while store is not None and (found := store.get_run_ids(old, cursor=cursor, limit=BATCH)):
        cursor = found[-1] if dry_run else None
        for run_id in found:
            own = owned.get(run_id, [])
            gone, size_gone = gone + len(own), size_gone + sum(files[path] for path in own)
            if not dry_run:
                _forget(store, run_id)
    after, size_after = before - gone, size_before - size_gone
    if not dry_run:
        left = _files(home)
        after, size_after = len(left), sum(left.values())
    return MaintenanceResult("runs", "files of Dagster's store", before, after, size_before, size_after)


def _forget(store: dg.DagsterInstance, run_id: str) -> None:
    """Last of all goes the run itself: killed before, this is done again."""
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


def assets() -> list[dg.AssetsDefinition]:
    """One asset for each part, so that its figures are seen over the weeks."""
    return [_asset(part, text) for part, text in PARTS.items()]


def keys() -> Sequence[dg.AssetKey]:
    return [dg.AssetKey([*ASSETS, part]) for part in PARTS]


def _asset(part: str, text: str) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"madang__maintenance__{part}",
        specs=[
            dg.AssetSpec(
                dg.AssetKey([*ASSETS, part]),
                group_name="maintenance",
                kinds={"table" if part != "runs" else "sqlite"},
                owners=["team:madang"],
                description=f"{text}. As `madang maintain`.",
            )
        ],
    )
    def work(context: dg.AssetExecutionContext, platform: Platform) -> Any:
        done = do(part, platform.home, context.instance)
        if done.note:
            context.log.warning(done.note)
        return dg.MaterializeResult(
            metadata={
                "files_before": done.files_before,
                "files_after": done.files_after,
                "files_gone": done.files_gone,
                "bytes_before": done.bytes_before,
                "bytes_after": done.bytes_after,
                "bytes_gone": done.bytes_gone,
            }
            | ({"note": done.note} if done.note else {})
        )

    return work
