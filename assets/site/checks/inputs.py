"""What derived days are made of: their batches by table and month, with where each of these stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.site.checks.reading import Checks


@dataclass(frozen=True)
class InputBatches:
    """The batches of one table and one month that a day is made of."""

    layer: str
    table: str
    first: date
    last: date
    batches: int


def inputs_by_batch(checks: Checks) -> Mapping[str, Sequence[InputBatches]]:
    """By batch what it is made of; batches that this file does not have are left out, as those of private feeds are."""
    batches = checks.batches
    made_of = (
        batches.select(made="batch_id", batch_id="input_batches")
        .explode("batch_id")
        .drop_nulls()
        .join(batches.select("batch_id", "layer", "table_name", "day"), on="batch_id", maintain_order="left")
        .with_columns(month=pl.col("day").dt.month_start())
        .group_by("made", "layer", "table_name", "month", maintain_order=True)
        .agg(first=pl.col("day").min(), last=pl.col("day").max(), batches=pl.len())
        .sort("made", "layer", "table_name", "month")
        .drop("month")
    )
    found = dict[str, list[InputBatches]]()
    for made, *part in made_of.rows():
        found.setdefault(made, []).append(InputBatches(*part))
    return found
