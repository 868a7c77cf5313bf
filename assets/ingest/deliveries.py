"""What the ledger knows of a feed's deliveries: what came, what could be read of it, and which days it reaches.

Rows are written and read here; fetching, parsing and judging are in feeds.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from assets.context import RunContext
from assets.failures import FeedFailure, TransientFailure
from assets.ingest.parse_cache import ParsedDelivery
from quality.contract.generated_rules import READABLE_ROWS
from quality.contract.model import Contract
from quality.inputs import Inputs
from warehouse import landing
from warehouse.ledger import ledger
from warehouse.ledger.schema import ATTEMPT


def attempt(
    run: RunContext, contract: Contract, *, status: str, failure: FeedFailure | None = None, **more: Any
) -> dict[str, Any]:
    """A row of ledger.attempt."""
    row = ATTEMPT.row() | {
        "city": run.city.name,
        "feed": contract.name,
        "source": run.source,
        "status": status,
        "contract_hash": contract.hash,
        "run_id": run.run_id,
        "recorded_at": datetime.now(UTC),
    }
    if failure is not None:
        transient = isinstance(failure, TransientFailure)
        row |= {"code": failure.code, "detail": str(failure), "transient": transient}
    return row | more


def parsed_attempt(run: RunContext, contract: Contract, delivery: ParsedDelivery) -> dict[str, Any]:
    return attempt(
        run,
        contract,
        delivery=delivery.name,
        sha256=delivery.sha256,
        status="parsed",
        rows_read=delivery.rows_read,
        rows_undated=delivery.undated_rows,
        rows_blank=delivery.blank_rows,
        day_min=delivery.day_min,
        day_max=delivery.day_max,
    )


def asked_for(delivery: str | None) -> date | None:
    """The day that a pull was for; None for a file, or for what is asked for no day in particular."""
    found = re.search(r" (\d{4}-\d{2}-\d{2}) asked ", delivery or "")
    return date.fromisoformat(found[1]) if found else None


def landed_before(run: RunContext, contract: Contract) -> set[str]:
    """SHA-256 of all that this feed ever landed from this source."""
    rows = _own(run, contract).filter(pl.col("status").is_in(["landed", "known"]), pl.col("sha256").is_not_null())
    return set(rows.select("sha256").unique().collect().to_series())


@dataclass(frozen=True)
class Untouched:
    """The files of a drop folder as they were when they were last read, for which nothing has to be read again.

    As rsync does: same name, same size, same time of last change. Not trusted is a file that was changed less than
    two seconds before it was read, for on some disks a second change would not show; nor one whose landed bytes are
    gone.
    """

    files: dict[str, tuple[int, datetime, str]]  # name -> size, last change, SHA-256

    @classmethod
    def of(cls, run: RunContext, contract: Contract) -> Untouched:
        rows = (
            _own(run, contract)
            .filter(pl.col("modified_at").is_not_null())
            .sort("recorded_at")
            .unique("delivery", keep="last")
        )
        settled = rows.filter(pl.col("recorded_at") - pl.col("modified_at") > timedelta(seconds=2))
        found = settled.select("delivery", "size_bytes", "modified_at", "sha256").collect()
        there = landing.landed(run.home, run.city.name, contract.name) if found.height else set()
        return cls({name: (size, at, sha) for name, size, at, sha in found.iter_rows() if sha in there})

    def __call__(self, name: str, size: int, changed: datetime) -> bool:
        return name in self.files and self.files[name][:2] == (size, changed)

    def sha256(self, name: str) -> str:
        return self.files[name][2]


def requests_today(run: RunContext, contract: Contract, now: datetime) -> int:
    """Requests sent to this feed's service since midnight UTC: quotas count calendar days."""
    rows = _own(run, contract).filter(pl.col("recorded_at").dt.date() == now.date())
    return int(rows.select(pl.col("requests").sum()).collect().item() or 0)


def last_headers(run: RunContext, contract: Contract) -> dict[str, str]:
    """Headers of the newest delivery that could be read under the present contract, for a conditional request."""
    shas = list(coverage(run, contract))
    path = landing.find(run.home, run.city.name, contract.name, shas[-1]) if shas else None
    return {} if path is None else json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def names(run: RunContext, contract: Contract) -> dict[str, str]:
    """The name under which each landed object was read."""
    rows = _own(run, contract).filter(pl.col("status") == "parsed").sort("recorded_at").collect()
    return dict(rows.select("sha256", "delivery").iter_rows())


def coverage(run: RunContext, contract: Contract) -> dict[str, tuple[date | None, date | None]]:
    """First and last day of each delivery that was read under the present contract, by arrival."""
    rows = (
        _own(run, contract)
        .filter(pl.col("status") == "parsed", pl.col("contract_hash") == contract.hash)
        .sort("recorded_at")
        .unique("sha256", keep="first", maintain_order=True)
        .select("sha256", "day_min", "day_max")
        .collect()
    )
    return {sha: (low, high) for sha, low, high in rows.iter_rows()}


def first_day(run: RunContext, contract: Contract) -> date | None:
    """The first day for which this feed has a batch."""
    batches = ledger.read(run.home, "batch").filter(
        pl.col("city") == run.city.name, pl.col("layer") == "core", pl.col("table_name") == contract.name
    )
    return batches.select(pl.col("day").min()).collect().item()


def keep_undated(run: RunContext, contract: Contract, read: Iterable[ParsedDelivery]) -> None:
    """Rows without a day belong to no day's batch: they are kept under a batch of their delivery."""
    now, held, batches = datetime.now(UTC), [], []
    for delivery in read:
        if not delivery.undated_rows or delivery.day_min is None:
            continue
        batch_id = run.gate(contract).batch_id(delivery.day_min, Inputs(deliveries=[delivery.sha256, "undated"]))
        common = {"batch_id": batch_id, "city": run.city.name, "table_name": contract.name, "day": delivery.day_min}
        rows = delivery.undated().select(
            *[pl.lit(value).alias(key) for key, value in common.items()],
            pl.lit("row").alias("scope"),
            pl.concat_list(pl.lit(f"{contract.prefix}-{READABLE_ROWS}")).alias("rules"),
            pl.lit(None, pl.String).alias("column_name"),
            pl.col("reason").alias("value"),
            pl.lit(None, pl.String).alias("row") if contract.restricted else pl.col("row"),
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
                "rows_superseded": 0,
                "input_deliveries": [delivery.sha256],
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


def _own(run: RunContext, contract: Contract) -> pl.LazyFrame:
    return ledger.read(run.home, "attempt").filter(
        pl.col("city") == run.city.name, pl.col("feed") == contract.name, pl.col("source") == run.source
    )
