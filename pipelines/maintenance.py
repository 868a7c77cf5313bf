"""Maintenance of a home as Dagster assets, one for each part: those of lake and ledger, and Dagster's own store.

The command and the weekly job both take the parts from here.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import dagster as dg

from pipelines.dagster_store import retention as run_retention
from pipelines.keys import MAINTENANCE_POOL
from pipelines.resources import Platform
from warehouse import maintenance
from warehouse.home import Home
from warehouse.maintenance import MaintenanceResult

ASSETS = ("madang", "maintenance")
PARTS = {
    "compact": "The ledger's small files become one for each table and month",
    "checkpoint": "The log of each table of lake and ledger gets a checkpoint, and old entries go",
    "vacuum": "Files of lake and ledger go that are not live, not named by a kept published version, and old",
    "parse_cache": "Parsed deliveries that nobody has used for a week go",
    "private_modes": "Private folders and their files become their owner's alone where they are not",
    "unfinished": "Files go that somebody who was killed a day ago or more has begun and not finished",
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
        return run_retention.remove_old_runs(home, store, dry_run=dry_run)
    work = maintenance.PARTS[part]
    if part == "vacuum" and retention is not None:
        work = partial(work, retention=retention)
    return work(home, dry_run=dry_run)


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
        pool=MAINTENANCE_POOL,
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
