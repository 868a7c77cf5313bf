"""Where the rows of a published table come from: one class for each way, and what a load changes in the file.

A file in the making begins as a copy of what is published: only what differs is staged, in temporary tables whose
names are in the Change.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from warehouse.arrow import lend
from warehouse.home import Home
from warehouse.published.connect import quoted
from warehouse.published.manifest import Input, Previous
from warehouse.published.spec import CITY, Partition, PublishError, TableSpec, check_columns, check_rows, without_zone

AT_ONCE = 250_000  # rows that are made at once: 400 MB of values with their reasons and batches
FIRST_PARTITIONS = 32  # of the first piece, of which nothing is known: more than a night has

_PARTITION = pl.Schema({"city": pl.String, "day": pl.Date})


@dataclass(frozen=True)
class Change:
    """What turns a table into what it should hold now, and what it is made of then.

    `rows`: temporary table with new rows; None leaves the table as it is. They take the place of all rows, or of those
    of `partitions` (temporary table of city and day), or of none when they are `appended`.
    `statement`: what makes the view, or the empty table in its place.
    """

    inputs: Sequence[Input]
    rows: str | None = None
    partitions: str | None = None
    appended: bool = False
    statement: str | None = None
    is_view: bool = False


@dataclass(frozen=True)
class PublishedTable(ABC):
    """A declared table and the way its rows come into the file."""

    spec: TableSpec

    def check(self) -> None:
        """Refuse what can be refused without touching a file. Raises PublishError."""
        return

    @abstractmethod
    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        """Stage what differs from `previous`. Nothing that is published is changed. Raises PublishError."""


@dataclass(frozen=True)
class Frame(PublishedTable):
    """A small table that is there as a frame."""

    frame: pl.DataFrame

    def check(self) -> None:
        check_rows(self.spec, self.frame)

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        return Change([], stage_frame(connection, self.spec, self.frame))


@dataclass(frozen=True)
class Partitions(PublishedTable):
    """Rows by city and day. `inputs` says of each partition all it is made from: same input, same rows."""

    inputs: Mapping[Partition, str]

    @property
    def read_for_each(self) -> int:
        """How many rows are read for each row that is made."""
        return 1

    @abstractmethod
    def rows(self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]) -> pl.DataFrame:
        """The rows of these partitions, and no others. The versioned table and those given earlier are loaded."""

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        inputs = [Input(city, day, text) for (city, day), text in self.inputs.items()]
        before: dict[Partition, str] = {}
        if previous.fits(self.spec):
            before = {Partition(i.city, i.day): i.input for i in previous.inputs if i.city and i.day}
        changed = (partition for partition, text in self.inputs.items() if before.get(partition) != text)
        other = sorted(changed, key=lambda partition: (partition.day, partition.city))
        gone = [partition for partition in before if partition not in self.inputs]
        if before and not other and not gone:
            return Change(inputs)
        staged = _stage_none(connection, self.spec)
        for some, frame in self._in_pieces(connection, other):
            check_rows(self.spec, frame)
            present = set(frame.select(CITY, self.spec.day).unique().rows())
            if strays := present - set(some):
                raise PublishError(f"{self.spec}: rows of {min(strays)}, which was not asked for")
            _add_staged(connection, self.spec, frame)
        partitions = _stage_partitions(connection, self.spec, [*other, *gone]) if before else None
        return Change(inputs, staged, partitions)

    def _in_pieces(
        self, connection: duckdb.DuckDBPyConnection, partitions: Sequence[Partition]
    ) -> Iterator[tuple[Sequence[Partition], pl.DataFrame]]:
        """Partitions with their rows, some at a time: as many as have AT_ONCE rows if they are like those before."""
        begun, number = 0, FIRST_PARTITIONS
        while some := partitions[begun : begun + number]:
            frame = self.rows(connection, some)
            yield some, frame
            begun += len(some)
            number = max(1, AT_ONCE * len(some) // max(1, frame.height * self.read_for_each))


@dataclass(frozen=True)
class AppendedFiles(PublishedTable):
    """Parquet files to which others are added, and whose rows never change: each file is copied in once."""

    files: Sequence[Path]
    schema: pl.Schema
    lost: Sequence[Path] = ()  # files that cannot be read: what was published of them stays

    @classmethod
    def of_ledger(cls, home: Home, spec: TableSpec) -> AppendedFiles:
        """The files of a ledger table that are live now."""
        table = home.ledger(spec.name)
        return cls(spec, [*map(Path, table.live())], table.declaration.schema, [*map(Path, table.lost)])

    def check(self) -> None:
        check_columns(self.spec, "its files", self.schema)

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        before = {made_of.input for made_of in previous.inputs}
        kept = [path for path in self.lost if path.name in before]
        inputs = [Input(None, None, path.name) for path in (*self.files, *kept)]
        if not before or not previous.fits(self.spec):
            return self._everything(connection, inputs)
        new = [path for path in self.files if path.name not in before]
        if before <= {path.name for path in (*self.files, *kept)}:
            return Change(inputs, self._staged(connection, new), appended=True) if new else Change(inputs)
        # Files were compacted into one: the rows that are there already are left out, and the count is proved.
        rows = self._staged(connection, new)
        first = quoted(self.spec.names[0])
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {rows} AS"
            f" FROM {rows} EXCEPT ALL (FROM {self.spec.sql} SEMI JOIN {rows} USING ({first}))"
        )
        if kept:
            return Change(inputs, rows, appended=True)
        counts = f"SELECT (SELECT count(*) FROM {self.spec.sql}) + (SELECT count(*) FROM {rows})"
        if connection.execute(counts).fetchall()[0][0] != self._scan(self.files).select(pl.len()).collect().item():
            return self._everything(connection, inputs)  # somebody took rows out of the ledger
        return Change(inputs, rows, appended=True)

    def _everything(self, connection: duckdb.DuckDBPyConnection, inputs: Sequence[Input]) -> Change:
        return Change(inputs, self._staged(connection, self.files))

    def _staged(self, connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
        return stage_frame(connection, self.spec, self._scan(files).collect())

    def _scan(self, files: Sequence[Path]) -> pl.LazyFrame:
        if not files:
            return pl.LazyFrame(schema=self.schema)
        return pl.scan_parquet(
            list(files), schema=self.schema, missing_columns="insert", extra_columns="ignore", glob=False
        )


@dataclass(frozen=True)
class MadeOfTables(PublishedTable):
    """A small table that is computed from the file in the making each time."""

    @abstractmethod
    def rows(self, connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
        """All rows of the table. The versioned table and those given earlier are loaded."""

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        frame = self.rows(connection)
        check_rows(self.spec, frame)
        return Change([], stage_frame(connection, self.spec, frame))


def stage_frame(connection: duckdb.DuckDBPyConnection, spec: TableSpec, frame: pl.DataFrame) -> str:
    """The frame as a temporary table in the declared columns and types. Its name, quoted."""
    name = _stage_none(connection, spec)
    _add_staged(connection, spec, frame)
    return name


def _stage_none(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> str:
    name, columns = temporary(spec, "rows"), ", ".join(f"{quoted(c)} {dtype}" for c, dtype in spec.types.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    return name


def _add_staged(connection: duckdb.DuckDBPyConnection, spec: TableSpec, frame: pl.DataFrame) -> None:
    wide = [column for column, dtype in frame.schema.items() if dtype == pl.Int128]  # DuckDB cannot read it
    lent = lend(connection, "incoming", without_zone(frame.with_columns(pl.col(wide).cast(pl.Int64))))
    casts = ", ".join(f"CAST({quoted(c)} AS {dtype}) AS {quoted(c)}" for c, dtype in spec.types.items())
    connection.execute(f"INSERT INTO {temporary(spec, 'rows')} SELECT {casts} FROM incoming")
    lent.take_back()


def temporary(spec: TableSpec, purpose: str) -> str:
    """The name of a temporary table that serves the load of one table, quoted."""
    return quoted(f"{purpose} of {spec}")


def apply_change(connection: duckdb.DuckDBPyConnection, spec: TableSpec, previous: Previous, change: Change) -> None:
    """Turn the table into what the change says. A table that holds the rows already is left alone."""
    if change.rows is None and change.statement is None:
        return
    if previous.relation is not None and previous.relation.is_view != change.is_view:
        drop(connection, spec.schema, spec.name, is_view=previous.relation.is_view)
    if change.statement is not None:
        connection.execute(change.statement)
    elif change.partitions is not None:
        day = quoted(spec.day)
        connection.execute(f"DELETE FROM {spec.sql} WHERE ({CITY}, {day}) IN (FROM {change.partitions})")
        connection.execute(f"INSERT INTO {spec.sql} BY NAME FROM {change.rows}")
    elif change.appended:
        connection.execute(f"INSERT INTO {spec.sql} BY NAME FROM {change.rows}")
    elif not (previous.fits(spec) and _same_rows(connection, spec.sql, str(change.rows))):
        connection.execute(f"CREATE OR REPLACE TABLE {spec.sql} ({spec.definition})")
        connection.execute(f"INSERT INTO {spec.sql} BY NAME FROM {change.rows}")


def drop(connection: duckdb.DuckDBPyConnection, schema: str, name: str, *, is_view: bool) -> None:
    """Remove a table or view from the file."""
    connection.execute(f"DROP {'VIEW' if is_view else 'TABLE'} {quoted(schema)}.{quoted(name)}")


def _stage_partitions(connection: duckdb.DuckDBPyConnection, spec: TableSpec, partitions: Sequence[Partition]) -> str:
    name = temporary(spec, "partitions")
    lent = lend(connection, "incoming", pl.DataFrame([tuple(p) for p in partitions], schema=_PARTITION, orient="row"))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM incoming")
    lent.take_back()
    return name


def _same_rows(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    rows = "SELECT count(*), sum(hash(r)) FROM {} r"
    return len(connection.execute(f"{rows.format(one)} UNION {rows.format(other)}").fetchall()) == 1
