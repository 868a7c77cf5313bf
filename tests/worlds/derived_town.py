"""The town of measuring_town with a home: rows that its gates have admitted, and tables that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.derive.tables import DerivedTable, derived_tables
from assets.metrics.definition import NamedEntry
from assets.metrics.entries import metrics_of
from assets.metrics.entry import Entry
from assets.pack.city import City
from quality.contract.model import Contract
from quality.inputs import Inputs
from quality.outcome import Outcome
from quality.staging import Block, IncomingRows
from warehouse.home import Home


def measuring(city: City, entries: Mapping[str, tuple[str, Entry]]) -> City:
    """The city with these entries, each of a subject; all of their metrics are chosen."""
    named = {name: NamedEntry(name, subject, entry, Path("x.yaml")) for name, (subject, entry) in entries.items()}
    return replace(city, entries=named, metrics=metrics_of(named.values()))


def run_of(city: City, root: Path) -> RunContext:
    """A run of the city in a home below `root`."""
    return RunContext(Home(root), city, "files", "run", date(2024, 6, 30))


def admitted(run: RunContext, contract: Contract, day: date, rows: Sequence[Mapping[str, Any]], delivery: str) -> str:
    """Rows of a feed through its gate: the batch, which is live."""
    begins = datetime.combine(day, time())
    frame = pl.DataFrame([{"day": day, "time": begins, **row} for row in rows], infer_schema_length=None)
    filled = frame.with_columns(pl.lit(None).alias(name) for name in contract.schema if name not in frame.columns)
    typed = filled.select(pl.col(name).cast(dtype) for name, dtype in contract.schema.items())
    block = Block(typed.with_columns(_sha256=pl.lit(delivery), _line=pl.int_range(pl.len())))
    (outcome,) = run.gate(contract).admit(IncomingRows([block]), {day: Inputs((delivery,))})
    assert outcome.verdict.open, outcome.reason
    return outcome.batch_id


def table_of(run: RunContext, name: str) -> DerivedTable:
    """The derived table of this name."""
    return next(table for table in derived_tables(run.city) if table.name == name)


def opened(outcomes: Sequence[Outcome]) -> list[tuple[date, str]]:
    """Day and verdict of each."""
    return [(outcome.day, str(outcome.verdict)) for outcome in outcomes]
