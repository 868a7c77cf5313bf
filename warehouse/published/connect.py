"""Opening published files, with errors that say what to do, and quoting in SQL. Nothing is written here."""

from __future__ import annotations

from glob import escape
from pathlib import Path

import duckdb

from warehouse.home import Home

CATALOG = "madang"
# Of a file in the making, beside which DuckDB then spills: the values of twenty years of Seoul took 14 GB without it.
MAKING = "2GB"


class UnreadableError(RuntimeError):
    """There is no published file, or it cannot be read. The text says what to do."""


class BusyError(UnreadableError):
    """A program has the file open for writing, which locks every other process out."""


class DamagedFileError(UnreadableError):
    """It is not what was published: the disk or a person changed it."""


def open_published(home: Home) -> duckdb.DuckDBPyConnection:
    """What is published at this moment, read-only. It stays what it is, whatever is published meanwhile.

    Raises UnreadableError (BusyError when a program has it open for writing).
    """
    if not home.published_file.exists():
        raise UnreadableError(f"nothing is published in {home.root} yet: run `madang nightly` first")
    return open_file(home.published_file)


def open_file(path: Path) -> duckdb.DuckDBPyConnection:
    """One published file, read-only and locked. Raises UnreadableError.

    The file is attached to a database in memory. `duckdb.connect(path)` would answer with the instance
    that this process has open under that path already, and so with the file from before the last
    publication for as long as any handle on it lives (reproduced on DuckDB 2.0, also under the name of
    a kept version, which a refreshed ledger replaces).
    """
    con = connect()
    try:
        attach(con, path, CATALOG)
        con.execute(f"USE {CATALOG}")
        try:
            lock(con)
        except duckdb.Error as error:  # some damage shows only when a block is read
            raise opening_error(path, error) from error
    except BaseException:
        con.close()
        raise
    return con


def lock(con: duckdb.DuckDBPyConnection) -> None:
    """Let the connection read what is attached and the files of the lake behind its views, and nothing else.

    No other file, no network, no extension, no file to spill into, and no way to change any of that. A statement that
    writes one of the files behind the views is not held back here: who runs what somebody typed lets only queries in.
    """
    behind: list[tuple[str]] = []
    if con.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'ledger' AND table_name = 'manifest'").fetchall():
        behind = con.execute("SELECT DISTINCT input FROM ledger.manifest WHERE columns IS NOT NULL").fetchall()
    for setting, value in (
        ("allow_community_extensions", "false"),
        ("allow_persistent_secrets", "false"),
        ("temp_directory", "''"),
        ("allowed_paths", f"[{', '.join(literal(name) for (path,) in behind for name in {path, escape(path)})}]"),
        ("enable_external_access", "false"),
        ("lock_configuration", "true"),
    ):
        con.execute(f"SET {setting} = {value}")


def connect(path: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection as Madang wants it: no network, times in UTC, table names are never Python variables. To a file, it
    takes no more memory than MAKING."""
    con = duckdb.connect(
        ":memory:" if path is None else str(path),
        config={
            **({} if path is None else {"memory_limit": MAKING}),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            # what DuckDB 2.0 makes of its own accord (format 69) no tool of DuckDB 1 can open
            "storage_compatibility_version": "v1.0.0",
        },
    )
    con.execute("SET TimeZone = 'UTC'")
    return con


def attach(con: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """ATTACH a published file read-only. Raises UnreadableError instead of DuckDB's own errors."""
    try:
        con.execute(f"ATTACH {literal(str(path))} AS {quoted(alias)} (READ_ONLY)")
    except duckdb.Error as error:
        raise opening_error(path, error) from error


def quoted(identifier: str) -> str:
    """An identifier as SQL writes it, whatever is in it."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string as SQL writes it, for statements that take no parameters (COMMENT ON, CREATE VIEW, ATTACH)."""
    return "'" + text.replace("'", "''") + "'"


def opening_error(path: Path, error: duckdb.Error) -> UnreadableError:
    """What an error of DuckDB on a published file means, and what to do."""
    text = str(error)
    if not path.exists():
        return UnreadableError(f"{path} does not exist")
    if "Could not set lock" in text:
        return BusyError(
            f"{path} is open for writing in another program, which locks everybody else out; "
            f"close it there, or open it there read-only (duckdb -readonly). DuckDB says: {text}"
        )
    if "ermission denied" in text:
        return UnreadableError(f"{path} may not be read by this user. DuckDB says: {text}")
    if any(sign in text for sign in ("not a valid DuckDB", "Corrupt", "Could not read", "checksum", "Catalog Error")):
        return DamagedFileError(
            f"{path} is damaged, or not a file of Madang; put an earlier version back with "
            f"`madang rollback`. DuckDB says: {text}"
        )
    if "version" in text:
        return UnreadableError(f"{path} was written by another DuckDB than this one can read. DuckDB says: {text}")
    return UnreadableError(f"{path} cannot be opened. DuckDB says: {text}")
