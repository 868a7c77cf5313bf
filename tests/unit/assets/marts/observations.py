"""Rows of models as marts read them, written by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import polars as pl

from assets.mart import START
from assets.metrics.observed import AREA, Observed
from assets.models import models
from quality.contract.interval import Interval


def observed(
    model: str, rows: Sequence[Mapping[str, Any]], *, starts: Sequence[date], interval: str = "year", feed: str = "f"
) -> Observed:
    """Rows of a feed as a mart reads them for periods that begin on `starts`: each is there once for each.

    A row says the columns of its model, its area in `area`, and in `time` its first day.
    """
    columns = {name: column.dtype for name, column in models()[model].columns.items()} | {"day": pl.Date}
    said = {name for row in rows for name in row}
    filled = [{**row, "time": _moment(row.get("time"))} for row in rows]
    frame = pl.DataFrame([{name: row.get(name) for name in columns} for row in filled], schema=columns, strict=False)
    frame = frame.with_columns(
        pl.col("area").alias(AREA), day=pl.col("time").cast(pl.Date) if "time" in frame.columns else None
    )
    read = frame.join(pl.DataFrame({START: list(starts)}, schema={START: pl.Date}), how="cross")
    identity = tuple(name for name in models()[model].key if name != "time" and name in said)
    return Observed(feed, None, Interval.parse(interval), identity, read.lazy())


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time())
