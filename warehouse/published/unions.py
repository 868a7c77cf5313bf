"""Views over tables of the same file, in the columns and types that are declared: queries, and unions of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from warehouse.published.connect import literal, quoted
from warehouse.published.load import Change, PublishedTable
from warehouse.published.manifest import Input, Previous
from warehouse.published.spec import CITY, PublishError, TableSpec


@dataclass(frozen=True)
class QueryView(PublishedTable):
    """What a query over tables of the file gives, by the declared names of its columns."""

    query: str

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        columns = ", ".join(
            f"CAST({quoted(name)} AS {dtype}) AS {quoted(name)}" for name, dtype in self.spec.types.items()
        )
        query = f"SELECT {columns} FROM ({self.query})"
        return _view(self.spec, [Input(None, None, query)], query, previous)


@dataclass(frozen=True)
class Part:
    """One table of a union, and what each of its rows has beside the table's own columns (None: null)."""

    table: TableSpec
    constants: Mapping[str, str | None]


@dataclass(frozen=True)
class UnionView(PublishedTable):
    """All rows of these tables. A declared column that neither the table nor its constants have is null there.

    The tables are read by their names, which a file resolves within itself under whatever name it is attached.
    """

    parts: Sequence[Part]

    def check(self) -> None:
        if not self.parts:
            raise PublishError(f"{self.spec}: a union needs a table")

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        # each part is an input of its own: who takes one city out of the file makes the view of its parts alone
        parts = [Input(part.constants.get(CITY), None, self._select(part)) for part in self.parts]
        return _view(self.spec, parts, " UNION ALL ".join(part.input for part in parts), previous)

    def _select(self, part: Part) -> str:
        columns = ", ".join(
            f"CAST({_value(part, name)} AS {self.spec.types[name]}) AS {quoted(name)}" for name in self.spec.names
        )
        return f"SELECT {columns} FROM {part.table.sql}"


def _view(spec: TableSpec, inputs: Sequence[Input], query: str, previous: Previous) -> Change:
    if previous.relation is not None and set(inputs) == set(previous.inputs):
        return Change(inputs)
    return Change(inputs, statement=f"CREATE OR REPLACE VIEW {spec.sql} AS {query}", is_view=True)


def _value(part: Part, name: str) -> str:
    if name in part.constants:
        constant = part.constants[name]
        return "NULL" if constant is None else literal(constant)
    return quoted(name) if name in part.table.names else "NULL"
