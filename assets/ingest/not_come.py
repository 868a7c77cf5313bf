"""What was due and did not come: no failure, and nothing that anybody should have to find by comparing days."""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.context import RunContext
from assets.ingest.deliveries import Deliveries, attempt
from quality.contract.due import last_due
from quality.contract.model import Contract
from warehouse.ledger import ledger


def did_not_come(feed: str, day: object) -> str:
    """The sentence for people."""
    return f"nothing came for {feed} {day}, which was due"


def note_not_come(run: RunContext, contract: Contract, day: date) -> None:
    """After a fetch without failures: a row of ledger.attempt if no delivery reaches the day that was due.

    A register has no day: it is due until the first one comes. What is not asked for from this source is not due, and
    neither is a file of a year that is long over: whoever has it puts it there.
    """
    connector = contract.connector
    standing = Deliveries.of(run, contract).standing
    if standing.stops or standing.bars(day):
        return
    asked = connector is not None and (connector.services if run.asks(contract) else connector.files)
    day = contract.reference_since or day
    if not asked or last_due(contract) is not None or Deliveries.of(run, contract).inputs([day]):
        return
    detail = "; ".join([did_not_come(contract.name, day), *_why(run, contract)])
    ledger.append(run.home, "attempt", [attempt(run, contract, status="missing", asked_day=day, detail=detail)])


def _why(run: RunContext, contract: Contract) -> list[str]:
    """What this run knows of it: what was said when it was fetched, or how far the deliveries reach."""
    attempts = Deliveries.of(run, contract).attempts
    said = attempts.filter(pl.col("run_id") == run.run_id, pl.col("status").is_in(["missing", "empty"]))["detail"]
    if said.drop_nulls().len():
        return [str(said.drop_nulls()[-1])]
    last = attempts["day_max"].max()
    return [] if last is None else [f"what was delivered ends on {last}"]
