"""What each value of a metric table was made from: the batches of its own metric, and not all of the table's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TypeAlias

import polars as pl

from quality.contract.columns import DAY

Lineage: TypeAlias = Mapping[tuple[str, date], Collection[str]]  # by metric and day (or first day): ids of batches

_SCHEMA = {"metric": pl.String, DAY: pl.Date, "batch_ids": pl.List(pl.String)}


def with_lineage(values: pl.DataFrame, lineage: Lineage) -> pl.DataFrame:
    """The values with `batch_ids`; rows of a metric and day that was not to be made go."""
    rows = [(metric, day, sorted(batches)) for (metric, day), batches in lineage.items()]
    return values.join(pl.DataFrame(rows, schema=_SCHEMA, orient="row"), on=["metric", DAY])


def batches_by_day(lineage: Lineage) -> dict[date, list[str]]:
    """All batches that each day is made from."""
    found = dict[date, set[str]]()
    for (_, day), batches in lineage.items():
        found.setdefault(day, set()).update(batches)
    return {day: sorted(batches) for day, batches in sorted(found.items())}
