"""Figures of a day: a Polars SQL aggregate as DuckDB computes it too.

Both read much the same SQL, but not all of it means the same in both: a cast of 2.5 to a whole number is 2 in Polars
and 3 in DuckDB. Only what was found to be the same is passed on; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from quality.contract.columns import Column
from quality.odcs.sql import name_in_sql
from warehouse.published.spec import duckdb_type

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_CALLED = re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*)\s*\(")
_FUNCTIONS = {"count", "sum", "avg", "min", "max", "abs", "nullif", "coalesce", "median", "stddev", "variance", "sqrt"}
_FUNCTIONS |= {"substr", "lower", "upper", "extract"}
_WORDS = {"in", "and", "or", "not", "when", "then", "else", "case", "end", "distinct"}  # stand before a bracket, too
_OTHER = re.compile(
    r"::|//|%|~|\|\||\\|[{}\[\]$@]|\b(?:cast|over|filter|collate|interval|div|like|rlike)\b", re.IGNORECASE
)


def figure_in_duckdb(expression: str) -> str | None:
    """The aggregate as DuckDB reads it; None where it may mean something else there."""
    plain = _QUOTED.sub("''", expression)
    if (
        _OTHER.search(plain)
        or "{" in expression
        or not {f.lower() for f in _CALLED.findall(plain)} <= _FUNCTIONS | _WORDS
    ):
        return None
    return expression


def reads(query: str, schema: str, table: str, columns: Sequence[tuple[str, str]]) -> bool:
    """Whether DuckDB understands a query about a table of these columns and types."""
    names = ", ".join(f"{name_in_sql(name)} {dtype}" for name, dtype in columns)
    with duckdb.connect() as con:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {name_in_sql(schema)}")
        con.execute(f"CREATE TABLE {name_in_sql(schema)}.{name_in_sql(table)} ({names})")
        try:
            con.execute(f"EXPLAIN {query}")
        except duckdb.Error:
            return False
    return True


def types_of(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """The names and published types of columns."""
    return [(column.name, duckdb_type(column.dtype)) for column in columns]
