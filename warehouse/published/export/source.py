"""What of one published file is exported: which tables, which of their rows, and whom they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import duckdb

from warehouse.published.connect import literal, quoted
from warehouse.published.dictionary_table import DICTIONARY
from warehouse.published.manifest import MANIFEST
from warehouse.published.spec import SCHEMAS

SOURCE = "source"  # the name under which the published file is attached
READINGS = ("core", "model")  # schemas of what feeds say themselves
# views over the ledger, which is exported itself: over the rows of some cities they would say something else
SUMMARIES = "quality"


class Format(StrEnum):
    """In which form tables are written."""

    DUCKDB = "duckdb"
    PARQUET = "parquet"
    CSV = "csv"


class ExportError(ValueError):
    """What is asked for cannot be exported. The text says why and what to do; nothing was written."""


@dataclass(frozen=True)
class Selection:
    """What is exported: one city or all, in which forms, and whether with the readings of the feeds."""

    city: str | None = None
    formats: frozenset[Format] = frozenset(Format)
    readings: bool = True


@dataclass(frozen=True)
class ExportedColumn:
    """A column, as the dictionary of the file has it."""

    name: str
    type: str
    unit: str | None
    is_key: bool
    meaning: str


@dataclass(frozen=True)
class ExportedTable:
    """A table or view of the export. `rows`: the query for its rows; `view`: what makes it in the DuckDB file."""

    schema: str
    name: str
    meaning: str
    columns: tuple[ExportedColumn, ...]
    rows: str
    view: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """Its name, quoted for SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def key(self) -> list[str]:
        """Columns of the key."""
        return [column.name for column in self.columns if column.is_key]

    @property
    def is_union(self) -> bool:
        """Its rows are those of other tables of the export, too: as a file of its own it would have them twice."""
        return self.schema == "model"


@dataclass(frozen=True)
class Exported:
    """What is exported of a publication, and where it comes from. `feeds`: rows of mart.feed."""

    version: int
    published_at: datetime
    content_hash: str
    cities: Mapping[str, str]  # titles by name
    simulated: Sequence[str]  # cities whose figures are made up
    tables: Sequence[ExportedTable]
    feeds: Sequence[Mapping[str, Any]]
    metrics: Sequence[Mapping[str, Any]]  # city, metric, title and feeds of each


def read_source(con: duckdb.DuckDBPyConnection, wanted: Selection) -> Exported:
    """What is in the file attached as SOURCE. Raises ExportError."""
    relations = _rows(
        con,
        "SELECT schema_name, table_name AS name, comment, NULL AS sql FROM duckdb_tables() WHERE database_name = $1"
        " UNION ALL SELECT schema_name, view_name, comment, sql FROM duckdb_views()"
        " WHERE database_name = $1 AND NOT internal ORDER BY ALL",
        [SOURCE],
    )
    if not any((one["schema_name"], one["name"]) == (DICTIONARY.schema, DICTIONARY.name) for one in relations):
        raise ExportError(
            "this version was published by an earlier Madang, whose files have no dictionary: `madang publish` makes a "
            "new one, and `madang export` without --version takes that"
        )
    feeds = _rows(con, f"FROM {SOURCE}.mart.feed ORDER BY city, feed")
    publication = _rows(con, f"FROM {SOURCE}.ledger.publication ORDER BY version DESC LIMIT 1")[0]
    cities = _cities(con, wanted)
    feeds = [feed for feed in feeds if feed["city"] in cities]
    simulated = _rows(con, f"SELECT DISTINCT city FROM {SOURCE}.ledger.batch WHERE source = 'simulated' ORDER BY city")
    metrics = _rows(con, f"SELECT city, metric, title, feeds FROM {SOURCE}.metric.definition ORDER BY metric, city")
    return Exported(
        version=publication["version"],
        published_at=publication["recorded_at"],
        content_hash=publication["content_hash"],
        cities=cities,
        simulated=[row["city"] for row in simulated if row["city"] in cities],
        tables=_with_dictionary(_tables(con, wanted, relations, feeds)),
        feeds=feeds,
        metrics=[metric for metric in metrics if metric["city"] in cities],
    )


def _cities(con: duckdb.DuckDBPyConnection, wanted: Selection) -> dict[str, str]:
    query = f"SELECT key, text FROM {SOURCE}.mart.text WHERE kind = 'city' AND language = 'en' ORDER BY key"
    cities = {row["key"]: row["text"] for row in _rows(con, query)}
    if wanted.city is None:
        return cities
    if wanted.city not in cities:
        raise ExportError(f"there is no city {wanted.city!r} in what is published; there are: {', '.join(cities)}")
    return {wanted.city: cities[wanted.city]}


def _tables(
    con: duckdb.DuckDBPyConnection,
    wanted: Selection,
    relations: Sequence[Mapping[str, Any]],
    feeds: Sequence[Mapping[str, Any]],
) -> Iterator[ExportedTable]:
    columns: dict[tuple[str, str], list[ExportedColumn]] = {}
    for row in _rows(con, f"FROM {SOURCE}.{DICTIONARY.sql} ORDER BY schema_name, table_name, position"):
        known = ExportedColumn(row["column_name"], row["type"], row["unit"], row["is_key"], row["meaning"])
        columns.setdefault((row["schema_name"], row["table_name"]), []).append(known)
    parts = _parts_of_models(con, wanted)
    readings = {feed["table_name"] for feed in feeds}
    order = {schema: place for place, schema in enumerate(SCHEMAS)}
    for one in sorted(relations, key=lambda one: order[one["schema_name"]]):
        schema, name = one["schema_name"], one["name"]
        table = f"{schema}.{name}"
        if table == str(MANIFEST) or schema == SUMMARIES or (schema in READINGS and not wanted.readings):
            continue  # the manifest tells the next publication which files of the lake are in this one
        if (schema == "core" and table not in readings) or (schema == "model" and name not in parts):
            continue
        view = None if schema == "core" else one["sql"]
        if schema == "model":
            view = f"CREATE VIEW {quoted(schema)}.{quoted(name)} AS {' UNION ALL '.join(parts[name])}"
        described = tuple(columns.get((schema, name), ()))
        rows = _query(schema, name, [column.name for column in described], wanted, feeds)
        yield ExportedTable(schema, name, one["comment"] or "", described, rows, view)


def _with_dictionary(found: Iterable[ExportedTable]) -> list[ExportedTable]:
    """The tables, of which the dictionary has these and no others."""
    tables = list(found)
    names = ", ".join(f"({literal(table.schema)}, {literal(table.name)})" for table in tables)
    only = f" WHERE (schema_name, table_name) IN ({names})"
    return [replace(t, rows=t.rows + only) if str(t) == str(DICTIONARY) else t for t in tables]


def _parts_of_models(con: duckdb.DuckDBPyConnection, wanted: Selection) -> dict[str, list[str]]:
    """The SELECTs of which each view of a model is made, by its name."""
    where = "" if wanted.city is None else f" AND city = {literal(wanted.city)}"
    parts_of = f"FROM {SOURCE}.{MANIFEST.sql} WHERE schema_name = 'model' AND city IS NOT NULL"
    query = f"SELECT table_name, input {parts_of}{where}"
    parts: dict[str, list[str]] = {}
    for row in _rows(con, query):
        parts.setdefault(row["table_name"], []).append(row["input"])
    return parts


def _query(
    schema: str, name: str, columns: Sequence[str], wanted: Selection, feeds: Sequence[Mapping[str, Any]]
) -> str:
    """The query for the rows of a table: of the wanted city, and of the ledger nothing about private feeds."""
    conditions = []
    if wanted.city is not None and "city" in columns:
        conditions.append(_of_cities([wanted.city]))
    feed = next((column for column in ("feed", "table_name") if column in columns), None)
    if schema == "ledger" and feed is not None and "city" in columns:
        private = [f"city = {literal(f['city'])} AND {feed} = {literal(f['feed'])}" for f in feeds if f["is_private"]]
        conditions += [f"NOT coalesce({one}, false)" for one in private]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"FROM {SOURCE}.{quoted(schema)}.{quoted(name)}{where}"


def _of_cities(cities: Sequence[str] | Mapping[str, str]) -> str:
    return f"city IN ({', '.join(map(literal, cities)) or 'NULL'})"


def _rows(con: duckdb.DuckDBPyConnection, query: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
    answer = con.execute(query, params)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
