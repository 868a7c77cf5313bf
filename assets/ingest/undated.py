"""Rows that no day can be read from: they belong to no day's batch and are quarantined under one of their delivery."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import polars as pl

from assets.context import RunContext
from assets.ingest.parse_cache import ParsedDelivery
from quality.contract.generated_rules import READABLE_ROWS
from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.inputs import Inputs
from warehouse.ledger import ledger


def quarantine_undated(run: RunContext, contract: Contract, deliveries: Iterable[ParsedDelivery]) -> None:
    """Write the undated rows of these deliveries to ledger.quarantine, with a held batch for each delivery."""
    now, held, batches = datetime.now(UTC), [], []
    for parsed in deliveries:
        sha256, day = parsed.delivery.sha256, parsed.delivery.day_min
        if not parsed.undated_rows or day is None:
            continue
        # "undated" makes it another batch than the one that the same delivery makes for its first day
        batch_id = run.gate(contract).batch_id(day, Inputs(deliveries=[sha256, "undated"]))
        common = {"batch_id": batch_id, "city": run.city.name, "table_name": contract.name, "day": day}
        rows = parsed.undated().select(
            *[pl.lit(value).alias(key) for key, value in common.items()],
            pl.lit("row").alias("scope"),
            pl.concat_list(pl.lit(f"{contract.prefix}-{READABLE_ROWS}")).alias("rules"),
            pl.lit(None, pl.String).alias("column_name"),
            pl.col("code" if contract.private else "reason").alias("value"),
            pl.lit(None, pl.String).alias("row") if contract.private else pl.col("row"),
            pl.col("_sha256").alias("sha256"),
            pl.col("_line").alias("line"),
        )
        held.append(rows)
        batches.append(
            common
            | {
                "layer": "delivery",
                "source": run.source,
                "state": "held",
                "rows_read": rows.height,
                "rows_kept": 0,
                "rows_quarantined": rows.height,
                **GaveWay().columns(),
                "input_deliveries": [sha256],
                "input_batches": [],
                "contract_hash": contract.hash,
                "run_id": run.run_id,
                "recorded_at": now,
            }
        )
    if batches:
        ids = [batch["batch_id"] for batch in batches]
        ledger.append_once(run.home, "quarantine", pl.concat(held), ids)
        ledger.append_once(run.home, "batch", batches, ids)
