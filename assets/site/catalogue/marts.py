"""Marts of the open file as files: CSV, Parquet and JSON, each with all rows of one city.

Rows of a mart with days stand in their order, so that of three years only the month that changed is made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.site.catalogue.tables import DataFile, columns_of
from assets.site.measured.downloads import KINDS
from assets.site.measured.parted import MonthOfFile, TextAround, csv_in_parts, ends_of, table_in_parts, text_in_parts
from assets.site.navigation import data_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import PartedDownload, PartedFile
from warehouse.published.connect import quoted

BETWEEN = ";"  # between the texts of a list in one cell of CSV
_LEFT_OUT = frozenset({"mart.area_day", "mart.text"})  # metrics again, and the texts of the pages


@dataclass(frozen=True)
class MartFiles:
    """A mart of which a city has rows. first, last: days that its rows are of. feeds: those that it is made of.

    day: the column that has them, if any. months: its rows by month of that, in order; of a mart without days one.
    """

    table: str
    title: str
    first: date | None
    last: date | None
    feeds: Sequence[str]
    files: Sequence[DataFile]
    day: str | None
    months: tuple[MonthOfFile, ...]


def marts_of(file: OpenFile, city: OpenCity) -> Sequence[MartFiles]:
    """The marts of a city, by name."""
    return file.once(("marts", city.name), lambda: list(_marts(file, city)))


def mart_downloads(file: OpenFile, city: OpenCity) -> Iterator[PartedDownload]:
    """The files of all marts of a city."""
    for mart in marts_of(file, city):
        for one in mart.files:
            yield PartedDownload(one.path, one.digest, _content(file, city, mart, one.kind))


def _content(file: OpenFile, city: OpenCity, mart: MartFiles, kind: str) -> Callable[[PartedFile | None], PartedFile]:
    counts = {month.name: month.rows for month in mart.months}

    def rows(names: Sequence[str]) -> pl.DataFrame:
        return _rows(file, city, mart, names)

    def csv(names: Sequence[str]) -> tuple[bytes, list[bytes]]:
        found = rows(names).with_columns(pl.col(pl.List(pl.String)).list.join(BETWEEN))
        return found.clear().write_csv().encode(), csv_in_parts(found, [counts[name] for name in names])

    def in_json(names: Sequence[str]) -> tuple[bytes, list[bytes]]:
        found = rows(names)
        parts = [found.slice(begin, end - begin) for begin, end in ends_of([counts[name] for name in names])]
        return b"[", [part.write_json()[1:-1].encode() for part in parts]

    if kind == "parquet":
        return lambda earlier: table_in_parts(mart.months, earlier, rows)
    if kind == "csv":
        return lambda earlier: text_in_parts(mart.months, earlier, TextAround(b"", b""), csv)
    return lambda earlier: text_in_parts(mart.months, earlier, TextAround(b",", b"]"), in_json)


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
        span = ("NULL", "NULL") if days is None else (f"min({quoted(days)})", f"max({quoted(days)})")
        found = file.rows_once(
            f"SELECT {_month_of(days)} AS month, count(*) AS n, CAST(sum(hash(t)) AS VARCHAR) AS digest,"
            f" {span[0]} AS first, {span[1]} AS last FROM (SELECT {chosen} FROM {table} WHERE city = ?) t"
            " GROUP BY month ORDER BY month",
            city.name,
        )
        rows = found.rows()
        if not rows:
            continue
        months = tuple(MonthOfFile(name, digest, count) for name, count, digest, *_ in rows)
        count, digest = sum(one.rows for one in months), hashlib.sha256(repr(months).encode()).hexdigest()[:24]
        there = [day for *_, begin, end in rows for day in (begin, end) if day is not None]
        first, last = min(there, default=None), max(there, default=None)
        name = table.partition(".")[2]
        files = [
            DataFile(data_path(city.name, f"mart-{name}.{kind}"), media, table, "", tuple(columns), count, digest)
            for kind, media in KINDS.items()
        ]
        title = str(comment or name).partition(". ")[0]
        yield MartFiles(table, title, first, last, _feeds(file, city, name), tuple(files), days, months)


def _feeds(file: OpenFile, city: OpenCity, mart: str) -> list[str]:
    if "quality.judged" not in file.tables():
        return []
    rows = file.frame("SELECT table_name, made_from FROM quality.judged WHERE city = ? AND layer = 'mart'", city.name)
    return [feed for name, made_from in rows.rows() if name == mart for feed in made_from or ()]


def _rows(file: OpenFile, city: OpenCity, mart: MartFiles, months: Sequence[str]) -> pl.DataFrame:
    """The rows of a city in these months, in their order: read once for the files of all kinds."""
    columns = columns_of(file, mart.table)
    keys = [name for name, said in columns.items() if said.is_key] or list(columns)
    chosen, key = ", ".join(map(quoted, columns)), ", ".join(map(quoted, keys))
    among = "" if len(months) == len(mart.months) else f" AND {_month_of(mart.day)} IN ({', '.join('?' * len(months))})"
    in_turn = "" if mart.day is None else f"{_month_of(mart.day)}, "
    query = f"SELECT {chosen} FROM {mart.table} WHERE city = ?{among} ORDER BY {in_turn}{key}"
    given = (city.name, *(months if among else ()))
    return file.once_in_turn("mart", (mart.table, *given), lambda: file.rows_once(query, *given))


def _month_of(day: str | None) -> str:
    """The name of the month of a row, in SQL; empty of a mart without days, and of a row without its day."""
    return "''" if day is None else f"coalesce(strftime({quoted(day)}, '%Y-%m'), '')"
