"""Views over Parquet files of the lake: exactly the files of one publication, in the columns of the contract.

Nothing is executed here; what a view was made of is remembered in content.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from glob import escape
from pathlib import Path

import polars as pl

from warehouse.lake import DAY
from warehouse.published.connect import literal, quoted
from warehouse.published.spec import PublishError, Table, same_columns


@dataclass(frozen=True)
class View:
    """The statement that makes it, and its files: day, path and columns of each."""

    sql: str
    files: Sequence[tuple[date, str, str]]
    types: Mapping[str, str]  # of the table that stands in its place while there are no files

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def view(table: Table, files: Sequence[Path], known: Mapping[str, str]) -> View:
    """A view over these files, or an empty table. `known`: columns of files that were read before.

    Files are read one beside the other only where they have the same columns: finding out from the files
    themselves, as union_by_name does, opens every one of them whenever the view is used.
    """
    dtypes = {DAY: "DATE", **(table.dtypes or {})}
    absolute = {str(path.absolute()): path for path in files}  # the analyst's tool may run in any folder
    told = [(_day(table, path), name, known.get(name) or _columns(table, path)) for name, path in absolute.items()]
    alike: dict[str, list[str]] = {}
    for _, name, columns in sorted(told):
        alike.setdefault(columns, []).append(name)
    names = {name for columns in alike for name in json.loads(columns)} | {DAY}
    # of a newer contract than any file: null, if the type is known
    same_columns(table, "its data", names | (set(table.columns) & set(table.dtypes or {})))
    if not files:
        types = {c: dtypes[c] for c in table.columns}
        definition = ", ".join(f"{quoted(c)} {dtype}" for c, dtype in types.items())
        return View(f"CREATE OR REPLACE TABLE {table.sql} ({definition})", told, types)
    selects = " UNION ALL ".join(_select(table, dtypes, json.loads(columns), own) for columns, own in alike.items())
    return View(f"CREATE OR REPLACE VIEW {table.sql} AS {selects}", told, {})


def _select(table: Table, dtypes: Mapping[str, str], there: Sequence[str], files: Sequence[str]) -> str:
    sources = {c: quoted(c) if c in there or c == DAY else "NULL" for c in table.columns}
    columns = ", ".join(
        f"{f'CAST({source} AS {dtypes[c]})' if c in dtypes else source} AS {quoted(c)}" for c, source in sources.items()
    )
    paths = ", ".join(literal(escape(name)) for name in files)  # a [ in the path would be a pattern
    return f"SELECT {columns} FROM read_parquet([{paths}], hive_partitioning = true, hive_types = {{'{DAY}': DATE}})"


def _columns(table: Table, path: Path) -> str:
    try:
        with path.open("rb") as file:  # by its name Polars would take a [ in the path for a pattern
            return json.dumps({name: str(dtype) for name, dtype in pl.read_parquet_schema(file).items()})
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unfit(table, path, error) from error


def _day(table: Table, path: Path) -> date:
    try:
        return date.fromisoformat(path.parent.name.removeprefix(f"{DAY}="))
    except ValueError as error:
        raise _unfit(table, path, error) from error


def _unfit(table: Table, path: Path, error: Exception) -> PublishError:
    return PublishError(f"{table}: {path} is not a Parquet file under {DAY}=YYYY-MM-DD: {error}")
