"""ledger.removal: what was taken out of the home and why, without a value of it. Rows are added, as everywhere in the
ledger: a removal begins with one, and each of its later states is another."""

from __future__ import annotations

import polars as pl

from warehouse.ledger.declared import TEXTS, TIME, LedgerColumn, LedgerTable

REMOVAL = LedgerTable(
    "removal",
    (
        LedgerColumn("removal_id", pl.String, "Removal; each of its states is a row"),
        LedgerColumn("city", pl.String, "City pack"),
        LedgerColumn("feed", pl.String, "Feed whose rows were taken out"),
        LedgerColumn(
            "action",
            pl.String,
            "withdraw (somebody asked for it: rows and all that is made of them), allow (its days may come again), "
            "retention (older than the contract keeps them), contract_over, or returned (deliveries with withdrawn "
            "days, which came again)",
        ),
        LedgerColumn(
            "state",
            pl.String,
            "begun (decided: nothing of these days is fetched or used any more), deleted (rows, what is made of them "
            "and published files) or done (Dagster's store, too)",
        ),
        LedgerColumn("day_from", pl.Date, "First day that it is about; null for all before"),
        LedgerColumn("day_to", pl.Date, "Last day that it is about; null for all after"),
        LedgerColumn("deliveries", TEXTS, "SHA-256 of the deliveries that went, of all their days"),
        LedgerColumn("batches", TEXTS, "Batches that went, those that were made of others among them"),
        LedgerColumn("rows_removed", pl.Int64, "Rows of the feed that went"),
        LedgerColumn("values_removed", pl.Int64, "Values that went from the record of published values"),
        LedgerColumn("files_removed", pl.Int64, "Files that were removed below the home"),
        LedgerColumn("size_bytes", pl.Int64, "Their size"),
        LedgerColumn("versions_removed", pl.Int64, "Kept published files that were removed, as they held it"),
        LedgerColumn("asked_by", pl.String, "Account that asked for it; null where the contract did"),
        LedgerColumn("run_id", pl.String, "Run, or call of the command"),
        LedgerColumn("recorded_at", TIME, "When, UTC"),
    ),
    order=("city", "feed", "recorded_at"),
    in_memory=True,
    part=("city", "feed"),
)
