"""The gate's findings as Dagster asset checks. Checks are the display of the gate, not the gate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import dagster as dg
import polars as pl

from quality.contract import Contract, Rule
from quality.gated import Outcome
from warehouse import ledger
from warehouse.home import Home

SAMPLES = 10
SHOWN_DAYS = 10


def name_of(rule: Rule) -> str:
    """SDOT-121 -> SDOT_121: Dagster allows letters, digits and underscores."""
    return rule.code.replace("-", "_")


def specs(contract: Contract, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """One check per rule; critical rules block what lies downstream in the same run."""
    return [
        dg.AssetCheckSpec(
            name_of(rule), asset=key, description=f"{rule.title}. ({rule.severity}, {rule.dimension})",
            blocking=rule.severity == "critical",
        )
        for rule in contract.rules
    ]  # fmt: skip


def results(
    home: Home, contract: Contract, key: dg.AssetKey, outcomes: Iterable[Outcome], *, soft: bool = False
) -> Iterator[dg.AssetCheckResult]:
    """One result per rule over all the days of a step, read from the ledger so that a re-run shows the same.

    A failed critical rule is an ERROR, which stops this table's downstream in the run, only when no day
    of the step is open: a backfill of five months degrades by the day, not by the month. `soft`: never an
    ERROR, for references, without which the city's figures still come.
    """
    outcomes = list(outcomes)
    if not outcomes:
        return
    rows = (
        ledger.read(home, "rule_result")
        .filter(pl.col("batch_id").is_in([o.batch_id for o in outcomes]))
        .sort("day")
        .collect()
    )
    any_open = any(o.verdict.open for o in outcomes)
    for rule in contract.rules:
        own = rows.filter(pl.col("rule") == rule.code)
        failed = own.filter(pl.col("status") != "pass")
        stops = rule.severity == "critical" or failed.filter(pl.col("status") == "error").height > 0
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=name_of(rule),
            passed=own.height > 0 and failed.is_empty(),
            severity=dg.AssetCheckSeverity.ERROR if stops and not any_open and not soft else dg.AssetCheckSeverity.WARN,
            description=_sentence(rule, own, failed),
            metadata=_metadata(rule, own, failed),
        )


def _sentence(rule: Rule, own: pl.DataFrame, failed: pl.DataFrame) -> str:
    if own.is_empty():
        return "gave no result: the gate is closed"
    if failed.is_empty():
        return f"holds on {own.height} day(s)"
    days = [str(d) for d in failed["day"].head(SHOWN_DAYS)]
    more = f" and {failed.height - SHOWN_DAYS} more" if failed.height > SHOWN_DAYS else ""
    return f"broken on {', '.join(days)}{more}"


def _metadata(rule: Rule, own: pl.DataFrame, failed: pl.DataFrame) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "code": rule.code,
        "severity": rule.severity,
        "tolerance": rule.tolerance,
        "days_evaluated": own.height,
        "days_failed": failed.height,
        "rows_evaluated": int(own["evaluated"].sum()),
        "rows_unexpected": int(own["unexpected"].sum()),
    }
    if failed.height:
        metadata["observed"] = "; ".join(
            f"{day}: {observed}" for day, observed in failed.select("day", "observed").head(SHOWN_DAYS).iter_rows()
        )
    samples = [s for text in (failed if failed.height else own)["samples"] for s in json.loads(text or "[]")]
    if samples:
        metadata["samples"] = dg.MetadataValue.md(table(samples[:SAMPLES]))
    return metadata


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += [
        "| " + " | ".join(str(row.get(n, "")).replace("|", "\\|").replace("\n", " ") for n in names) + " |"
        for row in rows
    ]
    return "\n".join(lines)
