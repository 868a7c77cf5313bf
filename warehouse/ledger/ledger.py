"""The ledger: append-only Delta tables that say what was tried, kept, held back and published, and why.

Rows are added, never changed. Everything that has an outcome writes a row, passes too: "passed" and
"not run" must not look alike. Deciding anything is not done here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import polars as pl

from warehouse.home import Home
from warehouse.ledger.schema import TABLES

T = TypeVar("T")


def append(home: Home, table: str, rows: Sequence[dict[str, Any]] | pl.DataFrame) -> None:
    """Add rows, in one commit. Appends of several processes never conflict; a passing failure is retried."""
    frame = _frame(table, rows)
    if not frame.is_empty():
        home.ledger(table).append(frame)


def append_once(
    home: Home, table: str, rows: Sequence[dict[str, Any]] | pl.DataFrame, batch_ids: Iterable[str]
) -> None:
    """Add the rows of batches that the ledger does not have yet.

    A crash between two appends leaves some tables with a batch and some without: the run after it
    writes what is missing and nothing twice.
    """
    frame = _frame(table, rows)
    if frame.is_empty():
        return
    ids = list(batch_ids)
    if TABLES[table].in_memory:
        written = read(home, table).filter(pl.col("batch_id").is_in(ids)).collect()["batch_id"].to_list()
    else:
        written = list(home.ledger(table).by_batch(ids))
    append(home, table, frame.filter(~pl.col("batch_id").is_in(written)))


def read(home: Home, table: str, batches: Iterable[str] | None = None) -> pl.LazyFrame:
    """All rows of a ledger table, or those of some batches, in no order. Empty if nothing was ever written.

    Ask for batches where that is enough: only the files that hold them are opened, whatever the history.
    """
    files, ids = home.ledger(table), None if batches is None else list(batches)
    if TABLES[table].in_memory:
        rows = files.in_memory().lazy()
        return rows if ids is None else rows.filter(pl.col("batch_id").is_in(ids))
    if ids is not None:
        holding = sorted({file for own_files in files.by_batch(ids).values() for file in own_files})
        return files.scan(holding).filter(pl.col("batch_id").is_in(ids))
    return files.scan()


def rows_about(home: Home, table: str, *part: str) -> pl.DataFrame:
    """The rows of one feed or table (the values of `LedgerTable.part`), in no order. Empty if there are none.

    They lie in memory apart from those of others: the answer takes no longer for all that others have written.
    """
    return home.ledger(table).part(part)


def made_of_part(home: Home, table: str, part: tuple[str, ...], name: Hashable, make: Callable[[pl.DataFrame], T]) -> T:
    """What `make` makes of a part (`rows_about`). It is made again when there are new ones, by whichever process.

    `name` says what is made, and with what besides the rows: the same name gives the same object.
    """
    return home.ledger(table).made_of(part, name, make)


def newest_verdicts(home: Home, city: str) -> pl.LazyFrame:
    """The last verdict on each table and day of a city."""
    of_city = read(home, "verdict").filter(pl.col("city") == city).collect()
    # sorted are the keys alone: with the texts of reasons and samples 15,000 rows took 40 ms in place of 4
    keys = of_city.select("layer", "table_name", "day", "recorded_at").with_row_index()
    newest = keys.sort("recorded_at").unique(["layer", "table_name", "day"], keep="last")
    return of_city[newest["index"]].lazy()


def judged_batches(home: Home) -> pl.LazyFrame:
    """The rows of ledger.batch, each with verdict and reason; also the batches of which a run that ended too early left
    the verdict alone: their state is `unfinished`."""
    batches = read(home, "batch")
    verdicts = read(home, "verdict").filter(pl.col("layer") != "published").unique("batch_id")
    judged = batches.join(verdicts.select("batch_id", "verdict", "reason"), on="batch_id", how="left")
    left = verdicts.join(batches, on="batch_id", how="anti").with_columns(state=pl.lit("unfinished"))
    columns = [name for name in judged.collect_schema() if name in left.collect_schema()]
    return pl.concat([judged, left.select(columns)], how="diagonal")


# rows of other tables are recorded with rows of one of these
_TELL_THE_TIME = ("attempt", "verdict", "publication", "removal", "release")


def time_to_record(home: Home) -> datetime:
    """The `recorded_at` of new rows, UTC: now, or just after the newest one, so that a clock set back changes no order.

    Rows of all tables are ordered by it, and by no other time.
    """
    newest = (home.ledger(name).in_memory()["recorded_at"].max() for name in _TELL_THE_TIME)
    before = [cast("datetime", one) for one in newest if one is not None]
    return max([datetime.now(UTC), *(one + timedelta(microseconds=1) for one in before)])


def newest_source(home: Home, city: str) -> str | None:
    """Source kind of the newest batch of a city: live, files or simulated; None before the first."""
    rows = read(home, "batch").filter(pl.col("city") == city).sort("recorded_at").select("source").tail(1).collect()
    return rows.item() if rows.height else None


def cities(home: Home) -> set[str]:
    """All cities of which the ledger holds attempts or batches."""
    found = [read(home, table).select("city").unique().collect()["city"] for table in ("attempt", "batch")]
    return {name for names in found for name in names if name}


def table_names(home: Home) -> set[str]:
    """All tables of which the ledger holds batches."""
    return set(read(home, "batch").select("table_name").unique().collect()["table_name"].drop_nulls())


def sources(home: Home, city: str) -> set[str]:
    """All source kinds of which a home holds batches of a city."""
    return set(read(home, "batch").filter(pl.col("city") == city).select("source").unique().collect().to_series())


def rewrite(home: Home, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Take out of a ledger table what was withdrawn: `change` gets the rows of each file. Nothing else may do this."""
    home.ledger(table).rewrite(change)


def _frame(table: str, rows: Sequence[dict[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """Rows in the columns and types of the table; what a mapping lacks is null."""
    frame = rows if isinstance(rows, pl.DataFrame) else TABLES[table].frame(rows)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in TABLES[table].schema.items())
