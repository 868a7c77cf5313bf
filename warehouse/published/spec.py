"""What a published table is: its name, its columns, and what each column is for. Declared once; the rest follows.

From a declaration follow types, comments and dictionary, the key that is checked, which rows keep their run and time,
and what the record of values holds. Where the rows come from does not belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import polars as pl
import polars.selectors as cs

from warehouse.ledger.schema import TABLES
from warehouse.published.connect import quoted

# DuckDB 2.0 answers COMMENT ON SCHEMA with "not implemented": the schemas are explained here instead.
SCHEMAS = {
    "metric": "Policy metrics: what the city decides by. Start here.",
    "benchmark": "Cities side by side: what may be compared, how it ranks, and why the rest may not be.",
    "mart": "Facts by area and hour or day, fused from several feeds.",
    "model": "The same thing in every city: all feeds that observe it, in one shape and one unit.",
    "core": "Audited readings of each feed: views over the lake's Parquet files.",
    "quality": "What the gates found, in short: each table by day, what broke, and the way of a value.",
    "ledger": "What was tried, kept, held back and published, and why.",
}
# The types that DuckDB 1, JDBC tools and Polars all read back as they were written.
DUCKDB_TYPES = (
    "VARCHAR",
    "VARCHAR[]",
    "BIGINT",
    "DOUBLE",
    "BOOLEAN",
    "DATE",
    "TIME",
    "TIMESTAMP",  # an instant is one in UTC: of TIMESTAMP WITH TIME ZONE, DuckDB 1 needs a further package in Python
)
RUN_ID, PUBLISHED_AT = "run_id", "published_at"
STAMPS = (RUN_ID, PUBLISHED_AT)  # filled in by publish: the run and the time that first published a row as it is
CITY = "city"
_POLARS = {
    pl.String(): "VARCHAR",
    pl.List(pl.String()): "VARCHAR[]",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    pl.Datetime("us"): "TIMESTAMP",
    pl.Datetime("us", "UTC"): "TIMESTAMP",
}


class PublishError(ValueError):
    """The tables cannot be published as they are. Nothing was changed."""


class Partition(NamedTuple):
    """The rows of one city and day: the least that is replaced."""

    city: str
    day: date


@dataclass(frozen=True)
class PublishedColumn:
    """One column: its name, its type in DuckDB (one of DUCKDB_TYPES), and what it means.

    `key`: part of the table's key, never null.
    `compared`: a row keeps its run and time for as long as no compared column changes.
    `recorded`: metric.history keeps every value the column ever had.
    `unit`: of its numbers, where all rows have the same.
    """

    name: str
    dtype: str
    comment: str
    key: bool = False
    compared: bool = False
    recorded: bool = False
    unit: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """One published table or view, in the order of its columns.

    `day`: the column with the day of a row's partition. `stamps_of`: the table whose rows of the same key give this
    table's rows their run and time. Raises PublishError when the declaration contradicts itself.
    """

    schema: str
    name: str
    description: str
    columns: tuple[PublishedColumn, ...]
    day: str = "day"
    stamps_of: TableSpec | None = None

    def __post_init__(self) -> None:
        if self.schema not in SCHEMAS:
            raise PublishError(f"{self}: unknown schema; there are {', '.join(SCHEMAS)}")
        if not self.description.strip() or not all(column.comment.strip() for column in self.columns):
            raise PublishError(f"{self}: the table and each column need a comment")
        names = Counter(column.name.lower() for column in self.columns)  # DuckDB takes Value and value for one name
        if twice := [name for name, count in names.items() if count > 1]:
            raise PublishError(f"{self}: columns declared twice: {', '.join(twice)}")
        for column in self.columns:
            if column.dtype not in DUCKDB_TYPES:
                raise PublishError(
                    f"{self}.{column.name}: {column.dtype} is no published type; use {', '.join(DUCKDB_TYPES)}"
                )
        needed = {*STAMPS, CITY, self.day} if self.versioned else set(STAMPS) if self.stamps_of else set()
        if lacking := sorted(needed - set(self.names)):
            raise PublishError(f"{self} lacks {', '.join(lacking)}")
        if self.versioned and not self.key:
            raise PublishError(f"{self} compares its rows and needs a key")
        if self.stamps_of and (lacking := sorted(set(self.stamps_of.key) - set(self.names))):
            raise PublishError(f"{self} lacks {', '.join(lacking)} of the key of {self.stamps_of}")
        if loose := [column.name for column in self.columns if column.recorded and not column.compared]:
            raise PublishError(f"{self}: {', '.join(loose)} is recorded but not compared: no change would be seen")

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """Its name, quoted for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def definition(self) -> str:
        """Columns and types, as CREATE TABLE wants them; those of the key take no null."""
        return ", ".join(f"{quoted(c.name)} {c.dtype}{' NOT NULL' if c.key else ''}" for c in self.columns)

    @property
    def comment(self) -> str:
        """What the table is, and what there is one row of."""
        return f"{self.description.removesuffix('.')}. Key: {', '.join(self.key)}" if self.key else self.description

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def types(self) -> dict[str, str]:
        return {column.name: column.dtype for column in self.columns}

    @cached_property
    def comments(self) -> dict[str, str]:
        return {column.name: column.comment for column in self.columns}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Columns of the key; empty when none is checked."""
        return tuple(column.name for column in self.columns if column.key)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        """Columns that decide whether a row is as it was."""
        return tuple(column.name for column in self.columns if column.compared)

    @cached_property
    def recorded(self) -> tuple[str, ...]:
        """Columns whose values metric.history keeps."""
        return tuple(column.name for column in self.columns if column.recorded)

    @property
    def versioned(self) -> bool:
        """Whether its rows keep run and time while they stay the same, and changes are recorded."""
        return bool(self.compared)


def ledger_table(name: str, description: str, key: Collection[str] = ()) -> TableSpec:
    """The published copy of a table of the ledger."""
    columns = tuple(
        PublishedColumn(c.name, duckdb_type(c.dtype), c.meaning, c.name in key) for c in TABLES[name].columns
    )
    return TableSpec("ledger", name, description, columns)


def duckdb_type(dtype: pl.DataType | type[pl.DataType]) -> str:
    """The published type of a column that Polars knows under `dtype`. Raises PublishError for what is not published."""
    for polars_type, name in _POLARS.items():
        if polars_type == dtype:
            return name
    raise PublishError(f"{dtype} has no published type")


def without_zone(frame: pl.DataFrame) -> pl.DataFrame:
    """Instants as they are published: in UTC, without a zone in their type."""
    instants = cs.datetime(time_zone="*")
    return frame.with_columns(instants.dt.convert_time_zone("UTC").dt.replace_time_zone(None))


def check_rows(spec: TableSpec, frame: pl.DataFrame) -> None:
    """Refuse rows in other columns than declared, or without the key that is declared. Raises PublishError."""
    check_columns(spec, "its data", frame.columns)
    key = list(spec.key)
    if not key:
        return
    for name in key:
        if spec.types[name] == "DATE" and frame.schema[name] != pl.Date:
            raise PublishError(f"{spec} must be a frame with a {name} of type Date")
    if frame.select(pl.any_horizontal(pl.col(key).is_null()).any()).item():
        raise PublishError(f"{spec}: {', '.join(key)} are its key and must not be null")
    if (doubled := frame.filter(pl.struct(key).is_duplicated())).height:
        raise PublishError(f"{spec}: two rows of the key {doubled.select(key).row(0)}")


def check_columns(spec: TableSpec, source: str, names: Iterable[str]) -> None:
    """Refuse columns that are not exactly the declared ones. Raises PublishError."""
    given = set(names)
    undeclared, absent = sorted(given - set(spec.names)), sorted(set(spec.names) - given)
    if undeclared or absent:
        raise PublishError(
            f"{spec}: the columns declared are not those of {source}"
            + (f"; not declared: {', '.join(undeclared)}" if undeclared else "")
            + (f"; declared but not there: {', '.join(absent)}" if absent else "")
        )
