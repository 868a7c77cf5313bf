"""Tables to publish, made by hand: values of one day, and small tables of any columns."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from assets.publication.metric_columns import METRIC_LATEST, METRIC_VALUE
from warehouse.published.load import Frame
from warehouse.published.spec import PublishedColumn, TableSpec, duckdb_type
from warehouse.published.views import FileView

DAY = date(2026, 11, 1)
ROW = {
    "city": "seoul",
    "area_level": "district",
    "metric": "pm25_day",
    "period": "day",
    "period_start": DAY,
    "unit": "ug/m3",
    "n": 24,
    "completeness": 1.0,
    "status": "ok",
    "source": "files",
    "batch_ids": ["b1"],
}
_POLARS = {"VARCHAR[]": pl.List(pl.String), "BIGINT": pl.UInt32, "DOUBLE": pl.Float64, "DATE": pl.Date}
_POLARS |= {"TIMESTAMP": pl.Datetime("us", "UTC")}
VALUE_SCHEMA = pl.Schema({name: _POLARS.get(dtype, pl.String) for name, dtype in METRIC_VALUE.types.items()})


def spec_of(schema: str, name: str, types: Mapping[str, str], description: str | None = None) -> TableSpec:
    """A declaration with a comment for each column."""
    columns = tuple(PublishedColumn(column, dtype, f"What {column} is") for column, dtype in types.items())
    return TableSpec(schema, name, description or f"What {name} is", columns)


def frame_table(schema: str, name: str, frame: pl.DataFrame, types: Mapping[str, str] | None = None) -> Frame:
    """A table with the types of the frame, but for those given."""
    given = types or {}
    found = {column: given.get(column) or duckdb_type(dtype) for column, dtype in frame.schema.items()}
    return Frame(spec_of(schema, name, found), frame)


def view(name: str, files: Sequence[Path], types: Mapping[str, str]) -> FileView:
    """A view in `core` over files of days."""
    return FileView(spec_of("core", name, types), files)


def value_rows(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows in the columns of metric.value; what is not given is null."""
    return pl.DataFrame([dict(row) for row in rows], schema=VALUE_SCHEMA)


def values(numbers: Mapping[str, float | None], **more: Any) -> Frame:
    """metric.value with one value for each area."""
    rows = [{**ROW, "area": area, "value": number, **more} for area, number in numbers.items()]
    return Frame(METRIC_VALUE, value_rows(rows))


def latest(numbers: Mapping[str, float | None], **more: Any) -> Frame:
    """metric.latest with the same."""
    rows = values(numbers, **more).frame.to_dicts()
    schema = {name: _POLARS.get(dtype, pl.String) for name, dtype in METRIC_LATEST.types.items()}
    return Frame(METRIC_LATEST, pl.DataFrame(rows, schema=schema))
