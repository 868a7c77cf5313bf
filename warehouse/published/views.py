"""Views over Parquet files of the lake: exactly the files of one publication, in the columns of the contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from glob import escape
from pathlib import Path

import duckdb
import polars as pl

from warehouse.lake import DAY
from warehouse.published.connect import literal, quoted
from warehouse.published.load import Change, PublishedTable
from warehouse.published.manifest import Input, Previous
from warehouse.published.spec import PublishError, TableSpec, check_columns


@dataclass(frozen=True)
class FileView(PublishedTable):
    """A view over files that lie as `.../day=YYYY-MM-DD/<file>.parquet` and do not hold `day`; none: an empty table.

    A declared column that a file lacks is null there. Files are read one beside the other only where they have the
    same columns: finding out from the files themselves, as union_by_name does, opens every one of them whenever the
    view is used.
    """

    files: Sequence[Path]

    def load(self, connection: duckdb.DuckDBPyConnection, previous: Previous) -> Change:
        columns = {made_of.input: made_of.columns for made_of in previous.inputs if made_of.day and made_of.columns}
        files = sorted(_file(self.spec, path, columns) for path in self.files)
        names = {name for file in files for name in json.loads(file.columns or "[]")} | {DAY}
        check_columns(self.spec, "its data", names | set(self.spec.names))
        statement = (
            _view(self.spec, files) if files else f"CREATE OR REPLACE TABLE {self.spec.sql} ({self.spec.definition})"
        )
        definition = Input(None, None, hashlib.sha256(statement.encode()).hexdigest())
        inputs = [definition, *files]
        same = definition in previous.inputs and previous.relation is not None if files else previous.fits(self.spec)
        return Change(inputs) if same else Change(inputs, statement=statement, is_view=bool(files))


def _view(spec: TableSpec, files: Sequence[Input]) -> str:
    alike: dict[str, list[str]] = {}
    for file in files:
        alike.setdefault(file.columns or "[]", []).append(file.input)
    selects = " UNION ALL ".join(_select(spec, json.loads(columns), paths) for columns, paths in alike.items())
    return f"CREATE OR REPLACE VIEW {spec.sql} AS {selects}"


def _select(spec: TableSpec, present: Mapping[str, str], files: Sequence[str]) -> str:
    columns = ", ".join(
        f"CAST({quoted(name) if name in present or name == DAY else 'NULL'} AS {dtype}) AS {quoted(name)}"
        for name, dtype in spec.types.items()
    )
    paths = ", ".join(literal(escape(name)) for name in files)  # a [ in the path would be a pattern
    return f"SELECT {columns} FROM read_parquet([{paths}], hive_partitioning = true, hive_types = {{'{DAY}': DATE}})"


def _file(spec: TableSpec, path: Path, columns: Mapping[str, str]) -> Input:
    """The file with its columns; it is opened only where the manifest, from which `columns` are, does not know them."""
    name = str(path.absolute())  # the analyst's tool may run in any folder
    return Input(None, _day(spec, path), name, columns.get(name) or _columns(spec, path))


def _columns(spec: TableSpec, path: Path) -> str:
    try:
        with path.open("rb") as file:  # by its name Polars would take a [ in the path for a pattern
            return json.dumps({name: str(dtype) for name, dtype in pl.read_parquet_schema(file).items()})
    except (OSError, pl.exceptions.PolarsError) as error:
        raise _unfit(spec, path, error) from error


def _day(spec: TableSpec, path: Path) -> date:
    try:
        return date.fromisoformat(path.parent.name.removeprefix(f"{DAY}="))
    except ValueError as error:
        raise _unfit(spec, path, error) from error


def _unfit(spec: TableSpec, path: Path, error: Exception) -> PublishError:
    return PublishError(f"{spec}: {path} is not a Parquet file under {DAY}=YYYY-MM-DD: {error}")
