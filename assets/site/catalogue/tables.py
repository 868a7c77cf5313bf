"""Files of tables, and what the file says of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assets.site.opened import OpenFile


@dataclass(frozen=True)
class DataFile:
    """A file of a data set. table: whose columns it has. part: the year or month that it is of; empty: all."""

    path: str
    media_type: str
    table: str
    part: str
    columns: Sequence[str]
    rows: int
    digest: str

    @property
    def kind(self) -> str:
        """The ending of its name."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class ColumnSaid:
    """What ledger.dictionary says of a column."""

    dtype: str
    unit: str | None
    is_key: bool
    meaning: str


def columns_of(file: OpenFile, table: str) -> Mapping[str, ColumnSaid]:
    """The columns of a table by name, in their order."""
    return file.once("columns of all tables", lambda: _columns(file)).get(table, {})


def _columns(file: OpenFile) -> dict[str, dict[str, ColumnSaid]]:
    rows = file.frame(
        "SELECT schema_name || '.' || table_name, column_name, type, unit, is_key, meaning FROM ledger.dictionary"
        " ORDER BY 1, position"
    )
    found = dict[str, dict[str, ColumnSaid]]()
    for table, name, dtype, unit, is_key, meaning in rows.rows():
        found.setdefault(table, {})[name] = ColumnSaid(dtype, unit, bool(is_key), meaning or "")
    return found
