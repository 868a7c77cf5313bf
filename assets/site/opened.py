"""The open file as the site reads it: its release, cities, texts, and frames of values. Nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import polars as pl

from warehouse.arrow import fetched_frame
from warehouse.published.connect import open_file

T = TypeVar("T")


@dataclass(frozen=True)
class ReleaseMark:
    """Which release of the open tier a file is, and of which publication."""

    version: int
    published_version: int
    released_at: datetime
    licence: str


@dataclass(frozen=True)
class NamedText:
    """A text for people, and the language in which it is there: another than the page's has to be said."""

    text: str
    language: str


@dataclass(frozen=True)
class OpenCity:
    """A city of the open file. `languages`: of its pack, the first for those who live there."""

    name: str
    title: str
    area: str
    languages: tuple[str, ...]


class OpenFile:
    """One open file, read-only. Frames are of one city each; those that are asked for again are kept.

    address: where the site is read, None where nobody has said it.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, address: str | None = None) -> None:
        self._con = con
        self.address = address
        self._frames = dict[tuple[str, tuple[object, ...]], pl.DataFrame]()
        self._texts = dict[tuple[str, str], Mapping[tuple[str, str], NamedText]]()
        self._made = dict[object, Any]()
        self._last = dict[str, tuple[object, Any]]()

    def frame(self, query: str, *given: object) -> pl.DataFrame:
        """The rows of a query, with `given` in place of its question marks."""
        key = (query, given)
        if key not in self._frames:
            self._frames[key] = self.rows_once(query, *given)
        return self._frames[key]

    def rows_once(self, query: str, *given: object) -> pl.DataFrame:
        """As `frame`, for rows that one page alone needs: they are not kept."""
        return fetched_frame(self._con.sql(query, params=list(given)))

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What pages make of the file and need again: made at the first call, kept under `key` as long as the file."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def once_in_turn(self, kind: str, key: object, make: Callable[[], T]) -> T:
        """As `once`, for what is large and belongs to one page in all its languages, which are made one after the
        other: of each kind the last is kept."""
        if kind not in self._last or self._last[kind][0] != key:
            self._last[kind] = (key, make())
        return self._last[kind][1]

    @cached_property
    def release(self) -> ReleaseMark:
        """What the file says of itself."""
        row = self.frame("SELECT version, published_version, released_at, licence FROM ledger.release").row(0)
        return ReleaseMark(*row)

    @cached_property
    def cities(self) -> Sequence[OpenCity]:
        """All cities that are in the file, by name."""
        texts = "SELECT city, any_value(text) FILTER (language = 'en'), list(DISTINCT written_in) FROM mart.text"
        rows = self.frame(f"{texts} WHERE kind = 'city' GROUP BY city ORDER BY city").rows()
        return [OpenCity(name, title, self._area(name), _local_first(found)) for name, title, found in rows]

    def is_simulated(self, city: str) -> bool:
        """Whether a city has simulated values alone."""
        query = "SELECT bool_and(source = 'simulated') FROM metric.latest WHERE city = ? AND value IS NOT NULL"
        return bool(self.frame(query, city).item(0, 0))

    def _area(self, city: str) -> str:
        """The code of the area that is the whole city: no other one is its parent."""
        rows = self.frame("SELECT area FROM mart.area WHERE city = ? AND parent IS NULL ORDER BY area", city)
        return str(rows.item(0, 0)) if rows.height else city

    def tables(self) -> frozenset[str]:
        """The tables and views of the file, as `schema.name`."""
        return self._tables

    @cached_property
    def _tables(self) -> frozenset[str]:
        return frozenset(self.columns_there)

    @cached_property
    def columns_there(self) -> Mapping[str, frozenset[str]]:
        """By table or view, as `schema.name`, its columns. All are asked for at once: to ask for those of one table
        takes DuckDB as long, 6 ms."""
        query = (
            "SELECT table_schema || '.' || table_name, list(column_name) FROM information_schema.columns GROUP BY ALL"
        )
        return {table: frozenset(columns) for table, columns in self.rows_once(query).rows()}

    def currency(self, city: str) -> str | None:
        """The code of a city's money; None where the file does not say, or the city has several."""
        if "mart.city" not in self.tables():
            return None
        rows = self.frame("SELECT currency FROM mart.city WHERE city = ?", city)
        return rows.item(0, 0) if rows.height else None

    def texts(self, city: str, language: str) -> Mapping[tuple[str, str], NamedText]:
        """By kind and key (see mart.text) the text for a reader of `language`, and the language it is written in."""
        if (city, language) not in self._texts:
            rows = self.rows_once(
                "SELECT kind, key, text, written_in FROM mart.text WHERE city = ? AND language = ?", city, language
            )
            self._texts[city, language] = {(kind, key): NamedText(text, tag) for kind, key, text, tag in rows.rows()}
        return self._texts[city, language]

    def definitions(self, city: str) -> pl.DataFrame:
        """The metrics of a city, a row each, as metric.definition has them."""
        return self.frame("FROM metric.definition WHERE city = ? ORDER BY subject, metric", city)

    def latest(self, city: str) -> pl.DataFrame:
        """The latest value of each metric and area."""
        return self.frame("FROM metric.latest WHERE city = ? ORDER BY metric, area", city)

    def areas(self, city: str) -> pl.DataFrame:
        """The areas of a city."""
        return self.frame("FROM mart.area WHERE city = ? ORDER BY area", city)

    def values(self, city: str, metric: str) -> pl.DataFrame:
        """All values of one metric, by area and period."""
        return self.rows_once(
            "FROM metric.value WHERE city = ? AND metric = ? ORDER BY area, period, period_start", city, metric
        )

    def months_of_values(self, city: str) -> pl.DataFrame:
        """By metric, whether they are of days, and month: how many values there are, and a digest of them. It differs
        when one of them, or what is said of one, does. It is asked once for pages and files: for 1.6 million values it
        takes 0.2 s of CPU."""
        query = (
            "SELECT metric, period = 'day' AS of_days, year(period_start) * 100 + month(period_start) AS month,"
            " count(*) AS n, CAST(sum(hash(v)) AS VARCHAR) AS digest"
            " FROM (SELECT * EXCLUDE (published_at) FROM metric.value WHERE city = ?) v GROUP BY ALL ORDER BY ALL"
        )
        return self.frame(query, city)

    def value_digests(self, city: str) -> Mapping[str, str]:
        """By metric a digest of all its values."""
        found = dict[str, list[object]]()
        for metric, *month in self.months_of_values(city).rows():
            found.setdefault(metric, []).append(month)
        return {metric: hashlib.sha256(repr(months).encode()).hexdigest()[:24] for metric, months in found.items()}

    @cached_property
    def day(self) -> date:
        """The day of the release by UTC: ages are counted to it, so that the same file gives the same pages."""
        return self.release.released_at.date()


@contextmanager
def open_for_pages(file: Path, address: str | None = None) -> Iterator[OpenFile]:
    """Open a file for as long as pages are made of it. Raises UnreadableError."""
    with open_file(file) as con:
        yield OpenFile(con, address)


def _local_first(languages: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(languages, key=lambda tag: (tag == "en", tag)))
