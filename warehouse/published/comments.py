"""Writing what tables and columns mean into a published file."""

from __future__ import annotations

import duckdb

from warehouse.published.connect import literal, quoted
from warehouse.published.spec import TableSpec


def write_comments(con: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    """Explain a table or view of the file `con` is connected to. DuckDB takes no parameters in COMMENT ON.

    Call it within a transaction: each comment by itself waits for the disk.
    """
    is_view = con.execute(
        "SELECT 1 FROM duckdb_views() WHERE database_name = current_database() AND schema_name = ? AND view_name = ?",
        [spec.schema, spec.name],
    ).fetchone()
    comment_on_relation(con, spec, is_view=is_view is not None)
    comment_on_columns(con, spec)


def comment_on_relation(con: duckdb.DuckDBPyConnection, spec: TableSpec, *, is_view: bool) -> None:
    """What it is alone."""
    con.execute(f"COMMENT ON {'VIEW' if is_view else 'TABLE'} {spec.sql} IS {literal(spec.comment)}")


def comment_on_columns(con: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    """What its columns mean alone."""
    statements = (f"COMMENT ON COLUMN {spec.sql}.{quoted(c)} IS {literal(text)}" for c, text in spec.comments.items())
    con.execute("; ".join(statements))
