"""Rows of the ledger brought back: from files of its own that are whole, and from the copy in the published file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import polars as pl
from deltalake.transaction import AddAction, RemoveAction

from warehouse.arrow import fetched_frame, lend
from warehouse.damaged import DamagedHomeError
from warehouse.delta.commit import Changes, add_action, commit_changes, remove_action
from warehouse.delta.rebuild import rebuild_log
from warehouse.failpoint import failpoint
from warehouse.files import is_as_written, make_folder
from warehouse.home import Home
from warehouse.ledger.schema import TABLES
from warehouse.ledger.storage import PROPERTIES, write
from warehouse.published import connect
from warehouse.published.spec import without_zone

_MONTH = "0000-00"  # in the name of the file: it holds rows of all months, and compaction takes it with the others


def recover(home: Home, name: str) -> int:
    """Bring back what can be of one table of the ledger that has lost rows, files or its log. How many rows came back.

    Rows that are there stay as they are, and files that are lost are live no longer. May be killed anywhere, and called
    again. A row that was written since the last publication, and whose file is lost, does not come back.
    """
    files, schema = home.ledger(name), TABLES[name].schema
    make_folder(files.path)
    found = pl.concat([*_of_disk(home, name), *_of_published(home, name), pl.DataFrame(schema=schema)])
    try:
        there, lost = files.scan(_whole(files.live())).collect(), _not_whole([*files.live(), *files.lost])
    except DamagedHomeError:
        there, lost = None, []
    if there is None or not files.table.exists():
        rows = _without(name, found, pl.DataFrame(schema=schema))
        rebuild_log(files.table, schema, _added(files.path, rows), properties=PROPERTIES)
        return rows.height
    rows = _without(name, found, there)
    gone: list[AddAction | RemoveAction] = [remove_action(Path(path).name, 0) for path in lost]
    if rows.is_empty() and not gone:
        return 0
    added = _added(files.path, rows)
    failpoint("repair.ledger_written")
    commit_changes(files.table, schema, lambda _: Changes([*gone, *added], ["repair"]), properties=PROPERTIES)
    failpoint("repair.ledger")
    return rows.height


def _whole(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if is_as_written(Path(path)) is not False]


def _not_whole(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if not Path(path).exists() or is_as_written(Path(path)) is False]


def _added(folder: Path, rows: pl.DataFrame) -> list[AddAction]:
    if rows.is_empty():
        return []
    name = write(folder, rows, _MONTH)
    return [add_action(name, (folder / name).stat().st_size, rows.height)]


def _of_disk(home: Home, name: str) -> Iterator[pl.DataFrame]:
    """The rows of files that are whole and that some entry of the log has made live; of others nobody knows whether
    their rows were ever written down."""
    folder, schema = home.ledger(name).path, TABLES[name].schema
    for file in sorted(_named(folder)):
        path = folder / file
        if path.exists() and is_as_written(path) is not False:
            with suppress(pl.exceptions.PolarsError):
                yield pl.scan_parquet(path, schema=schema, missing_columns="insert", glob=False).collect()


def _named(folder: Path) -> set[str]:
    found = set[str]()
    for entry in (folder / "_delta_log").glob("*.json"):
        for line in entry.read_bytes().split(b"\n"):
            with suppress(ValueError, KeyError, TypeError):  # what can be read of a broken one
                found.add(str(json.loads(line)["add"]["path"]))
    for entry in (folder / "_delta_log").glob("*.checkpoint*.parquet"):
        with suppress(pl.exceptions.PolarsError):
            found |= set(pl.read_parquet(entry, columns=["add"])["add"].struct.field("path").drop_nulls())
    return found


def _of_published(home: Home, name: str) -> Iterator[pl.DataFrame]:
    if not home.published_file.exists():
        return
    with suppress(connect.UnreadableError, duckdb.Error), connect.open_published(home) as con:
        rows = fetched_frame(con.sql(f"FROM {connect.CATALOG}.ledger.{name}"))
        lacking = [pl.lit(None, dtype).alias(c) for c, dtype in TABLES[name].schema.items() if c not in rows.columns]
        yield TABLES[name].read_back(rows.with_columns(lacking))


def _without(name: str, rows: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """The rows that are not there, each once."""
    with connect.connect() as con:
        lend(con, "found", without_zone(rows))
        lend(con, "there", without_zone(there))
        return TABLES[name].read_back(fetched_frame(con.sql("FROM found EXCEPT FROM there")))
