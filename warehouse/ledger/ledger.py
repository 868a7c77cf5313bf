"""The ledger: append-only Delta tables that say what was tried, kept, held back and published, and why.

Rows are added, never changed. Everything that has an outcome writes a row, passes too: "passed" and
"not run" must not look alike. What the rows mean is in TABLES; deciding anything is not done here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from warehouse.home import Home
from warehouse.ledger import storage

_TEXTS = pl.List(pl.String)
_TIME = pl.Datetime("us", "UTC")

ATTEMPT: dict[str, tuple[Any, str]] = {
    "city": (pl.String, "City pack the feed belongs to"),
    "feed": (pl.String, "Feed, as its contract is named"),
    "source": (pl.String, "Where it was asked from: live, files or simulated"),
    "delivery": (pl.String, "Name under which the partner delivered it; null when nothing was found"),
    "asked_day": (pl.Date, "Day a service was asked for; null for a file and for what is asked for no day"),
    "asked_at": (_TIME, "When the service was asked, UTC; null for a file"),
    "sha256": (pl.String, "SHA-256 of the bytes as received, the name of the landed object"),
    "size_bytes": (pl.Int64, "Bytes as received"),
    "modified_at": (_TIME, "Last change of the file in the drop folder; null for what a service sent"),
    "status": (
        pl.String,
        "landed (new), known (landed before; one row for all files that are untouched since), duplicate (same "
        "bytes, other name), parsed, empty (the service has nothing), missing or failed",
    ),
    "code": (pl.String, "Failure code, e.g. FILE-HTML"),
    "detail": (pl.String, "What happened, where, and what to do"),
    "transient": (pl.Boolean, "True when trying again may help"),
    "rows_read": (pl.Int64, "Rows in the delivery, those without a readable day included"),
    "rows_undated": (pl.Int64, "Rows without a readable day: quarantined under the delivery's own batch"),
    "rows_blank": (pl.Int64, "Lines without any value: not data"),
    "day_min": (pl.Date, "First day the delivery has rows for"),
    "day_max": (pl.Date, "Last day the delivery has rows for"),
    "requests": (pl.Int64, "Requests sent to the service for it"),
    "contract_hash": (pl.String, "Contract it was read under"),
    "run_id": (pl.String, "Run that tried"),
    "recorded_at": (_TIME, "When, UTC"),
}
BATCH: dict[str, tuple[Any, str]] = {
    "batch_id": (pl.String, "Hash of city, layer, table, day, contract and inputs: same input, same id"),
    "city": (pl.String, "City pack"),
    "layer": (pl.String, "core, mart or metric; delivery for rows that no day could be read from"),
    "table_name": (pl.String, "Table of the layer"),
    "day": (pl.Date, "Day of the rows, in the city's time zone"),
    "source": (pl.String, "Source kind of the inputs: live, files or simulated"),
    "state": (pl.String, "committed (live in the lake) or held (not visible to anybody)"),
    "rows_read": (pl.Int64, "Rows that came in; equals kept + quarantined + superseded"),
    "rows_kept": (pl.Int64, "Rows in the audited file"),
    "rows_quarantined": (pl.Int64, "Rows held back, each with its rule in ledger.quarantine"),
    "rows_superseded": (
        pl.Int64,
        "Rows replaced by a later delivery or merged into another row of the same key",
    ),
    "input_deliveries": (_TEXTS, "SHA-256 of the deliveries it was made from"),
    "input_batches": (_TEXTS, "Batches it was made from"),
    "code_version": (pl.String, "Version of the code that made it of batches; null for core"),
    "pack_version": (pl.String, "Version of the city pack it was made with; null for core"),
    "contract_hash": (pl.String, "Contract that decided"),
    "run_id": (pl.String, "Run that made it"),
    "recorded_at": (_TIME, "When, UTC"),
}
RULE_RESULT: dict[str, tuple[Any, str]] = {
    "batch_id": (pl.String, "Batch the rule was evaluated on"),
    "city": (pl.String, "City pack"),
    "layer": (pl.String, "core, mart or metric; published for the file as a whole"),
    "table_name": (pl.String, "Table"),
    "day": (pl.Date, "Day of the batch"),
    "rule": (pl.String, "Code of the rule in the contract"),
    "title": (pl.String, "The rule in words"),
    "severity": (pl.String, "critical (blocks), warning (is shown) or info (is recorded)"),
    "status": (pl.String, "pass, fail or error (could not be evaluated: closes the gate)"),
    "evaluated": (pl.Int64, "Rows the rule was evaluated on"),
    "unexpected": (pl.Int64, "Rows that break it"),
    "tolerance": (pl.Float64, "Share of rows that may break it"),
    "observed": (pl.String, "What was seen"),
    "samples": (pl.String, "Some failing rows as JSON; values of restricted columns are masked"),
    "run_id": (pl.String, "Run that evaluated"),
    "recorded_at": (_TIME, "When, UTC"),
}
VERDICT: dict[str, tuple[Any, str]] = {
    "batch_id": (pl.String, "Batch that was judged"),
    "city": (pl.String, "City pack"),
    "layer": (pl.String, "core, mart or metric; published for the file as a whole"),
    "table_name": (pl.String, "Table"),
    "day": (pl.Date, "Day of the batch"),
    "verdict": (pl.String, "PASS, WARN, BLOCK or ERROR; only PASS and WARN are committed"),
    "rules_failed": (_TEXTS, "Codes of the rules that failed or could not be evaluated"),
    "reason": (pl.String, "Why, in one sentence"),
    "samples": (pl.String, "Some rows that broke the rules which closed the gate, as JSON"),
    "contract_hash": (pl.String, "Contract that decided"),
    "run_id": (pl.String, "Run that judged"),
    "recorded_at": (_TIME, "When, UTC"),
}
PUBLICATION: dict[str, tuple[Any, str]] = {
    "version": (pl.Int64, "Number of the publication, counting up"),
    "action": (pl.String, "publish or rollback"),
    "restored": (pl.Int64, "For a rollback: the version that was put back"),
    "content_hash": (pl.String, "Hash of what the file holds; equal when nothing changed"),
    "values_total": (pl.Int64, "Rows of metric.value"),
    "values_changed": (pl.Int64, "Values that differ from the publication before"),
    "run_id": (pl.String, "Run that published"),
    "recorded_at": (_TIME, "When, UTC"),
}
QUARANTINE: dict[str, tuple[Any, str]] = {
    "batch_id": (pl.String, "Batch the row was held back from"),
    "city": (pl.String, "City pack"),
    "table_name": (pl.String, "Core table"),
    "day": (pl.Date, "Day of the batch"),
    "scope": (
        pl.String,
        "row (the whole row is held back) or cell (one value was set to null, the row stays)",
    ),
    "rules": (_TEXTS, "Codes of all the rules the row breaks"),
    "column_name": (pl.String, "For a cell: its column"),
    "value": (pl.String, "For a cell: the value as received"),
    "row": (pl.String, "The row as JSON, restricted columns masked"),
    "sha256": (pl.String, "Landed object it came in"),
    "line": (pl.Int64, "Line (CSV), row (XLSX) or element (JSON) in it"),
}
VALUE_HISTORY: dict[str, tuple[Any, str]] = {
    "version": (pl.Int64, "Publication that brought this value"),
    "city": (pl.String, "City pack"),
    "area": (pl.String, "Area code"),
    "metric": (pl.String, "Metric"),
    "period": (pl.String, "hour, day, month, quarter or year"),
    "period_start": (pl.Date, "First day of the period"),
    "value": (pl.Float64, "Value as published then; null when absent"),
    "status": (pl.String, "Status as published then; withdrawn when it was no longer published"),
    "reason": (pl.String, "Reason as published then"),
    "batch_ids": (_TEXTS, "Batches it was computed from"),
    "published_at": (_TIME, "When, UTC"),
}
TABLES = {
    "attempt": ATTEMPT,
    "batch": BATCH,
    "rule_result": RULE_RESULT,
    "verdict": VERDICT,
    "publication": PUBLICATION,
    "quarantine": QUARANTINE,
    "value_history": VALUE_HISTORY,
}

# Asked for hundreds of times a night, and small: 100 rows a night, where there are 650 of rule results.
REMEMBERED = ("attempt", "batch", "verdict", "publication")
# How rows lie in a folded file: rows that are asked for together, and that compress well, beside each other.
ORDER = {
    "attempt": ("city", "feed", "recorded_at"),
    "batch": ("city", "layer", "table_name", "day", "recorded_at"),
    "rule_result": ("city", "layer", "table_name", "day", "recorded_at", "rule"),
    "verdict": ("city", "layer", "table_name", "day", "recorded_at"),
    "publication": ("version",),
    "quarantine": ("city", "table_name", "day", "batch_id", "sha256", "line"),
    "value_history": ("version", "city", "metric", "area", "period", "period_start"),
}


def schema(table: str) -> pl.Schema:
    return pl.Schema({name: dtype for name, (dtype, _) in TABLES[table].items()})


def append(home: Home, table: str, rows: Sequence[dict[str, Any]] | pl.DataFrame) -> None:
    """Add rows, in one commit. Appends of several processes never conflict; a passing failure is retried."""
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, schema=schema(table))
    if frame.is_empty():
        return
    frame = frame.select(pl.col(name).cast(dtype) for name, dtype in schema(table).items())
    storage.append(home.ledger(table), frame, ORDER[table])


def append_once(home: Home, table: str, rows: pl.DataFrame, batch_ids: Iterable[str]) -> None:
    """Add the rows of batches that the ledger does not have yet.

    A crash between two appends leaves some tables with a batch and some without: the run after it
    writes what is missing and nothing twice.
    """
    if rows.is_empty():
        return
    ids = list(batch_ids)
    if table in REMEMBERED:
        known = read(home, table).filter(pl.col("batch_id").is_in(ids)).collect()["batch_id"].to_list()
    else:
        known = list(storage.files_of(home.ledger(table), ids))
    append(home, table, rows.filter(~pl.col("batch_id").is_in(known)))


def read(home: Home, table: str, batches: Iterable[str] | None = None) -> pl.LazyFrame:
    """All rows of a ledger table, or those of some batches, in no order. Empty if nothing was ever written.

    Ask for batches where that is enough: only the files that hold them are opened, whatever the history.
    """
    path, ids = home.ledger(table), None if batches is None else list(batches)
    if table in REMEMBERED:
        rows = storage.remembered(path, schema(table)).lazy()
        return rows if ids is None else rows.filter(pl.col("batch_id").is_in(ids))
    if ids is not None:
        files = sorted({file for held in storage.files_of(path, ids).values() for file in held})
        return storage.scan(files, schema(table)).filter(pl.col("batch_id").is_in(ids))
    return storage.scan(storage.live(path), schema(table))


def newest_verdicts(home: Home, city: str) -> pl.LazyFrame:
    """The last verdict on each table and day of a city."""
    own = read(home, "verdict").filter(pl.col("city") == city).collect()
    # sorted are the keys alone: with the texts of reasons and samples 15,000 rows took 40 ms in place of 4
    keys = own.select("layer", "table_name", "day", "recorded_at").with_row_index()
    newest = keys.sort("recorded_at").unique(["layer", "table_name", "day"], keep="last")
    return own[newest["index"]].lazy()


def newest_source(home: Home, city: str) -> str | None:
    """Source kind of the newest batch of a city: live, files or simulated; None before the first."""
    rows = read(home, "batch").filter(pl.col("city") == city).sort("recorded_at").select("source").tail(1).collect()
    return rows.item() if rows.height else None


def sources(home: Home, city: str) -> set[str]:
    """All source kinds of which a home holds batches of a city."""
    return set(read(home, "batch").filter(pl.col("city") == city).select("source").unique().collect().to_series())
