"""The ledger's tables: what their columns hold."""

from __future__ import annotations

import polars as pl

from warehouse.ledger.declared import TEXTS as _TEXTS
from warehouse.ledger.declared import TIME as _TIME
from warehouse.ledger.declared import LedgerColumn, LedgerTable
from warehouse.ledger.released import RELEASE
from warehouse.ledger.removed import REMOVAL

ATTEMPT = LedgerTable(
    "attempt",
    (
        LedgerColumn("city", pl.String, "City pack the feed belongs to"),
        LedgerColumn("feed", pl.String, "Feed, as its contract is named; null for not_read"),
        LedgerColumn("source", pl.String, "Where it was asked from: live, files or simulated"),
        LedgerColumn("delivery", pl.String, "Name under which the partner delivered it; null when nothing was found"),
        LedgerColumn(
            "asked_day",
            pl.Date,
            "Day a service was asked for, null for a file and for what is asked for no day; for missing the day that "
            "was due",
        ),
        LedgerColumn("asked_at", _TIME, "When the service was asked, UTC; null for a file"),
        LedgerColumn("sha256", pl.String, "SHA-256 of the bytes as received, the name of the landed object"),
        LedgerColumn("size_bytes", pl.Int64, "Bytes as received"),
        LedgerColumn("modified_at", _TIME, "Last change of the file in the drop folder; null for what a service sent"),
        LedgerColumn(
            "status",
            pl.String,
            "landed (new), known (landed before; one row for all files that are untouched since), duplicate (same "
            "bytes, other name), parsed, empty (the service has nothing), missing, failed, not_due (rows of "
            "days before those that a night looks at), stopped (not fetched: the contract has ended, or the feed is "
            "withdrawn), barred (files that were removed and are not taken again) or not_read (files that "
            "no contract reads; of no feed)",
        ),
        LedgerColumn("code", pl.String, "Failure code, e.g. FILE-HTML"),
        LedgerColumn("detail", pl.String, "What happened, where, and what to do"),
        LedgerColumn("transient", pl.Boolean, "True when trying again may help"),
        LedgerColumn("rows_read", pl.Int64, "Rows in the delivery, those without a readable day included"),
        LedgerColumn(
            "rows_undated", pl.Int64, "Rows without a readable day: quarantined under the delivery's own batch"
        ),
        LedgerColumn("rows_blank", pl.Int64, "Lines without any value: not data"),
        LedgerColumn("rows_outside", pl.Int64, "Rows of days that cannot be expected from this delivery"),
        LedgerColumn(
            "cells_normalised", pl.Int64, "Texts that were changed by NFC, or lost white space or zero-width signs"
        ),
        LedgerColumn(
            "guesses", _TEXTS, "What was decided from the bytes and not declared in the contract, a sentence each"
        ),
        LedgerColumn("units", _TEXTS, "What was converted: column, unit as delivered and unit in which it is stored"),
        LedgerColumn("day_min", pl.Date, "First day the delivery has rows for"),
        LedgerColumn("day_max", pl.Date, "Last day the delivery has rows for"),
        LedgerColumn("requests", pl.Int64, "Requests sent to the service for it"),
        LedgerColumn("contract_hash", pl.String, "Contract it was read under"),
        LedgerColumn(
            "read_by", pl.String, "For parsed: version of the code that read it; null in rows before 2026-11-30"
        ),
        LedgerColumn("run_id", pl.String, "Run that tried"),
        LedgerColumn("recorded_at", _TIME, "When, UTC"),
    ),
    order=("city", "feed", "recorded_at"),
    in_memory=True,
    part=("city", "feed"),
)
BATCH = LedgerTable(
    "batch",
    (
        LedgerColumn(
            "batch_id", pl.String, "Hash of city, layer, table, day, contract and inputs: same input, same id"
        ),
        LedgerColumn("city", pl.String, "City pack"),
        LedgerColumn("layer", pl.String, "core, mart or metric; delivery for rows that no day could be read from"),
        LedgerColumn("table_name", pl.String, "Table of the layer"),
        LedgerColumn("day", pl.Date, "Day of the rows, in the city's time zone"),
        LedgerColumn("source", pl.String, "Source kind of the inputs: live, files or simulated"),
        LedgerColumn("state", pl.String, "committed (live in the lake) or held (not visible to anybody)"),
        LedgerColumn(
            "rows_read", pl.Int64, "Rows that came in; equals kept + quarantined + replaced + repeated + contradicted"
        ),
        LedgerColumn("rows_kept", pl.Int64, "Rows in the audited file"),
        LedgerColumn("rows_quarantined", pl.Int64, "Rows held back, each with its rule in ledger.quarantine"),
        LedgerColumn(
            "rows_replaced",
            pl.Int64,
            "Rows whose key came again in a later delivery, or with a greater correction column; in batches made "
            "before 2026-11-28 all rows that gave way to another row of their key",
        ),
        LedgerColumn("rows_repeated", pl.Int64, "Rows that are the same line again in one delivery"),
        LedgerColumn(
            "rows_contradicted",
            pl.Int64,
            "Rows of a key that is there again in the same delivery with other values: the last one counts, or with "
            "`combine: sum` all are added up",
        ),
        LedgerColumn(
            "input_deliveries",
            _TEXTS,
            "SHA-256 of the deliveries it was made from, in the order in which they count: the last one wins",
        ),
        LedgerColumn("input_batches", _TEXTS, "Batches it was made from"),
        LedgerColumn(
            "code_version",
            pl.String,
            "Version of the code that made it of batches; of rows without a day the one that read their delivery "
            "again; null for core",
        ),
        LedgerColumn("pack_version", pl.String, "Version of the city pack it was made with; null for core"),
        LedgerColumn("contract_hash", pl.String, "Contract that decided"),
        LedgerColumn("run_id", pl.String, "Run that made it"),
        LedgerColumn("recorded_at", _TIME, "When, UTC"),
    ),
    order=("city", "layer", "table_name", "day", "recorded_at"),
    in_memory=True,
    part=("city", "layer", "table_name"),
)
RULE_RESULT = LedgerTable(
    "rule_result",
    (
        LedgerColumn("batch_id", pl.String, "Batch the rule was evaluated on"),
        LedgerColumn("city", pl.String, "City pack"),
        LedgerColumn("layer", pl.String, "core, mart or metric; published for the file as a whole"),
        LedgerColumn("table_name", pl.String, "Table"),
        LedgerColumn("day", pl.Date, "Day of the batch"),
        LedgerColumn("rule", pl.String, "Code of the rule in the contract"),
        LedgerColumn("title", pl.String, "The rule in words"),
        LedgerColumn("severity", pl.String, "critical (blocks), warning (is shown) or info (is recorded)"),
        LedgerColumn("status", pl.String, "pass, fail or error (could not be evaluated: closes the gate)"),
        LedgerColumn("evaluated", pl.Int64, "Rows the rule was evaluated on"),
        LedgerColumn("unexpected", pl.Int64, "Rows that break it"),
        LedgerColumn("tolerance", pl.Float64, "Share of rows that may break it"),
        LedgerColumn("observed", pl.String, "What was seen"),
        LedgerColumn("samples", pl.String, "Some failing rows as JSON; of private feeds their lines alone"),
        LedgerColumn("run_id", pl.String, "Run that evaluated"),
        LedgerColumn("recorded_at", _TIME, "When, UTC"),
    ),
    order=("city", "layer", "table_name", "day", "recorded_at", "rule"),
)
VERDICT = LedgerTable(
    "verdict",
    (
        LedgerColumn("batch_id", pl.String, "Batch that was judged"),
        LedgerColumn("city", pl.String, "City pack"),
        LedgerColumn("layer", pl.String, "core, mart or metric; published for the file as a whole"),
        LedgerColumn("table_name", pl.String, "Table"),
        LedgerColumn("day", pl.Date, "Day of the batch"),
        LedgerColumn("verdict", pl.String, "PASS, WARN, BLOCK or ERROR; only PASS and WARN are committed"),
        LedgerColumn("rules_failed", _TEXTS, "Codes of the rules that failed or could not be evaluated"),
        LedgerColumn("reason", pl.String, "Why, in one sentence"),
        LedgerColumn("samples", pl.String, "Some rows that broke the rules which closed the gate, as JSON"),
        LedgerColumn("contract_hash", pl.String, "Contract that decided"),
        LedgerColumn("run_id", pl.String, "Run that judged"),
        LedgerColumn("recorded_at", _TIME, "When, UTC"),
    ),
    order=("city", "layer", "table_name", "day", "recorded_at"),
    in_memory=True,
    part=("city", "layer", "table_name"),
)
PUBLICATION = LedgerTable(
    "publication",
    (
        LedgerColumn("version", pl.Int64, "Number of the publication, counting up"),
        LedgerColumn("action", pl.String, "publish or rollback"),
        LedgerColumn("restored", pl.Int64, "For a rollback: the version that was put back"),
        LedgerColumn("content_hash", pl.String, "Hash of what the file holds; equal when nothing changed"),
        LedgerColumn("values_total", pl.Int64, "Rows of metric.value"),
        LedgerColumn("values_changed", pl.Int64, "Values that differ from the publication before"),
        LedgerColumn("run_id", pl.String, "Run that published"),
        LedgerColumn("recorded_at", _TIME, "When, UTC"),
    ),
    order=("version",),
    in_memory=True,
)
QUARANTINE = LedgerTable(
    "quarantine",
    (
        LedgerColumn("batch_id", pl.String, "Batch the row was held back from"),
        LedgerColumn("city", pl.String, "City pack"),
        LedgerColumn("table_name", pl.String, "Core table"),
        LedgerColumn("day", pl.Date, "Day of the batch"),
        LedgerColumn(
            "scope", pl.String, "row (the whole row is held back) or cell (one value was set to null, the row stays)"
        ),
        LedgerColumn("rules", _TEXTS, "Codes of all the rules the row breaks"),
        LedgerColumn("column_name", pl.String, "For a cell: its column"),
        LedgerColumn(
            "value",
            pl.String,
            "For a cell: the text as received, or of a value that a rule made null the value in the unit of its "
            "column; null for private feeds",
        ),
        LedgerColumn("row", pl.String, "The row as JSON; null for private feeds, see `madang quarantine show`"),
        LedgerColumn("sha256", pl.String, "Landed object it came in"),
        LedgerColumn("line", pl.Int64, "Line (CSV), row (XLSX) or element (JSON) in it"),
    ),
    order=("city", "table_name", "day", "batch_id", "sha256", "line"),
)
RUN = LedgerTable(
    "run",
    (
        LedgerColumn("run_id", pl.String, "Run of Dagster"),
        LedgerColumn("city", pl.String, "City pack; null for a run of all cities, as the publication is"),
        LedgerColumn("kind", pl.String, "fetch, build, publish or maintain"),
        LedgerColumn("night", pl.Date, "Night that it is of: the day that had ended; null for a backfill"),
        LedgerColumn("began_at", _TIME, "When its first step could begin, UTC"),
        LedgerColumn("seconds", pl.Float64, "From then to the end of its last step"),
        LedgerColumn(
            "cpu_seconds",
            pl.Float64,
            "Seconds of processor that its process and those that it began took in this time, for themselves and for "
            "the system",
        ),
        LedgerColumn("recorded_at", _TIME, "When, UTC"),
    ),
    order=("recorded_at",),
    in_memory=True,
)
VALUE_HISTORY = LedgerTable(
    "value_history",
    (
        LedgerColumn("version", pl.Int64, "Publication that brought this value"),
        LedgerColumn("city", pl.String, "City pack"),
        LedgerColumn("area", pl.String, "Area code"),
        LedgerColumn("metric", pl.String, "Metric"),
        LedgerColumn("period", pl.String, "hour, day, month, quarter or year"),
        LedgerColumn("period_start", pl.Date, "First day of the period"),
        LedgerColumn("value", pl.Float64, "Value as published then; null when absent"),
        LedgerColumn("status", pl.String, "Status as published then; withdrawn when it was no longer published"),
        LedgerColumn("reason", pl.String, "Reason as published then"),
        LedgerColumn("batch_ids", _TEXTS, "Batches it was computed from when it was first published so"),
        LedgerColumn("published_at", _TIME, "When, UTC"),
    ),
    order=("version", "city", "metric", "area", "period", "period_start"),
)

TABLES = {
    table.name: table
    for table in (ATTEMPT, BATCH, RULE_RESULT, VERDICT, PUBLICATION, RELEASE, QUARANTINE, REMOVAL, RUN, VALUE_HISTORY)
}
