"""What can be downloaded of a metric: its rows as CSV, Parquet and JSON, in parts that change seldom.

Values of days stand in a file for each year, and values of hours in one for each month: one new day makes one part of
each kind again, and a year of 25 districts is 1 MB of CSV, which a spreadsheet opens. Other metrics are one file.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from assets.site.navigation import data_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Download

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
    """One file of a metric. part: the year, the month, or empty for all of it. rows: how many it has."""

    metric: str
    kind: str
    part: str
    path: str
    rows: int
    digest: str

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


def downloads(file: OpenFile, city: OpenCity) -> Iterator[Download]:
    """The files of all metrics of a city. Those of one part stand together, as their rows are read together."""
    found = [one for of_metric in files_of_metrics(file, city).values() for one in of_metric]
    order = {metric: number // _AT_ONCE for number, metric in enumerate(dict.fromkeys(one.metric for one in found))}
    reader = _Reader(file, city, order)
    for one in sorted(found, key=lambda one: (order[one.metric], one.part, one.metric, one.kind)):
        yield Download(one.path, one.digest, _content(one, reader))


def _content(one: MetricFile, reader: _Reader) -> Any:
    return lambda: file_bytes(reader.rows(one), one)


def file_bytes(rows: pl.DataFrame, one: MetricFile) -> bytes:
    """Rows as a file of its kind. JSON: names of columns once, then a list for each row: half of what objects take."""
    kept = rows.select(one.columns)
    if one.kind == "json":
        around = {name: rows.item(0, name) for name in _ONCE_IN_JSON} | {"columns": kept.columns}
        body = ",\n".join(_rows_in_json(kept))
        return f'{json.dumps(around, ensure_ascii=False)[:-1]},"rows":[\n{body}\n]}}\n'.encode()
    buffer = io.BytesIO()
    if one.kind == "csv":
        kept.write_csv(buffer)
    else:
        kept.write_parquet(buffer, compression="zstd", compression_level=3)
    return buffer.getvalue()


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


class _Reader:
    """The rows of some metrics in one part: the last that were asked for are kept."""

    def __init__(self, file: OpenFile, city: OpenCity, order: Mapping[str, int]) -> None:
        self._file, self._city, self._order = file, city, order
        self._kept: tuple[object, dict[str, pl.DataFrame]] = (None, {})

    def rows(self, one: MetricFile) -> pl.DataFrame:
        key = (self._order[one.metric], one.part, one.table)
        if self._kept[0] != key:
            metrics = [metric for metric, number in self._order.items() if number == key[0]]
            self._kept = (key, self._read(one, metrics))
        return self._kept[1][one.metric]

    def _read(self, one: MetricFile, metrics: Sequence[str]) -> dict[str, pl.DataFrame]:
        first, last = _days_of(one.part)
        hourly = one.table == "hourly"
        day, start = ("day", "starts_at") if hourly else ("period_start", "period_start")
        among = "" if hourly else f" AND period {'=' if one.part else '<>'} 'day'"
        query = (
            f"SELECT {', '.join(_COLUMNS[one.table])} FROM metric.{one.table} WHERE city = ? AND metric IN"
            f" ({', '.join('?' * len(metrics))}) AND {day} BETWEEN ? AND ?{among} ORDER BY metric, area, {start}"
        )
        rows = self._file.rows_once(query, self._city.name, *metrics, first, last)
        parts = rows.partition_by("metric", as_dict=True, maintain_order=True)
        return {str(key[0]): part for key, part in parts.items()}


def _files(file: OpenFile, city: OpenCity) -> dict[str, list[MetricFile]]:
    # a year for days, all for other periods
    part = "CASE WHEN period = 'day' THEN strftime(period_start, '%Y') ELSE '' END"
    rows = _digests(file, city, "value", part)
    if "metric.hourly" in file.tables():
        rows += _digests(file, city, "hourly", "strftime(day, '%Y-%m')")
    found = dict[str, list[MetricFile]]()
    for metric, of_part, count, digest in sorted(rows, key=lambda row: (row[0], row[1]), reverse=True):
        name = f"{metric}-{of_part}" if of_part else metric
        found.setdefault(metric, []).extend(
            MetricFile(metric, kind, of_part, data_path(city.name, f"{name}.{kind}"), count, str(digest))
            for kind in KINDS
        )
    return dict(sorted(found.items()))


def _digests(file: OpenFile, city: OpenCity, table: str, part: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(_COLUMNS[table])
    query = (
        f"SELECT metric, {part} AS part, count(*), sum(hash(t))"
        f" FROM (SELECT {columns} FROM metric.{table} WHERE city = ?) t GROUP BY ALL"
    )
    return file.rows_once(query, city.name).rows()


def _days_of(part: str) -> tuple[date, date]:
    if not part:
        return date.min, date.max
    if len(part) == 4:
        return date(int(part), 1, 1), date(int(part), 12, 31)
    first = date.fromisoformat(f"{part}-01")
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1) - date.resolution
