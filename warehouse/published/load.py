"""Filling the tables of a file in the making. It begins as a copy of what is published: only what differs is written.

What a table is stands in tables.py, views over files in views.py; what changed is recorded in history.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from warehouse.published import manifest as content
from warehouse.published import views
from warehouse.published.connect import quoted
from warehouse.published.dictionary import write_comments
from warehouse.published.manifest import Content
from warehouse.published.spec import OWN, STAMP, VALUE, Appended, Part, Parts, PublishError, Table, check_rows
from warehouse.published.versions import KEY

# A row of metric.value keeps its run and time for as long as none of these changes.
COMPARED = ("value", "unit", "n", "completeness", "status", "reason", "target", "source", "batch_ids")
_KEYS = ", ".join(KEY)


@dataclass
class Filling:
    """One file in the making, connected to and in a transaction, and what it held before."""

    con: duckdb.DuckDBPyConnection
    content: Content
    run_id: str
    now: datetime
    revised: bool = (
        False  # metric.value: then `marked` tells which of its rows are new, `revised` where to look for gone
    )

    def fill(self, table: Table) -> None:
        """Bring a table to what it should hold now. Raises PublishError."""
        self._make_room(table)
        try:
            if isinstance(table.data, pl.DataFrame):
                self._replace(table, table.data, None)
            elif isinstance(table.data, Parts):
                self._fill_parts(table, table.data)
            elif isinstance(table.data, Appended):
                self._append(table, table.data)
            elif callable(table.data):
                frame = table.data(self.con)
                check_rows(table, frame)
                self._replace(table, frame, None)
            else:
                self._over_files(table, table.data)
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise PublishError(f"{table} cannot be written: {error}") from error

    def finish(self, tables: Sequence[Table]) -> None:
        """Remove what is published no more, and say what everything means and is made of."""
        wanted = {str(table) for table in tables} | set(OWN)
        for name, there in self.content.there.items():
            if name not in wanted:
                self.con.execute(f"DROP {'VIEW' if there.is_view else 'TABLE'} {_sql(name)}")
        now = content.found(self.con)
        for table in tables:
            if not now[str(table)].says(table.description, table.columns):
                write_comments(self.con, table.schema, table.name, table.description, table.columns)
        content.write(self.con, self.content)

    def _make_room(self, table: Table) -> None:
        """A feed that had no files yet was an empty table, and becomes a view; or the other way round."""
        there = self.content.there.get(str(table))
        is_view = isinstance(table.data, Sequence) and bool(table.data)
        if there is not None and there.is_view != is_view:
            self.con.execute(f"DROP {'VIEW' if there.is_view else 'TABLE'} {table.sql}")

    def _shape(self, table: Table) -> Mapping[str, str] | None:
        """Columns and types of the table as it is, None if there is none."""
        there = self.content.there.get(str(table))
        return None if there is None or there.is_view else there.types

    def _fill_parts(self, table: Table, data: Parts) -> None:
        known = self.content.known.get(str(table), ())
        before = {(city, day): stamp for city, day, stamp, _ in known if city is not None and day is not None}
        if not _alike(self._shape(table), {name: (table.dtypes or {})[name] for name in table.columns}):
            before = {}
        wanted = sorted(part for part, stamp in data.stamps.items() if before.get(part) != stamp)
        gone = [part for part in before if part not in data.stamps]
        if wanted or gone or not before:
            frame = data.load(self.con, wanted)
            check_rows(table, frame)
            strays = frame.select("city", data.day).unique().rows()
            if stray := set(strays) - set(wanted):
                raise PublishError(f"{table}: rows of {min(stray)}, which was not asked for")
            self._replace(table, frame, [*wanted, *gone] if before else None, data.day)
        for (city, day), stamp in data.stamps.items():
            self.content.add(table.schema, table.name, city, day, stamp, None)

    def _append(self, table: Table, data: Appended) -> None:
        before = {stamp for *_, stamp, _ in self.content.known.get(str(table), ())}
        files = {path.name: path for path in data.files}
        fresh = [path for name, path in files.items() if name not in before]
        types = self._stage(table, data.load([]), table.dtypes or {})
        if not before or not _alike(self._shape(table), types):
            self._replace(table, data.load(data.files), None)
        elif fresh:
            self._replace(table, data.load(fresh), [], known=not before <= files.keys())
        if not before <= files.keys() and self._rows(table) != data.rows():  # somebody took rows out of the ledger
            self._replace(table, data.load(data.files), None)
        for name in files:
            self.content.add(table.schema, table.name, None, None, name, None)

    def _over_files(self, table: Table, files: Sequence) -> None:
        before = self.content.known.get(str(table), ())
        view = views.view(table, files, {stamp: columns for _, day, stamp, columns in before if day and columns})
        definition = (None, None, view.digest, None)
        if not files:
            if not _alike(self._shape(table), view.types):
                self.con.execute(view.sql)
        elif definition not in before or str(table) not in self.content.there:
            self.con.execute(view.sql)
        self.content.add(table.schema, table.name, *definition)
        for day, path, columns in view.files:
            self.content.add(table.schema, table.name, None, day, path, columns)

    def _replace(
        self, table: Table, frame: pl.DataFrame, parts: Sequence[Part] | None, day: str = "day", *, known: bool = False
    ) -> None:
        """The rows of these parts, or of the whole table if None, make place for those of `frame`.

        known: some of the rows may be in the table already, out of files that were folded into one.
        """
        is_value = str(table) == "metric.value"
        fixed = VALUE if is_value else STAMP if str(table) == "metric.latest" else {}
        types = self._stage(table, frame, {**fixed, **(table.dtypes or {})})
        if parts is not None:
            self.con.register("incoming", pl.DataFrame(parts, schema={"city": pl.String, "day": pl.Date}, orient="row"))
            self.con.execute("CREATE OR REPLACE TEMP TABLE touched AS FROM incoming")
            self.con.unregister("incoming")
        of_parts = f"WHERE (city, {quoted(day)}) IN (FROM touched)"
        if is_value:
            self._stamp_values(parts is None, of_parts, types)
        elif str(table) == "metric.latest":
            self._stamp_latest(table)
        if parts is None:
            if _alike(self._shape(table), types) and self._holds_staged(table):
                return
            definition = ", ".join(f"{quoted(name)} {dtype}" for name, dtype in types.items())
            self.con.execute(f"CREATE OR REPLACE TABLE {table.sql} ({definition})")
        elif parts:
            self.con.execute(f"DELETE FROM {table.sql} {of_parts}")
        alike = f"FROM {table.sql} SEMI JOIN staged USING ({quoted(next(iter(types)))})"
        new = f"(FROM staged EXCEPT ALL ({alike}))" if known else "staged"
        self.con.execute(f"INSERT INTO {table.sql} BY NAME FROM {new}")

    def _rows(self, table: Table) -> int:
        return self.con.execute(f"SELECT count(*) FROM {table.sql}").fetchall()[0][0]

    def _holds_staged(self, table: Table) -> bool:
        rows = "SELECT count(*), sum(hash(r)) FROM {} r"
        return len(self.con.execute(f"{rows.format(table.sql)} UNION {rows.format('staged')}").fetchall()) == 1

    def _stamp_values(self, whole: bool, of_parts: str, types: Mapping[str, str]) -> None:
        """Run and time into `staged`; `marked` says which values are as they were."""
        con, there = self.con, "metric.value" in self.content.there
        source = "staged LIMIT 0" if not there else "metric.value" if whole else f"metric.value {of_parts}"
        con.execute(f"CREATE TEMP TABLE previous AS FROM {source}")
        parts = "SELECT city, period_start AS day FROM"
        every = f"{parts} metric.history UNION {parts} staged"
        con.execute(f"CREATE TEMP TABLE revised AS {every if whole else 'FROM touched'}")
        self.revised = True
        same = " AND ".join(
            # a column may have changed its type since: what cannot be cast is a change
            f"n.{name} IS NOT DISTINCT FROM TRY_CAST(p.{name} AS {types[name]})"
            for name in COMPARED
        )
        con.execute(f"""
            CREATE TEMP TABLE marked AS
            SELECT n.*, p.run_id AS run_before, p.published_at AS published_before,
                p.city IS NOT NULL AND {same} AS same
            FROM staged n LEFT JOIN previous p USING ({_KEYS})""")
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE staged AS
            SELECT * EXCLUDE (same, run_before, published_before) REPLACE (
                CASE WHEN same THEN run_before ELSE ? END AS run_id,
                CASE WHEN same THEN published_before ELSE ?::TIMESTAMPTZ END AS published_at)
            FROM marked ORDER BY period_start, {_KEYS}""",
            [self.run_id, self.now],
        )

    def _stamp_latest(self, table: Table) -> None:
        con = self.con
        if con.execute(f"SELECT 1 FROM staged ANTI JOIN metric.value USING ({_KEYS}) LIMIT 1").fetchall():
            raise PublishError(f"{table} has rows whose key is not in metric.value")
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE staged AS
            SELECT l.* REPLACE (v.run_id AS run_id, v.published_at AS published_at)
            FROM staged l JOIN metric.value v USING ({_KEYS}) ORDER BY {_KEYS}""")

    def _stage(self, table: Table, frame: pl.DataFrame, dtypes: Mapping[str, str]) -> dict[str, str]:
        """The frame as the temporary table `staged`, in the order of the comments. Its types."""
        # DuckDB cannot read Int128 (the sum of UInt64 and Int64), JDBC tools stumble over unsigned columns.
        whole = [name for name, dtype in frame.schema.items() if dtype.is_unsigned_integer() or dtype == pl.Int128]
        self.con.register("incoming", frame.with_columns(pl.col(whole).cast(pl.Int64)))
        found: dict[str, str] = {}
        for name, dtype, *_ in self.con.execute("DESCRIBE FROM incoming").fetchall():
            # Polars' Time arrives as TIME_NS, which storage v1.0.0 does not have
            found[name] = dtypes.get(name, "TIME" if dtype == "TIME_NS" else dtype)
            if '"NULL"' in found[name]:
                raise PublishError(f"{table}.{name} holds nothing but null, so its type is unknown: give dtypes")
            if "INTERVAL" in found[name]:
                raise PublishError(f"{table}.{name} is a duration, which Polars cannot read back: give a number")
        types = {name: found[name] for name in table.columns}
        casts = ", ".join(f"CAST({quoted(c)} AS {dtype}) AS {quoted(c)}" for c, dtype in types.items())
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE staged AS SELECT {casts} FROM incoming")
        self.con.unregister("incoming")
        return types


def _alike(a: Mapping[str, str] | None, b: Mapping[str, str]) -> bool:
    return a is not None and list(a.items()) == list(b.items())


def _sql(name: str) -> str:
    return ".".join(quoted(part) for part in name.split(".", 1))
