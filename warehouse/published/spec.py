"""What a table of the published file is: its name, its comments and where its rows come from.

Only what can be told without touching a file is checked here; tables are filled in fill.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from warehouse.home import Home
from warehouse.ledger.schema import TABLES
from warehouse.published.connect import quoted
from warehouse.published.dictionary import SCHEMAS
from warehouse.published.versions import KEY

Part = tuple[str, date]  # city and day
STAMP = {"run_id": "VARCHAR", "published_at": "TIMESTAMP WITH TIME ZONE"}
_TEXTS = ("city", "area", "area_level", "metric", "period", "unit", "status", "reason", "source")
VALUE = {
    **dict.fromkeys(_TEXTS, "VARCHAR"),
    **dict.fromkeys(("value", "completeness", "target"), "DOUBLE"),
    **STAMP,
    "period_start": "DATE",
    "batch_ids": "VARCHAR[]",
    "n": "BIGINT",
}
OWN = ("metric.history", "ledger.publication", "ledger.content")  # written by publish, never taken from the caller


class PublishError(ValueError):
    """The tables cannot be published as they are. Nothing was changed."""


@dataclass(frozen=True)
class Parts:
    """Rows by city and day. Each part has a stamp, a text that says all it is made from: same stamp, same rows.

    `load` is asked only for the parts whose stamp is another than in what is published. It gets the file in the
    making, in which the tables given earlier are filled. `day` is the column that holds the day.
    """

    stamps: Mapping[Part, str]
    load: Callable[[duckdb.DuckDBPyConnection, Sequence[Part]], pl.DataFrame]
    day: str = "day"


@dataclass(frozen=True)
class Appended:
    """Parquet files to which others are added, and whose rows never change: each file is copied in once."""

    files: Sequence[Path]
    schema: pl.Schema

    @classmethod
    def ledger(cls, home: Home, table: str) -> Appended:
        return cls([Path(name) for name in home.ledger(table).live()], TABLES[table].schema)

    def load(self, files: Sequence[Path]) -> pl.DataFrame:
        return self._scan(files).collect()

    def rows(self) -> int:
        return self._scan(self.files).select(pl.len()).collect().item()

    def _scan(self, files: Sequence[Path]) -> pl.LazyFrame:
        if not files:
            return pl.LazyFrame(schema=self.schema)
        return pl.scan_parquet(
            list(files), schema=self.schema, missing_columns="insert", extra_columns="ignore", glob=False
        )


@dataclass(frozen=True)
class Table:
    """One table of the published file.

    A frame, Parts or Appended become a table; so does what a function makes of the file in the making, in which the
    tables given before it are filled. Parquet files become a view over them: they lie as
    `.../day=YYYY-MM-DD/<file>.parquet` and do not hold `day`; none at all make an empty table.
    `columns` (name -> comment) must be the data's columns exactly. `dtypes` are DuckDB types: casts, needed for
    columns that no file has, for those without a type, and for all columns of Parts.
    """

    schema: str
    name: str
    description: str
    columns: Mapping[str, str]
    data: pl.DataFrame | Parts | Appended | Sequence[Path] | Callable[[duckdb.DuckDBPyConnection], pl.DataFrame]
    dtypes: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def check(tables: Sequence[Table]) -> None:
    """Everything that can be refused without touching anything."""
    names = Counter(str(table).lower() for table in tables)  # DuckDB takes Value and value for one name
    if twice := [name for name, count in names.items() if count > 1]:
        raise PublishError(f"given twice: {', '.join(twice)}")
    value = next((table for table in tables if str(table) == "metric.value"), None)
    if value is None:
        raise PublishError("metric.value is missing: there is nothing to publish without it")
    same_columns(value, "what metric.value is", VALUE)
    for table in tables:
        if table.schema not in SCHEMAS:
            raise PublishError(f"{table}: unknown schema; there are {', '.join(SCHEMAS)}")
        if str(table) in OWN:
            raise PublishError(f"{table} is written by publish itself")
        if not table.description.strip() or not all(comment.strip() for comment in table.columns.values()):
            raise PublishError(f"{table}: the table and each column need a comment")
        if isinstance(table.data, pl.DataFrame):
            check_rows(table, table.data)
        elif isinstance(table.data, Parts):
            same_columns(table, "its types", table.dtypes or {})
        elif isinstance(table.data, Appended):
            same_columns(table, "its files", table.data.schema)
        elif not isinstance(table.data, Sequence) and not callable(table.data):
            raise PublishError(f"{table}: data is a {type(table.data).__name__}, not a DataFrame or files")


def check_rows(table: Table, frame: pl.DataFrame) -> None:
    """What holds for the rows of any table, and for those of the two that have the key of a value."""
    same_columns(table, "its data", frame.columns)
    if str(table) not in ("metric.value", "metric.latest"):
        return
    if frame.schema.get("period_start") != pl.Date:
        raise PublishError(f"{table} must be a frame with a period_start of type Date")
    if lacking := [name for name in (*KEY, *STAMP) if name not in table.columns]:
        raise PublishError(f"{table} lacks {', '.join(lacking)}")
    if frame.select(pl.any_horizontal(pl.col(KEY).is_null()).any()).item():
        raise PublishError(f"{table}: {', '.join(KEY)} are its key and must not be null")
    if (doubled := frame.filter(pl.struct(KEY).is_duplicated())).height:
        raise PublishError(f"{table}: two rows of the key {doubled.select(KEY).row(0)}")


def same_columns(table: Table, where: str, found: Iterable[str]) -> None:
    undeclared, absent = sorted(set(found) - set(table.columns)), sorted(set(table.columns) - set(found))
    if undeclared or absent:
        raise PublishError(
            f"{table}: the columns declared are not those of {where}"
            + (f"; not declared: {', '.join(undeclared)}" if undeclared else "")
            + (f"; declared but not there: {', '.join(absent)}" if absent else "")
        )
