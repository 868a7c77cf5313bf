"""A hash of what a published file holds: whether two files hold the same, and whether one is what was recorded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import duckdb

from warehouse.published.connect import quoted


def fingerprint(
    con: duckdb.DuckDBPyConnection,
    schemas: Sequence[str],
    without: Sequence[str] = (),
    *,
    unhashed: Sequence[str] = (),
    catalog: str | None = None,
) -> str:
    """A hash of what a file holds, in whatever order: comments, types and rows, or the files of a view.

    `without`: tables (schema.name) left out; `unhashed`: columns whose values are.
    """
    database = catalog or con.execute("SELECT current_database()").fetchall()[0][0]
    relations = con.execute(
        "SELECT schema_name, table_name, comment, NULL FROM duckdb_tables() WHERE database_name = $1"
        " UNION ALL SELECT schema_name, view_name, comment, sql FROM duckdb_views()"
        " WHERE database_name = $1 AND NOT internal ORDER BY ALL",
        [database],
    ).fetchall()
    columns: dict[tuple[str, str], list[tuple[str, str, str | None]]] = {}
    for schema, name, *column in con.execute(
        "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns()"
        " WHERE database_name = ? AND list_contains(?, schema_name) ORDER BY column_index",
        [database, list(schemas)],
    ).fetchall():
        columns.setdefault((schema, name), []).append(tuple(column))
    digest = hashlib.sha256()
    for schema, name, comment, view in relations:
        if schema not in schemas or f"{schema}.{name}" in without:
            continue
        described = columns[schema, name]
        hashed = ", ".join(quoted(column) for column, *_ in described if column not in unhashed)
        # the count beside the sum: with bit_xor, rows that are there twice would cancel each other
        relation = ".".join(quoted(part) for part in (database, schema, name))
        rows = view and _as_written(view)
        rows = rows or con.execute(f"SELECT count(*), sum(hash({hashed or '0'})) FROM {relation}").fetchall()
        digest.update(repr((schema, name, comment, described, rows)).encode())
    return digest.hexdigest()


def _as_written(view: str) -> str:
    """The text of a view without what DuckDB writes in another way once the file was closed and opened again: the type
    TIMESTAMP becomes TIMESTAMP_US, and joins lose their brackets."""
    return re.sub(r"[()\s]+", " ", view.replace("TIMESTAMP_US", "TIMESTAMP"))
