"""From the home of an earlier version to that of today: columns of the ledger, and no value of a private table left.

Each table is replaced in one commit, and each published file in one step; what is already of today is left as it is,
so that a migration that was killed is gone on with.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from warehouse.delta import log
from warehouse.delta.commit import Changes, add_action, commit_changes
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.ledger import storage
from warehouse.ledger.old_rows import converted, replaced_texts, withheld, without_texts
from warehouse.ledger.schema import TABLES
from warehouse.ledger.storage import LedgerFiles
from warehouse.published import folder
from warehouse.published.old_files import is_old_file, is_readable, migrate_file, published_files

Public = Collection[tuple[str, str]]  # city and table of all that is known to be public
_READABLE_BY_OWNER = 0o700
# Reasons of values are cleaned with what the other tables hold, before it goes from there.
_ORDER = ("value_history", *(name for name in TABLES if name != "value_history"))


def is_old(home: Home, public: Public) -> bool:
    """Whether a table of the ledger or a published file is of an earlier version. Raises BusyError."""
    texts = _private_texts(home, public)
    if any(_is_old_table(home.ledger(name), public, texts) for name in TABLES):
        return True
    return any(is_old_file(path, public) for path in published_files(home))


def migrate(home: Home, public: Public) -> list[str]:
    """Bring ledger and published files to the columns of today, without values of tables that are not `public`.

    No other value, row or version changes. What the operator should know, in sentences.
    """
    said = []
    texts = _private_texts(home, public)
    for name in _ORDER:
        files = home.ledger(name)
        if _is_old_table(files, public, texts):
            _migrate_table(files, public, texts)
            failpoint(f"migrate.committed_{name}")
            _remove_replaced(files)
            failpoint(f"migrate.ledger_{name}")
    with folder.locked(home):  # nobody publishes meanwhile, and what a killed migration left there is removed
        for path in published_files(home):
            if not is_readable(path):
                path.chmod(path.stat().st_mode & _READABLE_BY_OWNER)
                said.append(f"{path} cannot be read, and may hold private data: only its owner may open it now")
            elif is_old_file(path, public):
                migrate_file(home, path, public)
                failpoint("migrate.file_replaced")
    return said


def _private_texts(home: Home, public: Public) -> dict[str, str]:
    """The texts of attempts and verdicts that are to be withheld, and what is to stand there instead."""
    texts: dict[str, str] = {}
    for name in TABLES:
        if home.ledger(name).table.opened() is not None:
            rows = _rows(home.ledger(name))
            texts |= replaced_texts(rows, withheld(rows, name, public), name)
    return texts


def _rows(files: LedgerFiles) -> pl.DataFrame:
    """All rows of a table, in the columns of today."""
    name = files.declaration.name
    empty = pl.DataFrame(schema=files.declaration.schema)
    return pl.concat([empty, *(converted(pl.read_parquet(path, glob=False), name) for path in files.live())])


def _today(rows: pl.DataFrame, table: str, public: Public, texts: dict[str, str]) -> pl.DataFrame:
    rows = withheld(rows, table, public)
    return rows.with_columns(reason=without_texts(rows["reason"], texts)) if table == "value_history" else rows


def _is_old_table(files: LedgerFiles, public: Public, texts: dict[str, str]) -> bool:
    """Whether it has other columns, private values, or files that a killed migration has replaced and not removed."""
    delta = files.table.opened()
    if delta is None:
        return False
    if _columns(delta) != _todays(files.declaration.name) or _replaced(files):
        return True
    rows = _rows(files)
    return not _today(rows, files.declaration.name, public, texts).equals(rows)


def _todays(table: str) -> set[str]:
    return set(TABLES[table].schema)


def _columns(delta: DeltaTable) -> set[str]:
    return {field.name for field in delta.schema().fields}


def _migrate_table(files: LedgerFiles, public: Public, texts: dict[str, str]) -> None:
    """One file a month in place of all that are live, in one commit."""
    declaration = files.declaration

    def changes(delta: DeltaTable) -> Changes:
        actions = []
        for month, paths in storage.by_month([Path(path) for path in log.paths_of(delta, files.path)]):
            old = pl.concat([converted(pl.read_parquet(path, glob=False), declaration.name) for path in paths])
            new = _today(old, declaration.name, public, texts)
            name = storage.write(files.path, new.sort(declaration.order), month)
            actions.append(add_action(name, (files.path / name).stat().st_size, new.height))
        return Changes(actions)

    commit_changes(files.table, declaration.schema, changes, after_others=False, replace_table=True)


def _replaced(files: LedgerFiles) -> list[Path]:
    live = {Path(path).name for path in files.live()}
    return [path for path in files.path.glob("*.parquet") if path.name not in live]


def _remove_replaced(files: LedgerFiles) -> None:
    """Remove the files that are not live, and before them the log of what they were: both may hold private values."""
    delta = files.table.opened()
    assert delta is not None
    delta.create_checkpoint()
    for entry in sorted((files.path / "_delta_log").glob("*")):
        number = entry.name.split(".")[0]
        if number.isdecimal() and int(number) < delta.version():
            entry.unlink()
    for path in _replaced(files):
        path.unlink()
