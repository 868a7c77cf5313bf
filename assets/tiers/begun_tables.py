"""What the file of a tier has before a release writes its own rows: all tables, what they mean, and their sealed rows.

Of tables by day most rows are of earlier months and the same in each release. As the comments of 700 columns they were
a third of the work of a file. They are kept as the values are (`sealed_rows`): under a name that follows each time from
the rows that the tier may see now, so that nothing is in it that this release would not put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from assets.tiers.masked_tables import AllowedTable
from assets.tiers.sealed_rows import are_open
from assets.tiers.target import TARGET
from warehouse.published.comments import comment_on_columns, write_comments
from warehouse.published.connect import quoted
from warehouse.published.dictionary_table import DICTIONARY, write_dictionary
from warehouse.published.spec import SCHEMAS, TableSpec

_SCHEMAS = tuple(schema for schema in SCHEMAS if schema not in ("core", "model"))
_WITHHELD = "withheld_metrics"  # of a tier its own; all else that a query for rows by day reads is that of the release
Said = dict[tuple[str, str], str]


@dataclass(frozen=True)
class TierTable:
    """A table of a tier: as it is declared there, where its rows come from (None: the release itself), and the
    statement that makes it where it is a view."""

    spec: TableSpec
    allowed: AllowedTable | None = None
    view: str | None = None

    @property
    def rows_by_day(self) -> str | None:
        """The query for the rows of a table by day whose sealed ones are kept; None of another."""
        return self.allowed.rows if self.allowed is not None and self.allowed.by_day else None


def open_rows(table: TierTable, until: date) -> Sequence[str]:
    """Which rows a release writes itself, as conditions of which a row meets one: all that are not sealed."""
    if table.allowed is not None and table.allowed.shared:
        return are_open(until)
    return ["true" if table.rows_by_day is None else f"NOT {_sealed_days(table.spec, until)}"]


class TierTables:
    """The tables of one tier. until: the first day whose rows are not kept."""

    def __init__(self, con: duckdb.DuckDBPyConnection, tables: Sequence[TierTable], until: date) -> None:
        self.con, self.tables, self.until = con, tables, until

    def said(self, whose: str, known: Said) -> str:
        """The tables and their sealed rows in short: the same for the same.

        known: by query and for whom, what other tiers asked of this release. whose: who has the same rows withheld.
        """
        declared = [(str(one.spec), one.spec.definition, one.spec.comments, one.view) for one in self.tables]
        return repr(
            (declared, [self._days(one, rows, whose, known) for one in self.tables if (rows := one.rows_by_day)])
        )

    def _days(self, table: TierTable, rows: str, whose: str, known: Said) -> str:
        asked = rows, whose if _WITHHELD in rows else ""
        if asked not in known:
            names = ", ".join(map(quoted, table.spec.names))
            query = f"SELECT count(*), sum(hash({names})) FROM ({rows}) WHERE {_sealed_days(table.spec, self.until)}"
            known[asked] = repr(self.con.execute(query).fetchall())
        return known[asked]

    def write(self) -> None:
        """All of it into the file in the making, where sealed values may be already."""
        self.con.execute("BEGIN")
        for schema in _SCHEMAS:
            self.con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for one in self.tables:
            self.con.execute(one.view or f"CREATE TABLE IF NOT EXISTS {one.spec.sql} ({one.spec.definition})")
            comment_on_columns(self.con, one.spec)
            if one.rows_by_day is not None:
                where = _sealed_days(one.spec, self.until)
                self.con.execute(f"INSERT INTO {one.spec.sql} BY NAME FROM ({one.rows_by_day}) WHERE {where}")
        write_dictionary(self.con, [one.spec for one in self.tables])
        write_comments(self.con, DICTIONARY)
        self.con.execute("COMMIT")
        self.con.execute(f"CHECKPOINT {TARGET}")


def _sealed_days(spec: TableSpec, until: date) -> str:
    day = quoted(spec.day)
    return f"({day} IS NOT NULL AND {day} < DATE '{until}')"
