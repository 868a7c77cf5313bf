"""The gate of the published file as a whole. What is in the file is put together in publish.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from assets.publication.snapshot import Refused
from quality.gx_duckdb.evaluate import Check, evaluate
from quality.verdict import RuleResult, Verdict, decide
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import dictionary

# code, title, view, expectation, arguments
RULES: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("PUB-001", "A value is there once", "published_value", "expect_compound_columns_to_be_unique",
     {"column_list": ["city", "area", "metric", "period", "period_start"]}),
    ("PUB-002", "Every metric is defined", "published_value", "expect_column_values_to_be_in_set",
     {"column": "metric"}),
    ("PUB-003", "Every value has a status", "published_value", "expect_column_values_to_not_be_null",
     {"column": "status"}),
    ("PUB-004", "A metric is there once among the latest", "published_latest", "expect_compound_columns_to_be_unique",
     {"column_list": ["city", "area", "metric", "period"]}),
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """What the file's gate found. Recorded once the file is published, under its version."""

    results: tuple[RuleResult, ...]
    verdict: Verdict
    reason: str


def judge(home: Home, path: Path, metrics: set[str], run_id: str) -> Judgement:
    """The gate of the file as a whole: keys, definitions and documentation are complete. Raises Refused."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("CREATE TEMP VIEW published_value AS SELECT * FROM metric.value")
        con.execute("CREATE TEMP VIEW published_latest AS SELECT * FROM metric.latest")
        checks = [
            Check(code, table, expectation, kwargs | ({"value_set": sorted(metrics)} if code == "PUB-002" else {}))
            for code, _, table, expectation, kwargs in RULES
        ]
        found = evaluate(con, checks)
    undocumented = dictionary.undocumented(path)
    results = [
        RuleResult(
            code,
            title,
            "critical",
            passed=result.success,
            day=datetime.now(UTC).date(),
            evaluated=result.element_count,
            unexpected=result.unexpected_count,
            error=result.error,
            observed=None if result.observed_value is None else str(result.observed_value),
        )
        for (code, title, *_), result in zip(RULES, found, strict=True)
    ]
    results.append(
        RuleResult(
            "PUB-005",
            "Every table and column has a comment",
            "critical",
            passed=not undocumented,
            day=datetime.now(UTC).date(),
            observed=f"without comment: {', '.join(undocumented[:10]) or 'none'}",
        )
    )
    judgement = Judgement(tuple(results), *decide(results, [r.code for r in results]))
    if not judgement.verdict.open:
        record(home, judgement, f"refused {run_id}", run_id)
        raise Refused(f"the new file does not pass its gate, the last one stays: {judgement.reason}")
    return judgement


def record(home: Home, judgement: Judgement, batch_id: str, run_id: str) -> None:
    """Write the judgement into the ledger, once for a version: a night with nothing new adds nothing."""
    now = datetime.now(UTC)
    common = {
        "batch_id": batch_id,
        "city": "",
        "layer": "published",
        "table_name": "madang",
        "day": now.date(),
        "run_id": run_id,
        "recorded_at": now,
    }
    rows = [
        common
        | {
            "rule": r.code,
            "title": r.title,
            "severity": r.severity,
            "status": r.status,
            "evaluated": r.evaluated,
            "unexpected": r.unexpected,
            "tolerance": r.tolerance,
            "observed": r.error or r.observed,
            "samples": "[]",
        }
        for r in judgement.results
    ]
    failed = [r.code for r in judgement.results if r.status != "pass"]
    verdict = common | {
        "verdict": judgement.verdict,
        "rules_failed": failed,
        "reason": judgement.reason,
        "contract_hash": "",
    }
    for table, found in (("rule_result", rows), ("verdict", [verdict])):
        ledger.append_once(home, table, found, [batch_id])
