"""The gate of the published file as a whole: keys, definitions and comments are complete."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from assets.publication.benchmark.columns import BENCHMARK_VALUE
from assets.publication.metric_columns import METRIC_LATEST, METRIC_VALUE
from quality.gx_duckdb.check import Check
from quality.gx_duckdb.evaluate import evaluate
from quality.verdict import RuleResult, Verdict, decide
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.published import connect, dictionary
from warehouse.published.spec import TableSpec


class PublicationRefused(Exception):
    """What is to be published is not fit. What was published before stays."""


@dataclass(frozen=True)
class FileRule:
    """An expectation on one published table. All of them are critical."""

    code: str
    title: str
    table: TableSpec
    expectation: str
    arguments: Mapping[str, Any]

    @property
    def view(self) -> str:
        """A name without a schema, as Great Expectations wants it."""
        return f"published_{self.table.schema}_{self.table.name}"


def rules(metrics: Collection[str]) -> tuple[FileRule, ...]:
    """The rules of a file in which exactly these metrics are defined. PUB-005, on comments, is no expectation."""
    unique, one_of = "expect_compound_columns_to_be_unique", "expect_column_values_to_be_in_set"
    once = "A metric is there once among the latest"
    defined = {"column": "metric", "value_set": sorted(metrics)}
    status = {"column": "status"}
    return (
        FileRule("PUB-001", "A value is there once", METRIC_VALUE, unique, _key(METRIC_VALUE)),
        FileRule("PUB-002", "Every metric is defined", METRIC_VALUE, one_of, defined),
        FileRule("PUB-003", "Every value has a status", METRIC_VALUE, "expect_column_values_to_not_be_null", status),
        FileRule("PUB-004", once, METRIC_LATEST, unique, _key(METRIC_LATEST)),
        FileRule("PUB-006", "A value is compared once", BENCHMARK_VALUE, unique, _key(BENCHMARK_VALUE)),
        FileRule("PUB-007", "What is compared is a value of the city's own", BENCHMARK_VALUE, *_none(_NOT_ITS_OWN)),
        FileRule("PUB-008", "A rank lies in its interval, among those of its class", BENCHMARK_VALUE, *_none(_STRAY)),
    )


_NOT_ITS_OWN = f"""SELECT b.* FROM {{batch}} b ANTI JOIN {METRIC_VALUE.sql} v
    ON (v.city, v.area, v.metric, v.period, v.period_start) = (b.city, b.area, b.metric, b.period, b.period_start)
    AND v.value IS NOT DISTINCT FROM b.value AND v.status = b.status AND v.unit = b.unit"""
_STRAY = """SELECT * FROM (
    SELECT *, count(rank) OVER (PARTITION BY class_id, period_start) AS there FROM {batch}) WHERE rank IS NOT NULL
    AND (rank NOT BETWEEN rank_low AND rank_high OR rank_low < 1 OR rank_high > ranked OR ranked < 2 OR ranked <> there
        OR class_id IS NULL OR comparability NOT IN ('X1', 'X2'))"""


def _none(query: str) -> tuple[str, dict[str, str]]:
    """That a query finds no row."""
    return "unexpected_rows_expectation", {"unexpected_rows_query": query}


@dataclass(frozen=True)
class Judgement:
    """What the file's gate found. Recorded once the file is published, under its version."""

    results: tuple[RuleResult, ...]
    verdict: Verdict
    reason: str


def judge(home: Home, path: Path, metrics: Collection[str], run_id: str) -> Judgement:
    """Evaluate the rules on a finished file. Raises PublicationRefused, with the judgement in the ledger."""
    today = datetime.now(UTC).date()
    undocumented = dictionary.undocumented(path)
    comments = RuleResult(
        "PUB-005",
        "Every table and column has a comment",
        "critical",
        passed=not undocumented,
        day=today,
        observed=f"without comment: {', '.join(undocumented[:10]) or 'none'}",
    )
    results = [*_evaluated(path, rules(metrics), today), comments]
    judgement = Judgement(tuple(results), *decide(results, [r.code for r in results]))
    if not judgement.verdict.open:
        record(home, judgement, f"refused {run_id}", run_id)
        raise PublicationRefused(f"the new file does not pass its gate, the last one stays: {judgement.reason}")
    return judgement


def _evaluated(path: Path, file_rules: Collection[FileRule], today: date) -> list[RuleResult]:
    with duckdb.connect(str(path), read_only=True, config={"memory_limit": connect.MAKING}) as con:
        for view, table in {rule.view: rule.table for rule in file_rules}.items():
            con.execute(f"CREATE TEMP VIEW {view} AS SELECT * FROM {table.sql}")
        checks = [Check(r.code, r.view, r.expectation, dict(r.arguments)) for r in file_rules]
        outcomes = evaluate(con, checks)
    return [
        RuleResult(
            rule.code,
            rule.title,
            "critical",
            passed=outcome.success,
            day=today,
            evaluated=outcome.element_count,
            unexpected=outcome.unexpected_count,
            error=outcome.error,
            observed=None if outcome.observed_value is None else str(outcome.observed_value),
        )
        for rule, outcome in zip(file_rules, outcomes, strict=True)
    ]


def _key(spec: TableSpec) -> dict[str, list[str]]:
    return {"column_list": list(spec.key)}


def record(home: Home, judgement: Judgement, batch_id: str, run_id: str) -> None:
    """Write the judgement into the ledger, once for a version: a night with nothing new adds nothing."""
    now = ledger.time_to_record(home)
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
    for table, records in (("rule_result", rows), ("verdict", [verdict])):
        ledger.append_once(home, table, records, [batch_id])
