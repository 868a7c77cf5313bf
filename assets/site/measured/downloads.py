"""What can be downloaded of a metric: its rows as CSV, Parquet and JSON, in parts that change seldom.

Values of days stand in a file for each year, and values of hours in one for each month: one new day makes one part of
each kind again, and a year of 25 districts is 1 MB of CSV, which a spreadsheet opens. Other metrics are one file. Rows
stand in the order of time, so that a file is one month after the other: those that are as they were are taken from the
file before, as all of 60 metrics in a year take 3 s of CPU.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import polars as pl

from assets.site.measured.parted import (
    MonthOfFile,
    TextAround,
    csv_in_parts,
    csv_lines,
    joined_in_parts,
    table_in_parts,
    text_in_parts,
)
from assets.site.navigation import data_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import PartedDownload, PartedFile

KINDS: Mapping[str, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
}
_WHERE = ("city", "metric", "area", "area_level")
_WHAT = ("value", "unit", "n", "expected", "counted", "completeness", "status", "quality", "notation", "conf_status")
_WHY = ("reason_code", "reason", "target", "target_source", "method", "standard", "comparability", "source")
# By table, all its columns: Parquet writes a text that is the same in all rows once. The other two kinds have what most
# people ask for: with all columns CSV and JSON of nine months of Seoul took 246 MB.
_COLUMNS: Mapping[str, Sequence[str]] = {
    "value": (*_WHERE, "period", "period_start", *_WHAT, *_WHY),
    "hourly": (*_WHERE, "day", "starts_at", "starts_at_utc", *(name for name in _WHAT if name != "conf_status"), *_WHY),
}
_PARQUET_ALONE = frozenset({"area_level", "target_source", "method", "standard", "comparability", "day"})
_ONCE_IN_JSON = ("city", "metric", "unit")  # the same in all rows: said once
_AT_ONCE = 24  # metrics that are read in one query: of each alone the file would be looked through again, in 45 ms


@dataclass(frozen=True)
class MetricFile:
    """One file of a metric. part: the year, the month, or empty for all of it. months: what it is made of, in order."""

    metric: str
    kind: str
    part: str
    path: str
    months: tuple[MonthOfFile, ...]

    @cached_property
    def rows(self) -> int:
        """How many it has."""
        return sum(month.rows for month in self.months)

    @cached_property
    def digest(self) -> str:
        """Changes with each of its rows."""
        return hashlib.sha256(repr(self.months).encode()).hexdigest()[:24]

    @property
    def media_type(self) -> str:
        """What is in it, as a catalogue says it."""
        return KINDS[self.kind]

    @property
    def columns(self) -> Sequence[str]:
        """Its columns; `ledger.dictionary` says what they mean, under metric.value or metric.hourly."""
        every = _COLUMNS[self.table]
        if self.kind == "parquet":
            return every
        # the sentence is read, the code is for programs
        other = {"reason_code"} if self.kind == "csv" else {"reason", *_ONCE_IN_JSON}
        return [name for name in every if name not in _PARQUET_ALONE | other]

    @property
    def table(self) -> str:
        """The table in schema metric that it is of."""
        return "hourly" if len(self.part) == 7 else "value"


def files_of_metrics(file: OpenFile, city: OpenCity) -> Mapping[str, Sequence[MetricFile]]:
    """By metric all its files, the newest part first."""
    return file.once(("files of metrics", city.name), lambda: _files(file, city))


def downloads(file: OpenFile, city: OpenCity) -> Iterator[PartedDownload]:
    """The files of all metrics of a city. Those of one part stand together, as their rows are read together."""
    found = [one for of_metric in files_of_metrics(file, city).values() for one in of_metric]
    order = {metric: number // _AT_ONCE for number, metric in enumerate(dict.fromkeys(one.metric for one in found))}
    reader = _Reader(file, city, order)
    for one in sorted(found, key=lambda one: (order[one.metric], one.part, one.metric, one.kind)):
        yield PartedDownload(one.path, one.digest, _content(one, reader))


def _content(one: MetricFile, reader: _Reader) -> Callable[[PartedFile | None], PartedFile]:
    def table(names: Sequence[str]) -> pl.DataFrame:
        return reader.read(one, names).table(one)

    def csv(names: Sequence[str]) -> tuple[bytes, list[bytes]]:
        read, counts = reader.read(one, names), _counts(one, names)
        lines = read.in_csv(one)
        parts = csv_in_parts(read.table(one), counts) if lines is None else joined_in_parts(lines, counts)
        return f"{','.join(one.columns)}\n".encode(), parts

    def in_json(names: Sequence[str]) -> tuple[bytes, list[bytes]]:
        """Names of columns once, then a list for each row: half of what objects take."""
        read = reader.read(one, names)
        first = read.of(one.metric).row(0, named=True)
        around = {name: first[name] for name in _ONCE_IN_JSON} | {"columns": one.columns}
        lines = read.in_json(one)
        ends = list(accumulate(_counts(one, names), initial=0))
        parts = [",\n".join(lines[begin:end]).encode() for begin, end in pairwise(ends)]
        return f'{json.dumps(around, ensure_ascii=False)[:-1]},"rows":[\n'.encode(), parts

    if one.kind == "parquet":
        return lambda earlier: table_in_parts(one.months, earlier, table)
    if one.kind == "csv":
        return lambda earlier: text_in_parts(one.months, earlier, TextAround(b"", b""), csv)
    return lambda earlier: text_in_parts(one.months, earlier, TextAround(b",\n", b"\n]}\n"), in_json)


def _counts(one: MetricFile, names: Sequence[str]) -> list[int]:
    rows = {month.name: month.rows for month in one.months}
    return [rows[name] for name in names]


def _rows_in_json(rows: pl.DataFrame) -> list[str]:
    """A list for each row. Texts are few and repeat, so that each is written once; row by row it took five times as
    long, a third of all that the downloads of three years cost."""
    written = {
        name: pl.col(name).dt.to_string("iso:strict") if kind == pl.Datetime else pl.col(name).cast(pl.String)
        for name, kind in rows.schema.items()
    }
    texts = [
        cell.unique().drop_nulls().implode() for name, cell in written.items() if not rows[name].dtype.is_numeric()
    ]
    known = rows.select(texts).row(0, named=True) if texts else {}
    cells = list[pl.Expr]()
    for name, cell in written.items():
        in_json = {text: json.dumps(text, ensure_ascii=False) for text in known.get(name, ())}
        shown = cell.replace_strict(in_json, return_dtype=pl.String) if in_json else cell
        cells += [pl.lit(","), shown.fill_null("null")]
    return rows.select(pl.concat_str(pl.lit("["), *cells[1:], pl.lit("]"))).to_series().to_list()


class _Read:
    """Rows of some metrics, those of each together. They are written at once: a month of one metric has so few rows
    that calls take longer."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows
        metrics = rows["metric"].rle().struct.unnest()
        ends = accumulate(metrics["len"], initial=0)
        self._places = dict(zip(metrics["value"], pairwise(ends), strict=True))
        self._made = dict[tuple[str, tuple[str, ...]], Any]()

    def of(self, metric: str) -> pl.DataFrame:
        """Those of one metric."""
        begin, end = self._places[metric]
        return self._rows.slice(begin, end - begin)

    def table(self, one: MetricFile) -> pl.DataFrame:
        """Those of one metric, with the columns of a file."""
        begin, end = self._places[one.metric]
        return self._of_columns(one).slice(begin, end - begin)

    def in_json(self, one: MetricFile) -> list[str]:
        """Those of one metric in JSON."""
        lines = self._once(one, lambda: _rows_in_json(self._of_columns(one)))
        return lines[slice(*self._places[one.metric])]

    def in_csv(self, one: MetricFile) -> list[bytes] | None:
        """Those of one metric in CSV; None where a text has lines of its own, so that a line is no row."""
        lines = self._once(one, lambda: csv_lines(self._of_columns(one)))
        return lines[slice(*self._places[one.metric])] if len(lines) == self._rows.height else None

    def _of_columns(self, one: MetricFile) -> pl.DataFrame:
        key = ("columns", tuple(one.columns))
        if key not in self._made:
            self._made[key] = self._rows.select(one.columns)
        return self._made[key]

    def _once(self, one: MetricFile, make: Callable[[], Any]) -> Any:
        key = (one.kind, tuple(one.columns))
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]


class _Reader:
    """The rows of some metrics in some months: the last that were asked for are kept."""

    def __init__(self, file: OpenFile, city: OpenCity, order: Mapping[str, int]) -> None:
        self._file, self._city, self._order = file, city, order
        self._kept: tuple[object, _Read | None] = (None, None)

    def read(self, one: MetricFile, months: Sequence[str]) -> _Read:
        whole = len(months) == len(one.months)
        group = self._order[one.metric]
        key = (group, one.part, one.table, None if whole else tuple(months))
        if self._kept[0] != key or self._kept[1] is None:
            metrics = [metric for metric, number in self._order.items() if number == group]
            spans = [_days_of(one.part)] if whole else [_days_of(month) for month in months]
            self._kept = (key, _Read(self._asked(one, metrics, spans)))
        return self._kept[1]  # pyright: ignore[reportReturnType]

    def _asked(self, one: MetricFile, metrics: Sequence[str], spans: Sequence[tuple[date, date]]) -> pl.DataFrame:
        hourly = one.table == "hourly"
        day, order = ("day", "area, starts_at") if hourly else ("period_start", "period_start, area")
        among = "" if hourly else f" AND period {'=' if one.part else '<>'} 'day'"
        query = (
            f"SELECT {', '.join(_COLUMNS[one.table])} FROM metric.{one.table} WHERE city = ? AND metric IN"
            f" ({', '.join('?' * len(metrics))}) AND ({' OR '.join([f'{day} BETWEEN ? AND ?'] * len(spans))}){among}"
            f" ORDER BY metric, {order}"
        )
        return self._file.rows_once(query, self._city.name, *metrics, *(end for span in spans for end in span))


def _files(file: OpenFile, city: OpenCity) -> dict[str, list[MetricFile]]:
    # a year for days, all for other periods
    months = dict[tuple[str, str], list[MonthOfFile]]()
    for metric, of_days, month, count, digest in file.months_of_values(city.name).rows():
        named = MonthOfFile(f"{month // 100:04}-{month % 100:02}", digest, count)
        months.setdefault((metric, named.name[:4] if of_days else ""), []).append(named)
    if "metric.hourly" in file.tables():
        for metric, month, count, digest in _months_of_hours(file, city):
            months[metric, month] = [MonthOfFile(month, digest, count)]
    found = dict[str, list[MetricFile]]()
    for (metric, part), own in sorted(months.items(), reverse=True):
        name = f"{metric}-{part}" if part else metric
        found.setdefault(metric, []).extend(
            MetricFile(metric, kind, part, data_path(city.name, f"{name}.{kind}"), tuple(own)) for kind in KINDS
        )
    return dict(sorted(found.items()))


def _months_of_hours(file: OpenFile, city: OpenCity) -> list[tuple[Any, ...]]:
    columns = ", ".join(_COLUMNS["hourly"])
    query = (
        "SELECT metric, strftime(day, '%Y-%m'), count(*), CAST(sum(hash(t)) AS VARCHAR)"
        f" FROM (SELECT {columns} FROM metric.hourly WHERE city = ?) t GROUP BY ALL ORDER BY ALL"
    )
    return file.rows_once(query, city.name).rows()


def _days_of(part: str) -> tuple[date, date]:
    if not part:
        return date.min, date.max
    if len(part) == 4:
        return date(int(part), 1, 1), date(int(part), 12, 31)
    first = date.fromisoformat(f"{part}-01")
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1) - date.resolution
