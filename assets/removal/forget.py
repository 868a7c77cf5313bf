"""The ledger and the published files without what was withdrawn: records of values, samples, quarantine, versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from assets.pack.city import City
from assets.removal.plan import RemovalPlan, made_of_gone
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import beside, connect, folder
from warehouse.published.connect import UnreadableError
from warehouse.published.place import tier_folders

_WITHDRAWN = "the rows were withdrawn"


def forget(home: Home, city: City, plan: RemovalPlan) -> None:
    """Take the values out of the ledger's rows about what goes. How many rows, which rules and which hashes stay."""

    def without_records(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.filter(~made_of_gone(city, plan, rows))

    gone = pl.col("batch_id").is_in(list(plan.batches))
    nothing = pl.lit(None, pl.String)

    def without_samples(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            pl.when(gone).then(nothing).otherwise(pl.col(name)).alias(name)
            for name in ("samples", "observed")
            if name in rows.columns
        )

    public = not city.contracts[plan.feed].private

    def without_reason(rows: pl.DataFrame) -> pl.DataFrame:  # of a private feed it quotes nothing
        reason = pl.when(gone & public).then(pl.lit(_WITHDRAWN)).otherwise(pl.col("reason"))
        return without_samples(rows).with_columns(reason.alias("reason"))

    def without_details(rows: pl.DataFrame) -> pl.DataFrame:
        of_feed = (pl.col("city") == plan.city) & (pl.col("feed") == plan.feed)
        of_these = of_feed & pl.col("sha256").is_in(list(plan.deliveries))
        return rows.with_columns(pl.when(of_these).then(nothing).otherwise(pl.col("detail")).alias("detail"))

    ledger.rewrite(home, "value_history", without_records)
    ledger.rewrite(home, "quarantine", lambda rows: rows.filter(~gone.fill_null(value=False)))
    ledger.rewrite(home, "rule_result", without_samples)
    ledger.rewrite(home, "verdict", without_reason)
    ledger.rewrite(home, "attempt", without_details)


def remove_versions(
    home: Home, plans: Sequence[RemovalPlan], live: int | None, tell: Callable[[Mapping[str, list[str]]], None]
) -> tuple[int, int]:
    """Remove the kept versions, but the one that is `live`, that hold what was taken out, and the files of tiers that
    were made of an earlier publication. How many, and their bytes.

    tell: writes down which releases of which tiers go, before they do, so that a kill in between loses no row.

    Which publication a tier was made of it says itself: a release that had begun before may have ended a moment ago.
    """
    removed = size = 0
    with folder.releasing(home), folder.locked(home):
        kept = folder.version_files(home)
        own = [path for number, path in kept.items() if number != live and holds_any(path, plans)]
        of_tiers = sorted({*home.published.rglob("*.duckdb")} - {home.published_file, *kept.values()})
        # what those files showed, which is made again from those that are kept, what a killed release left, and the
        # values and rows that one keeps for the next
        for pattern in ("shown/*/*", "rows/*/*", "base-*", "kept-*"):
            for path in home.root.glob(f"disclosure/{pattern}"):
                path.unlink(missing_ok=True)
        late = [path for path in of_tiers if _made_before(path, live)]
        files = {tier.tier: folder.version_files(tier) for tier in tier_folders(home)}
        going = {
            tier: [f"{tier}/{version}" for version, path in sorted(held.items()) if path in late]
            for tier, held in files.items()
        }
        tell({tier: releases for tier, releases in going.items() if releases})
        for path in [*own, *late]:
            size, removed = size + path.stat().st_size, removed + 1
            path.unlink(missing_ok=True)
        for tier in tier_folders(home):  # a site has numbers of its file
            beside.remove_sites(tier, folder.version_files(tier) if tier.published_file.exists() else ())
    return removed, size


def _made_before(file: Path, live: int | None) -> bool:
    """Whether the file of a tier was made of a publication before the one that is `live`. One that does not say may."""
    try:
        with connect.open_file(file) as con:
            row = con.execute("SELECT published_version FROM ledger.release").fetchone()
    except (duckdb.Error, UnreadableError):
        return True
    return row is None or live is None or row[0] < live


def holds_any(file: Path, plans: Sequence[RemovalPlan]) -> bool:
    """Whether a published file holds what one of the plans takes out. One that cannot be read may."""
    try:
        with connect.connect() as con:
            connect.attach(con, file, "kept")
            con.execute("USE kept")
            return any(_holds(con, plan) for plan in plans)
    except (duckdb.Error, UnreadableError):
        return True


def _holds(con: duckdb.DuckDBPyConnection, plan: RemovalPlan) -> bool:
    batches = sorted(plan.batches)
    for table in ("metric.value", "metric.hourly", "metric.history"):
        made_of_them = con.execute(
            f"SELECT 1 FROM {table} WHERE value IS NOT NULL AND city = ? AND NOT list_contains(?::VARCHAR[], metric)"
            " AND list_has_any(batch_ids, ?::VARCHAR[]) LIMIT 1",
            [plan.city, list(plan.others), batches],
        )
        if made_of_them.fetchall():
            return True
    if con.execute(
        "SELECT 1 FROM ledger.manifest WHERE list_contains(?::VARCHAR[], input) LIMIT 1", [batches]
    ).fetchall():
        return True
    views = con.execute(
        "SELECT sql FROM duckdb_views() WHERE database_name = 'kept' AND schema_name = 'core'"
    ).fetchall()
    return any(batch in sql for (sql,) in views for batch in batches)
