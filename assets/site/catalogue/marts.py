"""Marts of the open file as files: CSV, Parquet and JSON, each with all rows of one city."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.site.catalogue.tables import DataFile, columns_of
from assets.site.measured.downloads import KINDS
from assets.site.navigation import data_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Download
from warehouse.published.connect import quoted

BETWEEN = ";"  # between the texts of a list in one cell of CSV
_LEFT_OUT = frozenset({"mart.area_day", "mart.text"})  # metrics again, and the texts of the pages


@dataclass(frozen=True)
class MartFiles:
    """A mart of which a city has rows. first, last: days that its rows are of. feeds: those that it is made of."""

    table: str
    title: str
    first: date | None
    last: date | None
    feeds: Sequence[str]
    files: Sequence[DataFile]


def marts_of(file: OpenFile, city: OpenCity) -> Sequence[MartFiles]:
    """The marts of a city, by name."""
    return file.once(("marts", city.name), lambda: list(_marts(file, city)))


def mart_downloads(file: OpenFile, city: OpenCity) -> Iterator[Download]:
    """The files of all marts of a city."""
    for mart in marts_of(file, city):
        for one in mart.files:
            yield Download(one.path, one.digest, lambda one=one: mart_bytes(_rows(file, city, one.table), one.kind))


def mart_bytes(rows: pl.DataFrame, kind: str) -> bytes:
    """Rows as a file."""
    buffer = io.BytesIO()
    if kind == "parquet":
        rows.write_parquet(buffer, compression="zstd", compression_level=3)
    elif kind == "json":
        rows.write_json(buffer)
    else:
        rows.with_columns(pl.col(pl.List(pl.String)).list.join(BETWEEN)).write_csv(buffer)
    return buffer.getvalue()


def _marts(file: OpenFile, city: OpenCity) -> Iterator[MartFiles]:
    comments = file.frame(
        "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE schema_name = 'mart' ORDER BY 1"
    )
    for table, comment in comments.rows():
        columns = columns_of(file, table)
        if table in _LEFT_OUT or "city" not in columns:
            continue
        chosen = ", ".join(map(quoted, columns))
        days = next((name for name, said in columns.items() if said.dtype == "DATE" and said.is_key), None)
        span = (
            "NULL AS first, NULL AS last"
            if days is None
            else f"min({quoted(days)}) AS first, max({quoted(days)}) AS last"
        )
        count, digest, first, last = file.rows_once(
            f"SELECT count(*), CAST(sum(hash(t)) AS VARCHAR), {span}"
            f" FROM (SELECT {chosen} FROM {table} WHERE city = ?) t",
            city.name,
        ).row(0)
        if count == 0:
            continue
        name = table.partition(".")[2]
        files = [
            DataFile(data_path(city.name, f"mart-{name}.{kind}"), media, table, "", tuple(columns), count, digest)
            for kind, media in KINDS.items()
        ]
        title = str(comment or name).partition(". ")[0]
        yield MartFiles(table, title, first, last, _feeds(file, city, name), tuple(files))


def _feeds(file: OpenFile, city: OpenCity, mart: str) -> list[str]:
    if "quality.judged" not in file.tables():
        return []
    rows = file.frame("SELECT table_name, made_from FROM quality.judged WHERE city = ? AND layer = 'mart'", city.name)
    return [feed for name, made_from in rows.rows() if name == mart for feed in made_from or ()]


def _rows(file: OpenFile, city: OpenCity, table: str) -> pl.DataFrame:
    """All rows of a city: read once for the files of all kinds."""
    columns = columns_of(file, table)
    keys = [name for name, said in columns.items() if said.is_key] or list(columns)
    chosen, order = ", ".join(map(quoted, columns)), ", ".join(map(quoted, keys))
    query = f"SELECT {chosen} FROM {table} WHERE city = ? ORDER BY {order}"
    return file.once_in_turn("mart", (city.name, table), lambda: file.rows_once(query, city.name))
