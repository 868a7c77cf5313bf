"""The last step of a withdrawal: Dagster's store forgets what it shows of the tables that were made of the rows.

Pages of a table of values have pictures of its series, and SQLite keeps in its files what is deleted in them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets.removal.enforce import tell_done, unfinished_withdrawals
from assets.terms.standing import DELETED, DONE
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import ledger

_PATIENCE_S = 60.0  # for another process that writes the same file


def finish_withdrawals(home: Home, store: dg.DagsterInstance | None, run_id: str) -> None:
    """Bring withdrawals of which rows and published files are gone to their end. `store`: None where there is none."""
    there = unfinished_withdrawals(home, state=DONE).join(
        unfinished_withdrawals(home, state=DELETED), on="removal_id", how="anti"
    )
    for row in there.to_dicts():
        if store is not None:
            _forget(home, store, row)
        failpoint("removal.dagster")
        told = ledger.rows_about(home, "removal", row["city"], row["feed"])
        (deleted,) = told.filter(pl.col("removal_id") == row["removal_id"], pl.col("state") == DELETED)[:1].to_dicts()
        tell_done(home, deleted, run_id)


def _forget(home: Home, store: dg.DagsterInstance, row: dict[str, Any]) -> None:
    batches = ledger.read(home, "batch").filter(pl.col("batch_id").is_in(list(row["batches"]))).collect()
    tables = set(batches.select("layer", "table_name").iter_rows()) | {("raw", row["feed"]), ("core", row["feed"])}
    keys = [dg.AssetKey([row["city"], layer, table]) for layer, table in sorted(tables)]
    store.wipe_assets(keys)
    for file in sorted((home.dagster / "history" / "runs").glob("*.db")):
        _without_events(file, [key.to_string() for key in keys])


def _without_events(file: Path, keys: Sequence[str]) -> None:
    """Take the events of these assets out of a file of runs, and write the file as a new one."""
    marks = ", ".join("?" * len(keys))
    with contextlib.closing(sqlite3.connect(file, timeout=_PATIENCE_S, isolation_level=None)) as con:
        if not con.execute("SELECT 1 FROM sqlite_master WHERE name = 'event_logs'").fetchall():
            return
        gone = con.execute(f"DELETE FROM event_logs WHERE asset_key IN ({marks})", list(keys)).rowcount
        if gone or file.stem == "index":
            con.execute("VACUUM")
            con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
