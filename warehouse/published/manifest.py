"""ledger.content: what the tables of a published file are made of; the next publication replaces only what differs.

Also what the file in the making holds already: tables, columns, comments. Nothing is decided or filled here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import polars as pl

from warehouse.published.dictionary import write_comments

CONTENT = {
    "schema_name": "Schema of the table",
    "table_name": "Table",
    "city": "City of the rows; null for what is not by city",
    "day": "Day of the rows, for metric.value the first day of the period; null for what is not by day",
    "stamp": "What the rows are made of: the batch, the file, or a hash of all that decides; another stamp, other rows",
    "columns": "For a file behind a view: its columns, as JSON",
}
_SCHEMA = pl.Schema({name: pl.Date if name == "day" else pl.String for name in CONTENT})
Key = tuple[str | None, date | None, str]  # city, day and, for a file, its name: what is replaced as one


@dataclass(frozen=True)
class Found:
    """A table or view that is in the file: its comment, and type and comment of each column."""

    is_view: bool
    comment: str | None
    columns: Mapping[str, tuple[str, str | None]]

    @property
    def types(self) -> dict[str, str]:
        return {name: dtype for name, (dtype, _) in self.columns.items()}

    def says(self, description: str, columns: Mapping[str, str]) -> bool:
        return self.comment == description and {c: text for c, (_, text) in self.columns.items()} == dict(columns)


@dataclass
class Content:
    """What the file holds, table by table (`schema.table`); `rows` becomes what it will hold."""

    there: Mapping[str, Found]
    known: Mapping[str, Sequence[tuple[str | None, date | None, str, str | None]]]
    rows: list[tuple[str, str, str | None, date | None, str, str | None]] = field(default_factory=list)

    def add(self, schema: str, table: str, city: str | None, day: date | None, stamp: str, columns: str | None) -> None:
        self.rows.append((schema, table, city, day, stamp, columns))


def look(con: duckdb.DuckDBPyConnection, *, trusted: bool) -> Content:
    """What is in the file. What is not `trusted` counts as unknown, so that all of it is made anew."""
    there = found(con)
    known: dict[str, list[tuple[str | None, date | None, str, str | None]]] = {}
    if trusted and "ledger.content" in there:
        for schema, table, *row in con.execute(f"SELECT {_NAMES} FROM ledger.content").fetchall():
            known.setdefault(f"{schema}.{table}", []).append(tuple(row))
    return Content(there, known)


def found(con: duckdb.DuckDBPyConnection) -> dict[str, Found]:
    columns: dict[str, dict[str, tuple[str, str | None]]] = {}
    for table, name, dtype, comment in con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type, comment FROM duckdb_columns()"
        " WHERE database_name = current_database() AND NOT internal ORDER BY column_index"
    ).fetchall():
        columns.setdefault(table, {})[name] = dtype, comment
    objects = con.execute(
        "SELECT schema_name || '.' || table_name, false, comment FROM duckdb_tables()"
        " WHERE database_name = current_database() AND NOT internal"
        " UNION ALL SELECT schema_name || '.' || view_name, true, comment FROM duckdb_views()"
        " WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    return {name: Found(is_view, comment, columns[name]) for name, is_view, comment in objects}


def write(con: duckdb.DuckDBPyConnection, content: Content) -> None:
    """ledger.content as it is now; left alone where it is so already."""
    con.register("incoming", pl.DataFrame(content.rows, schema=_SCHEMA, orient="row"))
    con.execute(f"CREATE TEMP TABLE content AS SELECT {_NAMES} FROM incoming ORDER BY ALL")
    con.unregister("incoming")
    if "ledger.content" in content.there:
        differs = con.execute(
            "SELECT 1 FROM (SELECT count(*), sum(hash(c)) FROM content c EXCEPT"
            " SELECT count(*), sum(hash(c)) FROM ledger.content c)"
        ).fetchall()
        if not differs:
            return
    con.execute("CREATE OR REPLACE TABLE ledger.content AS FROM content")
    text = "What each table of this file is made of, by city and day; the next publication replaces what differs"
    write_comments(con, "ledger", "content", text, CONTENT)


_NAMES = ", ".join(f'"{name}"' for name in CONTENT)
