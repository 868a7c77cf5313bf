"""ledger.manifest: what the tables of a published file are made of; the next publication replaces only what differs.

Also what the file in the making holds already: tables, columns, comments. Nothing is decided or loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import duckdb
import polars as pl

from warehouse.arrow import lend
from warehouse.published.comments import write_comments
from warehouse.published.spec import PublishedColumn, TableSpec

MANIFEST = TableSpec(
    "ledger",
    "manifest",
    "What each table of this file is made of, by city and day; the next publication replaces what differs",
    (
        PublishedColumn("schema_name", "VARCHAR", "Schema of the table"),
        PublishedColumn("table_name", "VARCHAR", "Table"),
        PublishedColumn("city", "VARCHAR", "City of the rows; null for what is not by city"),
        PublishedColumn(
            "day",
            "DATE",
            "Day of the rows, for metric.value the first day of the period; null for what is not by day",
        ),
        PublishedColumn(
            "input",
            "VARCHAR",
            "What the rows are made of: the batch, the file, or a hash of all that decides; other input, other rows",
        ),
        PublishedColumn("columns", "VARCHAR", "For a file behind a view: its columns, as JSON"),
    ),
)
_SCHEMA = pl.Schema({column.name: pl.Date if column.dtype == "DATE" else pl.String for column in MANIFEST.columns})
_NAMES = ", ".join(MANIFEST.names)


class Input(NamedTuple):
    """One thing that a table is made of. `columns`: of a file behind a view, as JSON."""

    city: str | None
    day: date | None
    input: str
    columns: str | None = None


@dataclass(frozen=True)
class Relation:
    """A table or view that is in the file: its comment, type and comment of each column, and which take no null."""

    is_view: bool
    comment: str | None
    columns: Mapping[str, tuple[str, str | None]]
    required: frozenset[str]

    @property
    def types(self) -> dict[str, str]:
        """Types of the columns, in their order."""
        return {name: dtype for name, (dtype, _) in self.columns.items()}

    def is_described_by(self, spec: TableSpec) -> bool:
        """Whether its comments are those of the declaration."""
        comments = {name: comment for name, (_, comment) in self.columns.items()}
        return self.comment == spec.comment and comments == spec.comments


@dataclass(frozen=True)
class Previous:
    """What the file in the making holds of one table before it is loaded, and what that is made of."""

    relation: Relation | None
    inputs: Sequence[Input]

    @property
    def types(self) -> dict[str, str] | None:
        """Types of the columns; None when there is no such table, or a view in its place."""
        return None if self.relation is None or self.relation.is_view else self.relation.types

    def fits(self, spec: TableSpec) -> bool:
        """Whether there is a table with the columns of `spec`, in their order, with its key."""
        relation, types = self.relation, self.types
        if relation is None or types is None:
            return False
        return list(types.items()) == list(spec.types.items()) and relation.required == set(spec.key)


@dataclass(frozen=True)
class Manifest:
    """What a file holds, table by table (`schema.table`)."""

    relations: Mapping[str, Relation]
    inputs: Mapping[str, Sequence[Input]]

    def of(self, spec: TableSpec) -> Previous:
        """What is there of one table."""
        return Previous(self.relations.get(str(spec)), self.inputs.get(str(spec), ()))


def read_manifest(con: duckdb.DuckDBPyConnection, *, trusted: bool) -> Manifest:
    """What is in the file. What is not `trusted` counts as unknown, so that all of it is made again."""
    relations = read_relations(con)
    inputs: dict[str, list[Input]] = {}
    if trusted and str(MANIFEST) in relations:
        for schema, table, *row in con.execute(f"SELECT {_NAMES} FROM {MANIFEST.sql}").fetchall():
            inputs.setdefault(f"{schema}.{table}", []).append(Input(*row))
    return Manifest(relations, inputs)


def read_relations(con: duckdb.DuckDBPyConnection) -> dict[str, Relation]:
    """All tables and views of the file, by `schema.table`."""
    columns: dict[str, dict[str, tuple[str, str | None]]] = {}
    required: dict[str, set[str]] = {}
    for table, name, dtype, comment, is_nullable in con.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type, comment, is_nullable FROM duckdb_columns()"
        " WHERE database_name = current_database() AND NOT internal ORDER BY column_index"
    ).fetchall():
        columns.setdefault(table, {})[name] = dtype, comment
        if not is_nullable:
            required.setdefault(table, set()).add(name)
    relations = con.execute(
        "SELECT schema_name || '.' || table_name, false, comment FROM duckdb_tables()"
        " WHERE database_name = current_database() AND NOT internal"
        " UNION ALL SELECT schema_name || '.' || view_name, true, comment FROM duckdb_views()"
        " WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    return {
        name: Relation(is_view, comment, columns[name], frozenset(required.get(name, ())))
        for name, is_view, comment in relations
    }


def write_manifest(
    con: duckdb.DuckDBPyConnection, previous: Manifest, inputs: Mapping[TableSpec, Sequence[Input]]
) -> None:
    """ledger.manifest as it is now; left alone where it is so already."""
    rows = [(spec.schema, spec.name, *made_of) for spec, of_table in inputs.items() for made_of in of_table]
    lent = lend(con, "incoming", pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
    con.execute(f"CREATE TEMP TABLE new_manifest AS SELECT {_NAMES} FROM incoming ORDER BY ALL")
    lent.take_back()
    if str(MANIFEST) in previous.relations:
        differs = con.execute(
            "SELECT 1 FROM (SELECT count(*), sum(hash(m)) FROM new_manifest m EXCEPT"
            f" SELECT count(*), sum(hash(m)) FROM {MANIFEST.sql} m)"
        ).fetchall()
        if not differs:
            return
    con.execute(f"CREATE OR REPLACE TABLE {MANIFEST.sql} AS FROM new_manifest")
    write_comments(con, MANIFEST)
