"""Rows that a mart reads, as its tests type them: of one feed, each with the period that it is read for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from assets.mart import START
from assets.metrics.observed import AREA, Observed
from assets.models import models
from quality.contract.interval import Interval


def observed(model: str, rows: Sequence[Mapping[str, Any]], feed: str = "f", interval: str = "day") -> Observed:
    """`start` is the period and, unless a row says its `day`, the day; `in` the area of the pack in which it lies."""
    columns = {name: column.dtype for name, column in models()[model].columns.items()}
    schema = {**columns, "kind": pl.String, AREA: pl.String, START: pl.Date, "day": pl.Date}
    made = [{**dict.fromkeys(schema), **row, AREA: row.get("in"), "day": row.get("day", row["start"])} for row in rows]
    frame = pl.DataFrame([{name: row[name] for name in schema} for row in made], schema=schema)
    identity = tuple(name for name in models()[model].key if name not in ("time", "place") and name in schema)
    return Observed(feed, None, Interval.parse(interval), identity, frame.lazy())


def quarter(year: int, number: int) -> date:
    """Its first day."""
    return date(year, 3 * number - 2, 1)
