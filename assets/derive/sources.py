"""What derived tables are made from: the rows of other tables of the city, as they are live in the lake.

A run may be given other batches to read (`RunContext.instead`): that is how a value of long ago is computed once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from assets.context import BatchRows, RunContext
from quality.contract.model import Contract
from warehouse import lake


def live(run: RunContext, contract: Contract) -> dict[date, str]:
    """The live batch of each day of a table."""
    if run.instead is None:
        return lake.live_batches(run.gate(contract).table)
    return {day: batch.batch_id for day, batch in _instead(run, contract).items()}


def rows(run: RunContext, contract: Contract, days: Sequence[date] | None = None) -> pl.LazyFrame:
    """The live rows of a table, of all days or of `days`."""
    if run.instead is None:
        return lake.scan(run.gate(contract).table, contract.schema, days)
    given = sorted(_instead(run, contract).items())
    frames = [batch.rows for day, batch in given if days is None or day in days]
    return pl.concat([lake.scan_files([], contract.schema), *frames])


def _instead(run: RunContext, contract: Contract) -> Mapping[date, BatchRows]:
    return (run.instead or {}).get((contract.layer, contract.name), {})
