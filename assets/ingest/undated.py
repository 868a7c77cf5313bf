"""Rows that belong to no day's batch are quarantined under one of their delivery.

No day can be read from them, or it is a day that cannot be expected of the delivery.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.ingest.parse_cache import ParsedDelivery
from quality.contract.columns import DAY
from quality.contract.generated_rules import OUTSIDE, READABLE_ROWS
from quality.contract.model import Contract
from quality.gave_way import GaveWay
from quality.inputs import Inputs
from warehouse.ledger import ledger


def quarantine_without_day(run: RunContext, contract: Contract, deliveries: Iterable[ParsedDelivery]) -> None:
    """Write the rows of these deliveries that belong to no day's batch to ledger.quarantine, with a held batch for each
    delivery and reason."""
    held: list[pl.DataFrame] = []
    batches: list[dict[str, Any]] = []
    for parsed in deliveries:
        if parsed.delivery.day_min is None:
            continue
        if parsed.undated_rows:
            _hold(run, contract, parsed, "undated", READABLE_ROWS, parsed.undated(), held, batches)
        if parsed.outside:
            _hold(run, contract, parsed, "outside", OUTSIDE, _outside(parsed), held, batches)
    if batches:
        ids = [batch["batch_id"] for batch in batches]
        ledger.append_once(run.home, "quarantine", pl.concat(held), ids)
        ledger.append_once(run.home, "batch", batches, ids)


def _outside(parsed: ParsedDelivery) -> pl.DataFrame:
    """The rows of days that cannot be expected, as undated ones."""
    day = pl.col(DAY).dt.to_string("%Y-%m-%d")
    return parsed.outside_rows().select(
        pl.lit("outside").alias("code"),
        pl.format("{} cannot be expected of this delivery", day).alias("reason"),
        pl.struct(pl.exclude("_line", "_sha256")).struct.json_encode().alias("row"),
        "_sha256",
        "_line",
    )


def _hold(
    run: RunContext,
    contract: Contract,
    parsed: ParsedDelivery,
    kind: str,
    rule: str,
    rows: pl.DataFrame,
    held: list[pl.DataFrame],
    batches: list[dict[str, Any]],
) -> None:
    sha256, day = parsed.delivery.sha256, parsed.delivery.day_min
    assert day is not None
    # the kind makes it another batch than the one that the same delivery makes for its first day
    batch_id = run.gate(contract).batch_id(day, Inputs(deliveries=[sha256, kind], readings=parsed.delivery.readings))
    common = {"batch_id": batch_id, "city": run.city.name, "table_name": contract.name, "day": day}
    held.append(
        rows.select(
            *[pl.lit(value).alias(key) for key, value in common.items()],
            pl.lit("row").alias("scope"),
            pl.concat_list(pl.lit(f"{contract.prefix}-{rule}")).alias("rules"),
            pl.lit(None, pl.String).alias("column_name"),
            pl.col("code" if contract.private else "reason").alias("value"),
            pl.lit(None, pl.String).alias("row") if contract.private else pl.col("row"),
            pl.col("_sha256").alias("sha256"),
            pl.col("_line").alias("line"),
        )
    )
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
            "code_version": parsed.delivery.reading,
            "contract_hash": contract.hash,
            "run_id": run.run_id,
            "recorded_at": ledger.time_to_record(run.home),
        }
    )
