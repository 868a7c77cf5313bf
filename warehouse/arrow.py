"""Frames of Polars in DuckDB, and what DuckDB finds as frames, through the C interface of Arrow.

DuckDB's own `register` and `pl` go by pyarrow, whose import takes 0.08 s of CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import polars as pl

if TYPE_CHECKING:
    from polars._typing import PolarsDataType


class ArrowSource(Protocol):
    """What gives its rows as a stream of Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any: ...


class _Rows:
    """A source of rows and nothing else: by its type both libraries would know it, and take the way by pyarrow."""

    def __init__(self, source: ArrowSource) -> None:
        self._source = source

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> Any:
        return self._source.__arrow_c_stream__(requested_schema)

    def empty(self) -> None:
        """Give none any more, and keep none."""
        self._source = pl.DataFrame()


@dataclass(frozen=True)
class Lent:
    """A frame that a connection reads under a name."""

    con: duckdb.DuckDBPyConnection
    name: str
    rows: _Rows

    def take_back(self) -> None:
        """There is nothing under the name any more. In a transaction DuckDB keeps what it knew until the end, so the
        frame itself is taken away: else all that are lent in it are in memory together."""
        self.con.unregister(self.name)
        self.rows.empty()


def lend(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> Lent:
    """Let the connection read a frame under this name, until it is taken back. A column without a type is one of texts
    there: such a stream of Polars is none that DuckDB reads."""
    typed = {column: _typed(dtype) for column, dtype in frame.schema.items()}
    rows = _Rows(frame.cast({c: dtype for c, dtype in typed.items() if dtype != frame.schema[c]}))
    con.register(name, rows)
    return Lent(con, name, rows)


def fetched_frame(found: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The rows of a query."""
    return pl.DataFrame(_Rows(found))


def _typed(dtype: PolarsDataType) -> PolarsDataType:
    if isinstance(dtype, pl.Null):
        return pl.String()
    if isinstance(dtype, pl.List):
        return pl.List(_typed(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pl.Struct([pl.Field(field.name, _typed(field.dtype)) for field in dtype.fields])
    return dtype
