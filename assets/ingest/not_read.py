"""Files of the drop folder that no contract reads: named once, so that somebody corrects a name or a pattern."""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.connectors import folders
from assets.connectors.unclaimed import unclaimed
from assets.context import RunContext
from assets.ingest.deliveries import attempt
from quality.contract.model import Contract
from warehouse.ledger import ledger

MOST_NAMES = 5  # of files in a sentence


def files_not_read(run: RunContext, contract: Contract) -> list[dict[str, Any]]:
    """A row of no feed for the files that no contract reads, once for the same files.

    Feeds share the folder: the first of them looks. Patterns of feeds with a root of their own are not for it.
    """
    sources = {
        name: c.connector.files
        for name, c in run.city.contracts.items()
        if c.connector and c.connector.files and not c.connector.of_ledger
    }
    here = {name: source for name, source in sources.items() if source.root == "."}
    if run.drop is None or contract.name != min(here, default=None):
        return []
    names = unclaimed(run.drop, [pattern for source in here.values() for pattern in folders.patterns_of(source)])
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    shown = ", ".join(map(repr, names[:MOST_NAMES])) + more
    detail = f"no contract reads {shown}: correct the names, or `paths` in the contract that is meant"
    before = ledger.read(run.home, "attempt").filter(pl.col("city") == run.city.name, pl.col("status") == "not_read")
    newest = before.sort("recorded_at").tail(1).collect()
    if newest["detail"].to_list() == [detail]:
        return []
    return [attempt(run, contract, status="not_read", detail=detail) | {"feed": None, "contract_hash": None}]
