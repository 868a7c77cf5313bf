"""A SQLAlchemy mini-dialect over a DuckDB connection that stays the caller's."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import duckdb
from sqlalchemy.engine import URL, Engine, reflection
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.compiler import IdentifierPreparer, SQLCompiler
from sqlalchemy.types import UserDefinedType


def sqlalchemy_engine(con: duckdb.DuckDBPyConnection) -> Engine:
    """A SQLAlchemy engine whose only connection is `con`. It can neither close it nor end its transaction."""
    dialect = DuckDBDialect(dbapi=duckdb, paramstyle="qmark")  # type: ignore[arg-type]
    pool = StaticPool(lambda: _Connection(con), dialect=dialect, reset_on_return=None)  # type: ignore[arg-type]
    return Engine(pool, dialect, URL.create("duckdb"))


def executed(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    """Run a statement; its result waits on the connection."""
    return con.execute(sql)


class _Cursor:
    """DB-API cursor whose rows are fetched inside execute: DuckDB keeps one pending result per connection."""

    arraysize = 1
    rowcount = -1

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._rows: list[tuple[Any, ...]] = []
        self.description: Any = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        result = executed(self._con, sql)
        self.description = result.description
        self._rows = result.fetchall()[::-1]

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        return [self._rows.pop() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._rows)) if self._rows else []

    def close(self) -> None:
        self._rows = []


class _Connection:
    """DB-API connection that cannot end the caller's transaction or close it, which GX's engine would do."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    def cursor(self) -> _Cursor:
        return _Cursor(self._con)

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


class _Compiler(SQLCompiler):
    """Writes values into the SQL: a relation takes no parameters without being executed at once."""

    def visit_bindparam(self, bindparam: Any, *args: Any, **kwargs: Any) -> str:
        return super().visit_bindparam(bindparam, *args, **kwargs | {"literal_binds": True})


class _Preparer(IdentifierPreparer):
    """Quotes every identifier (DuckDB has more reserved words than SQLAlchemy knows) and "catalog.schema"."""

    def _requires_quotes(self, value: str) -> bool:
        return True

    def quote_schema(self, schema: str, force: Any = None) -> str:
        return ".".join(self.quote(part) for part in schema.split("."))


@functools.cache
def _type(name: str) -> Any:
    """A SQLAlchemy type class per DuckDB type. DECIMAL(9,2) is a subclass of DECIMAL: both names fit it."""
    base, bracket, _ = name.partition("(")
    return type(
        name,
        (_type(base) if bracket else UserDefinedType,),
        {"get_col_spec": lambda self, **kw: name, "__str__": lambda self: name},
    )


class DialectModule:
    """What GX looks at to choose its regex SQL and to find types by name.

    A `DremioDialect` attribute makes it emit REGEXP_MATCHES(column, regex). A PostgreSQL look-alike would
    make it emit `~`, which in DuckDB is a FULL match.
    """

    __name__ = name = "duckdb"
    DremioDialect = True

    def __getattr__(self, name: str) -> Any:
        if name.isupper():  # a type; other names are GX asking "are you BigQuery?"
            return _type(name)
        raise AttributeError(name)


class DuckDBDialect(DefaultDialect):
    """DuckDB's SQL, as far as Great Expectations writes it."""

    name = "duckdb"
    driver = "open_connection"
    default_paramstyle = "qmark"
    supports_statement_cache = False  # values are part of the SQL
    supports_native_boolean = True
    preparer = _Preparer
    statement_compiler = _Compiler

    @reflection.cache
    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """Columns as [{name, type}], the type as DuckDB writes it (VARCHAR, DECIMAL(9,2), ...)."""
        name = self.identifier_preparer.quote(str(table_name))
        if schema:
            name = f"{self.identifier_preparer.quote_schema(schema)}.{name}"
        rows = connection.exec_driver_sql(f"DESCRIBE {name}").fetchall()
        return [{"name": row[0], "type": _type(row[1])(), "nullable": True, "default": None} for row in rows]
