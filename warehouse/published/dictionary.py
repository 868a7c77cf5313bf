"""The data dictionary of a published file: the comments in it, read back as documentation."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from warehouse.arrow import fetched_frame
from warehouse.published import connect
from warehouse.published.connect import quoted
from warehouse.published.markdown import markdown_cell
from warehouse.published.spec import SCHEMAS

_OBJECTS = f"""
    SELECT schema_name, table_name, comment, false AS is_view
    FROM duckdb_tables() WHERE database_name = '{connect.CATALOG}' AND NOT internal
    UNION ALL
    SELECT schema_name, view_name, comment, true
    FROM duckdb_views() WHERE database_name = '{connect.CATALOG}' AND NOT internal"""
_COLUMNS = f"""
    SELECT schema_name, table_name, column_name, data_type AS type,
        comment, column_index
    FROM duckdb_columns() WHERE database_name = '{connect.CATALOG}' AND NOT internal"""


def undocumented(path: Path) -> list[str]:
    """`schema.table` and `schema.table.column` of everything in the file that has no comment."""
    query = f"""
        SELECT concat_ws('.', schema_name, table_name) AS name, comment FROM ({_OBJECTS})
        UNION ALL
        SELECT concat_ws('.', schema_name, table_name, column_name), comment FROM ({_COLUMNS})"""
    with connect.open_file(path) as con:
        rows = con.execute(
            f"SELECT name FROM ({query}) WHERE trim(coalesce(comment, '')) = '' ORDER BY name"
        ).fetchall()
    return [name for (name,) in rows]


def describe(path: Path) -> pl.DataFrame:
    """Every column of the file: schema_name, table_name, column_name, type, comment."""
    with connect.open_file(path) as con:
        return fetched_frame(
            con.sql(
                f"SELECT schema_name, table_name, column_name, type, comment FROM ({_COLUMNS})"
                " ORDER BY schema_name, table_name, column_index"
            )
        )


def dictionary_page(path: Path) -> str:
    """The data dictionary of the file, for people."""
    with connect.open_file(path) as con:
        tables = con.execute(
            f"SELECT schema_name, table_name, comment, is_view FROM ({_OBJECTS}) ORDER BY schema_name, table_name"
        ).fetchall()
        rows = {
            (schema, name): con.execute(f"SELECT count(*) FROM {quoted(schema)}.{quoted(name)}").fetchone()
            for schema, name, _, is_view in tables
            if not is_view  # counting a view would read the lake
        }
    columns = describe(path)
    # the schemas in the order in which a reader wants them, not by alphabet
    order = [*SCHEMAS, *sorted({schema for schema, *_ in tables} - SCHEMAS.keys())]
    lines = ["# Data dictionary", ""]
    for schema in order:
        inside = [table for table in tables if table[0] == schema]
        if not inside:
            continue
        lines += [f"## {schema}", "", SCHEMAS.get(schema, ""), ""]
        for _, name, comment, is_view in inside:
            size = "view" if is_view else f"{(rows[schema, name] or (0,))[0]:,} rows"
            lines += [f"### {schema}.{name}", "", f"{comment or '(no description)'} ({size})", ""]
            lines += ["| column | type | meaning |", "|---|---|---|"]
            described = columns.filter(pl.col("schema_name") == schema, pl.col("table_name") == name)
            lines += [
                f"| `{markdown_cell(column)}` | {markdown_cell(dtype)} | {markdown_cell(text)} |"
                for column, dtype, text in described.select("column_name", "type", "comment").iter_rows()
            ]
            lines.append("")
    return "\n".join(lines)
