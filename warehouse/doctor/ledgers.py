"""The ledger: each table is there, its files are what they were, and the published file knows no more than it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import polars as pl

from warehouse.damaged import DamagedHomeError
from warehouse.doctor.finding import REPAIR, DamagedPart
from warehouse.files import is_as_written
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import TABLES
from warehouse.ledger.whole import lost_tables
from warehouse.published import connect

_ROWS = "what it said is not known: days that it spoke of are closed until they are judged again"


def look_at_ledger(home: Home) -> Iterator[DamagedPart]:
    """What is damaged of each table of the ledger."""
    lost = lost_tables(home)
    for name, why in lost.items():
        costs = "nothing can be fetched, judged or published until it is back"
        yield DamagedPart("ledger", str(home.ledger(name).path), why, costs, REPAIR)
    for name in TABLES.keys() - lost.keys():
        files = home.ledger(name)
        wrong = dict(files.lost)
        changed = [path for path in files.live() if is_as_written(Path(path)) is False]
        wrong |= dict.fromkeys(changed, "its content is another one than its name says")
        for path, why in wrong.items():
            yield DamagedPart("ledger", path, why, _ROWS, REPAIR)
        if not wrong and (fewer := _fewer(home, name)):
            what = f"it has {fewer:,} rows less than the published file, which has a copy of them"
            yield DamagedPart("ledger", str(files.path), what, _ROWS, REPAIR)
    yield from _verdicts(home, {*lost})


def _fewer(home: Home, name: str) -> int:
    query = f"SELECT count(*) FROM {connect.CATALOG}.ledger.{name}"
    if not home.published_file.exists():
        return 0
    with suppress(connect.UnreadableError, duckdb.Error, DamagedHomeError), connect.open_published(home) as con:
        (published,) = con.execute(query).fetchall()[0]
        return max(0, published - ledger.read(home, name).select(pl.len()).collect().item())
    return 0


def _verdicts(home: Home, lost: set[str]) -> Iterator[DamagedPart]:
    """Batches that were committed and have no verdict."""
    if lost & {"batch", "verdict"}:
        return
    batches = ledger.read(home, "batch").filter(pl.col("state") == "committed", pl.col("layer") != "delivery")
    judged = ledger.read(home, "verdict").select("batch_id")
    for city, layer, name, day, batch in (
        batches.join(judged, on="batch_id", how="anti")
        .select("city", "layer", "table_name", "day", "batch_id")
        .collect()
        .iter_rows()
    ):
        what = f"batch {batch} was committed, and its verdict is gone"
        where, of = str(home.ledger("verdict").path), f"{layer}/{name}"
        yield DamagedPart("ledger", where, what, _ROWS, REPAIR, city, of, day)
