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
    kind = "VIEW" if is_view else "TABLE"
    statements = [f"COMMENT ON {kind} {spec.sql} IS {literal(spec.comment)}"]
    statements += [f"COMMENT ON COLUMN {spec.sql}.{quoted(c)} IS {literal(text)}" for c, text in spec.comments.items()]
    con.execute("; ".join(statements))
