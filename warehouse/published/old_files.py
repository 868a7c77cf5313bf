"""Published files of an earlier version: their tables in the columns of today, and no value of a private table left.

DuckDB keeps the bytes of what was removed from a file until it needs the place: a file out of which something private
was taken is written again, table by table, into a file that never held it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

import duckdb
import polars as pl

from warehouse.failpoint import failpoint
from warehouse.files import sync
from warehouse.home import Home
from warehouse.ledger.old_rows import converted, replaced_texts, withheld, without_texts
from warehouse.ledger.schema import TABLES
from warehouse.published import connect, folder
from warehouse.published.comments import write_comments
from warehouse.published.connect import quoted
from warehouse.published.spec import ledger_table

_MANIFEST = "content"  # of the published files of the first version; without one all is published again
Public = Collection[tuple[str, str]]


def published_files(home: Home) -> list[Path]:
    """The kept versions and what is published now."""
    return [path for path in (*folder.version_files(home).values(), home.published_file) if path.exists()]


def is_old_file(path: Path, public: Public) -> bool:
    """Whether a ledger table of the file has other columns than today, or values of tables that are not public.

    A damaged file is not: it is left as it is, and refused where it is used. Raises BusyError.
    """
    with connect.connect() as con:
        try:
            connect.attach(con, path, "old")
            con.execute("USE old")
            return bool(_old_tables(con, public))
        except connect.BusyError:
            raise
        except (connect.UnreadableError, duckdb.Error):
            return False


def is_readable(path: Path) -> bool:
    """Whether the file can be opened. Raises BusyError."""
    with connect.connect() as con:
        try:
            connect.attach(con, path, "old")
        except connect.BusyError:
            raise
        except connect.UnreadableError:
            return False
        return True


def migrate_file(home: Home, path: Path, public: Public) -> None:
    """Put a copy with its tables converted in the place of a published file. Readers keep what they have."""
    copy = folder.unfinished(home)
    shutil.copyfile(path, copy)
    with connect.connect(copy) as con:
        con.execute("BEGIN")
        private = _convert(con, public)
        con.execute("COMMIT")
        con.execute("CHECKPOINT")
    if private:
        copy = _written_again(home, copy)
    copy.chmod(path.stat().st_mode)
    sync(copy)
    failpoint("migrate.file_copied")
    os.replace(copy, path)
    sync(path.parent)


def _old_tables(con: duckdb.DuckDBPyConnection, public: Public) -> dict[str, tuple[str | None, pl.DataFrame]]:
    """Of the ledger tables of the file those that are not as they are today: comment, and rows converted."""
    tables = con.execute(
        "SELECT table_name, any_value(t.comment), list(column_name) FROM duckdb_columns() c"
        " JOIN duckdb_tables() t USING (database_name, schema_name, table_name)"
        " WHERE database_name = current_database() AND schema_name = 'ledger' AND list_contains(?, table_name)"
        " GROUP BY table_name ORDER BY table_name",
        [list(TABLES)],
    ).fetchall()
    found = {}
    for table, comment, columns in tables:
        rows = converted(con.sql(f"FROM ledger.{quoted(table)}").pl(), table)
        if set(columns) != set(TABLES[table].schema) or not withheld(rows, table, public).equals(rows):
            found[table] = comment, rows
    return found


def _convert(con: duckdb.DuckDBPyConnection, public: Public) -> bool:
    """Bring the ledger tables of the file to today, and take out of it what is private. Was there anything?"""
    con.execute(f"DROP TABLE IF EXISTS ledger.{_MANIFEST}")
    texts: dict[str, str] = {}
    private = False
    for table, (comment, rows) in _old_tables(con, public).items():
        without = withheld(rows, table, public)
        texts |= replaced_texts(rows, without, table)
        private |= not without.equals(rows)
        spec = ledger_table(table, comment or "A table of the ledger")
        con.register("incoming", without)
        columns = ", ".join(f"CAST({quoted(name)} AS {dtype}) AS {quoted(name)}" for name, dtype in spec.types.items())
        con.execute(f"CREATE OR REPLACE TABLE {spec.sql} AS SELECT {columns} FROM incoming")
        con.unregister("incoming")
        write_comments(con, spec)
    _withhold_reasons(con, texts)
    return private


def _withhold_reasons(con: duckdb.DuckDBPyConnection, texts: dict[str, str]) -> None:
    """Reasons of values quote the ledger: what was taken out of it is taken out of them."""
    if not texts:
        return
    for schema, table in con.execute(
        "SELECT schema_name, table_name FROM duckdb_columns() JOIN duckdb_tables() USING (schema_name, table_name)"
        " WHERE schema_name = 'metric' AND column_name = 'reason'"
    ).fetchall():
        name = f"{quoted(schema)}.{quoted(table)}"
        reasons = con.sql(f"SELECT DISTINCT reason FROM {name} WHERE reason IS NOT NULL").pl()
        replaced = reasons.with_columns(stands=without_texts(reasons["reason"], texts))
        con.register("incoming", replaced.filter(pl.col("stands") != pl.col("reason")))
        con.execute(f"UPDATE {name} AS t SET reason = stands FROM incoming AS i WHERE t.reason = i.reason")
        con.unregister("incoming")


def _written_again(home: Home, file: Path) -> Path:
    """A file with the same tables, views and comments, made of nothing but them. The one given is removed."""
    new = folder.unfinished(home)
    with connect.connect() as con:
        connect.attach(con, file, "old")
        version = "STORAGE_VERSION 'v1.0.0'"  # as all published files: see `connect`
        con.execute(f"ATTACH {connect.literal(str(new))} AS new ({version})")
        con.execute("COPY FROM DATABASE old TO new")
        con.execute("CHECKPOINT new")
    file.unlink()
    return new
