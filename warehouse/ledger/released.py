"""ledger.release: what left the home, to whom, under which rules, and what was refused or taken back."""

from __future__ import annotations

import polars as pl

from warehouse.ledger.declared import TEXTS, TIME, LedgerColumn, LedgerTable

RELEASE = LedgerTable(
    "release",
    (
        LedgerColumn("tier", pl.String, "Who gets it: open, or partner/<name>"),
        LedgerColumn(
            "version", pl.Int64, "Number of the release, counting up in each tier; of a refusal the one that stays"
        ),
        LedgerColumn(
            "action",
            pl.String,
            "release, rollback, withdraw (versions alone went), refuse (the last file stays) or end (all files went)",
        ),
        LedgerColumn("published_version", pl.Int64, "Publication that it was made of"),
        LedgerColumn("restored", pl.Int64, "For a rollback: the release that was put back"),
        LedgerColumn("title", pl.String, "Whom it is for"),
        LedgerColumn("until", pl.Date, "Last day of the contract; null of the open file"),
        LedgerColumn("cities", TEXTS, "Cities that are in it"),
        LedgerColumn("parameters", pl.String, "Hash of the secret rules, made with the key of the home"),
        LedgerColumn("made_of", pl.String, "Hash of all that decides what is in the file; equal when nothing changed"),
        LedgerColumn("cells", pl.Int64, "Cells of private feeds that were judged"),
        LedgerColumn("free", pl.Int64, "Those that may be seen (F)"),
        LedgerColumn("few", pl.Int64, "Hidden as too few stand behind them (A)"),
        LedgerColumn("dominated", pl.Int64, "Hidden as one of few says most of them (C)"),
        LedgerColumn("secondary", pl.Int64, "Hidden as they would give another one away (D)"),
        LedgerColumn("not_known", pl.Int64, "Hidden as nobody knows how many stand behind them (N)"),
        LedgerColumn(
            "exposed", pl.Int64, "Hidden cells that the attacker found from all that is shown; 0 in a release"
        ),
        LedgerColumn(
            "values_changed",
            pl.Int64,
            "Of the open tier: newest values of public metrics that differ from those of the release before; null "
            "where there is none, or none that can be read",
        ),
        LedgerColumn("withdrawn", TEXTS, "Releases that were removed, as they show what must not be seen any more"),
        LedgerColumn("detail", pl.String, "Why it was refused, withdrawn or ended"),
        LedgerColumn("who", pl.String, "Login under which it was released"),
        LedgerColumn("run_id", pl.String, "Run that released"),
        LedgerColumn("recorded_at", TIME, "When, UTC"),
    ),
    order=("tier", "version"),
    in_memory=True,
)
