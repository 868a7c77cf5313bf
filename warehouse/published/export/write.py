"""Tables of a published file as tables of another DuckDB file, as Parquet and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import duckdb

from warehouse.failpoint import failpoint
from warehouse.published.connect import literal, quoted
from warehouse.published.export.source import ExportedTable, ExportError, Format
from warehouse.published.spec import SCHEMAS

_OPTIONS = {Format.PARQUET: "FORMAT parquet, COMPRESSION zstd", Format.CSV: "FORMAT csv, HEADER, NULLSTR ''"}


def write_database(con: duckdb.DuckDBPyConnection, tables: Sequence[ExportedTable]) -> None:
    """The tables in the file that `con` is connected to, with keys and comments. Raises ExportError."""
    for schema in SCHEMAS:
        con.execute(f"CREATE SCHEMA {schema}")
    for table in tables:
        if table.view is None:
            con.execute(f"CREATE TABLE {table.sql} ({_definition(table)})")
            _read(con, table, f"INSERT INTO {table.sql} BY NAME {table.rows}")
            failpoint("export.table")
    _create_views(con, [table for table in tables if table.view is not None])
    con.execute("; ".join(statement for table in tables for statement in _comments(table)))
    con.execute("CHECKPOINT")


def write_files(
    con: duckdb.DuckDBPyConnection, tables: Sequence[ExportedTable], folder: Path, form: Format
) -> dict[str, int]:
    """A file for each table, by its name. Returns the numbers of rows, by `schema.table`. Raises ExportError."""
    folder.mkdir()
    rows = {}
    for table in tables:
        target = folder / table_file(table, form)
        lists = [c.name for c in table.columns if c.type.endswith("[]")] if form is Format.CSV else []
        texts = ", ".join(f"CAST(to_json({quoted(name)}) AS VARCHAR) AS {quoted(name)}" for name in lists)
        query = f"SELECT * REPLACE ({texts}) {table.rows}" if texts else table.rows
        count = _read(con, table, f"COPY ({query}) TO {literal(str(target))} ({_OPTIONS[form]})")
        rows[str(table)] = count
        failpoint("export.table")
    return rows


def table_file(table: ExportedTable, form: Format) -> str:
    """`metric.value.csv`; whatever a file may not be called is written as in an address."""
    return f"{quote(str(table), safe='')}.{form}"


def _definition(table: ExportedTable) -> str:
    key = table.key
    columns = [f"{quoted(c.name)} {c.type}{' NOT NULL' if c.is_key else ''}" for c in table.columns]
    # of readings the key is proved day by day, in the gate; an index over all of them would cost more than they do
    if key and table.schema != "core":
        columns.append(f"PRIMARY KEY ({', '.join(map(quoted, key))})")
    return ", ".join(columns)


def _create_views(con: duckdb.DuckDBPyConnection, views: Sequence[ExportedTable]) -> None:
    """A view may read another one: each is made as soon as it can be."""
    waiting = list(views)
    while waiting:
        failed: list[ExportedTable] = []
        reason: duckdb.Error | None = None
        for view in waiting:
            try:
                con.execute(str(view.view))
            except duckdb.CatalogException as error:
                failed.append(view)
                reason = error
        if len(failed) == len(waiting):
            raise ExportError(f"{failed[0]} cannot be exported: {reason}")
        waiting = failed


def _comments(table: ExportedTable) -> list[str]:
    kind = "TABLE" if table.view is None else "VIEW"
    columns = [f"COMMENT ON COLUMN {table.sql}.{quoted(c.name)} IS {literal(c.meaning)}" for c in table.columns]
    return [f"COMMENT ON {kind} {table.sql} IS {literal(table.meaning)}", *columns]


def _read(con: duckdb.DuckDBPyConnection, table: ExportedTable, statement: str) -> int:
    """How many rows it wrote. Raises ExportError where the readings of an earlier version are no longer kept."""
    try:
        return con.execute(statement).fetchall()[0][0]
    except duckdb.IOException as error:
        if table.schema != "core" or "No files found" not in str(error):
            raise
        raise ExportError(
            f"{table} cannot be read, as the lake no longer keeps its files: --no-readings leaves the readings of all "
            f"feeds out. DuckDB says: {error}"
        ) from error
