"""What the step that fetches a feed tells Dagster: of which days something came, and which deliveries failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import dagster as dg
import polars as pl

from assets.context import RunContext
from assets.ingest.batches import Batches
from assets.ingest.deliveries import Deliveries
from assets.ingest.fetch import Fetched
from assets.ingest.parse_cache import ParsedDelivery
from pipelines.dagster_store.days import DayEvent
from pipelines.day_reports import DayReporter
from pipelines.visible import markdown_text, visible
from quality.contract.model import Contract

DELIVERIES = "deliveries_readable"


def tell_deliveries(
    tell: DayReporter, run: RunContext, days: Sequence[date], fetched: Fetched, read: Iterable[ParsedDelivery]
) -> None:
    """Of the days that the step looks at: made are those of which a delivery that was read now has rows, and those of
    which one had before, where Dagster does not show it. What failed is reported under the day that was asked for, and
    a file, which has none, under the newest.
    """
    contract = tell.contract
    newest = contract.reference_since or days[-1]
    wanted = set(days) if contract.reference_since is None else {newest}
    came = {day: found for day, found in _rows_by_day(read).items() if day in wanted}
    shown = tell.shown()
    not_shown = sorted(day for day in wanted - came.keys() if not shown.has(tell.partition(day), made=True))
    if not_shown:
        before = Batches.of(run, contract, not_shown)
        came |= {day: {} for day in (*before.settled, *before.pending)}
    failed = _failed(run, contract, newest)
    events: list[DayEvent] = [
        dg.AssetMaterialization(tell.key, partition=tell.partition(day), metadata={**figures, "source": run.source})
        for day, figures in sorted(came.items())
    ]
    events += [_result(tell, day, failed.get(day, ())) for day in sorted({*came, *failed})]
    tell.report(events)


def _rows_by_day(read: Iterable[ParsedDelivery]) -> dict[date, dict[str, int]]:
    """Of each day the deliveries with rows of it, and their rows."""
    found: dict[date, dict[str, int]] = {}
    for delivery in read:
        for day, rows in delivery.days.items():
            if rows and delivery.delivery.reaches(day):
                of_day = found.setdefault(day, {"deliveries": 0, "rows": 0})
                of_day["deliveries"] += 1
                of_day["rows"] += rows
    return found


def _failed(run: RunContext, contract: Contract, newest: date) -> Mapping[date, Sequence[str]]:
    """What the ledger says of the deliveries that failed in this run, by day."""
    rows = Deliveries.of(run, contract).attempts.filter(pl.col("run_id") == run.run_id, pl.col("status") == "failed")
    found: dict[date, list[str]] = {}
    for day, detail in rows.select("asked_day", "detail").iter_rows():
        found.setdefault(day or newest, []).append(str(detail))
    return found


def _result(tell: DayReporter, day: date, failed: Sequence[str]) -> dg.AssetCheckEvaluation:
    text = "every delivery can be landed and read" if not failed else visible("; ".join(failed))
    shown = {"failures": dg.MetadataValue.md("\n".join(f"- {markdown_text(one)}" for one in failed))} if failed else {}
    return dg.AssetCheckEvaluation(
        asset_key=tell.key,
        check_name=DELIVERIES,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        description=text,
        metadata={"failed": len(failed)} | shown,
        partition=tell.partition(day),
    )
