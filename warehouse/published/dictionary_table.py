"""ledger.dictionary: what every column of the file is, as a table: for programs, as the comments are for people."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import polars as pl

from warehouse.arrow import lend
from warehouse.published.comments import write_comments
from warehouse.published.spec import PublishedColumn, TableSpec

DICTIONARY = TableSpec(
    "ledger",
    "dictionary",
    "What every column of this file is; the comments of the file say the same to people",
    (
        PublishedColumn("schema_name", "VARCHAR", "Schema of the table", key=True),
        PublishedColumn("table_name", "VARCHAR", "Table or view", key=True),
        PublishedColumn("column_name", "VARCHAR", "Column", key=True),
        PublishedColumn("position", "BIGINT", "Its place among the columns of the table, from 1 on"),
        PublishedColumn("type", "VARCHAR", "Its type"),
        PublishedColumn("unit", "VARCHAR", "Unit of its numbers, where all of them have the same"),
        PublishedColumn("is_key", "BOOLEAN", "It belongs to the key: no two rows of the table have the same"),
        PublishedColumn("meaning", "VARCHAR", "What it holds"),
    ),
)


def write_dictionary(con: duckdb.DuckDBPyConnection, specs: Iterable[TableSpec]) -> None:
    """The dictionary of these tables; left alone where it is so already."""
    rows = [
        (spec.schema, spec.name, c.name, position, c.dtype, c.unit, c.key, c.comment)
        for spec in sorted(specs, key=str)
        for position, c in enumerate(spec.columns, 1)
    ]
    kinds = {"BIGINT": pl.Int64, "BOOLEAN": pl.Boolean}
    schema = {name: kinds.get(dtype, pl.String) for name, dtype in DICTIONARY.types.items()}
    lent = lend(con, "incoming", pl.DataFrame(rows, schema=schema, orient="row"))
    con.execute(f"CREATE TABLE IF NOT EXISTS {DICTIONARY.sql} ({DICTIONARY.definition})")
    there = f"(SELECT count(*), sum(hash(d)) FROM {DICTIONARY.sql} d)"
    if con.execute(f"{there} EXCEPT (SELECT count(*), sum(hash(i)) FROM incoming i)").fetchall():
        con.execute(f"CREATE OR REPLACE TABLE {DICTIONARY.sql} ({DICTIONARY.definition})")
        con.execute(f"INSERT INTO {DICTIONARY.sql} BY NAME FROM incoming")
        write_comments(con, DICTIONARY)
    lent.take_back()
