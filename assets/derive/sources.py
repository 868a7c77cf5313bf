"""What derived tables are made from: the rows of other tables of the city, as they are live in the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from assets.context import RunContext
from quality.contract.model import Contract
from warehouse import lake


def live(run: RunContext, contract: Contract) -> dict[date, str]:
    """The live batch of each day of a table."""
    return lake.live_batches(run.gate(contract).table)


def rows(run: RunContext, contract: Contract, days: Sequence[date] | None = None) -> pl.LazyFrame:
    """The live rows of a table, of all days or of `days`."""
    return lake.scan(run.gate(contract).table, contract.schema, days)
