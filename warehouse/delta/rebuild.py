"""A table's log made again from what is known otherwise, in place of one that cannot be read: in one step, or not."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence

import polars as pl
from deltalake.transaction import AddAction

from warehouse import modes
from warehouse.delta.commit import Changes, commit_changes
from warehouse.delta.log import StoredTable
from warehouse.failpoint import failpoint
from warehouse.files import make_folder
from warehouse.put_in_place import put_in_place

_UNFINISHED = "rebuilt-"  # folders in the making, in that of their table


def rebuild_log(
    table: StoredTable,
    schema: pl.Schema,
    files: Sequence[AddAction],
    *,
    transactions: Sequence[str] = (),
    partition_by: Sequence[str] = (),
    properties: Mapping[str, str] | None = None,
) -> None:
    """From now on exactly these files are live. They lie in the table's folder; what else is there is left alone.

    May be killed anywhere, and called again. Nobody else can commit to a table whose log is gone or broken.
    """
    make_folder(table.path)
    for left in table.path.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left)
    new = StoredTable(table.path / f"{_UNFINISHED}{secrets.token_hex(4)}")
    changes = Changes(files, transactions)
    commit_changes(new, schema, lambda _: changes, partition_by=partition_by, properties=properties)
    if modes.is_closed(table.path):
        modes.close(new.path)
    failpoint("repair.rebuilt")
    put_in_place(new.path / "_delta_log", table.path / "_delta_log")
    shutil.rmtree(new.path)
    failpoint("repair.log")
