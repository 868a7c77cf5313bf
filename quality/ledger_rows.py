"""What the ledger keeps of batches: their verdict, the result of each rule, quarantined rows and nullified values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from quality.clock_changes import codes
from quality.contract.model import Contract
from quality.findings import RowFindings, row_json
from quality.inputs import Inputs
from quality.outcome import Outcome
from quality.verdict import RuleResult, Sample

SHOWN = 20  # samples of a verdict

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class LedgerRows:
    """The rows of ledger tables for the batches of one table that one run judged at `recorded_at` (UTC)."""

    city: str
    contract: Contract
    source: str
    run_id: str
    recorded_at: datetime

    def batches(self, outcomes: Iterable[Outcome], inputs: Mapping[date, Inputs]) -> Rows:
        """Rows of ledger.batch. The state `held` says that the batch was not committed."""
        return [
            self._common(outcome)
            | {
                "source": self.source,
                "state": "committed" if outcome.verdict.open else "held",
                "rows_read": outcome.rows_read,
                "rows_kept": outcome.rows_kept,
                "rows_quarantined": outcome.rows_quarantined,
                **outcome.gave_way.columns(),
                "input_deliveries": list(inputs[outcome.day].deliveries),
                "input_batches": sorted(inputs[outcome.day].batches),
                "code_version": inputs[outcome.day].code_version,
                "pack_version": inputs[outcome.day].pack_version,
                "contract_hash": self.contract.hash,
            }
            for outcome in outcomes
        ]

    def verdicts(self, outcomes: Iterable[Outcome]) -> Rows:
        """Rows of ledger.verdict, with samples of the rows that closed the gate."""
        return [
            self._common(outcome)
            | {
                "verdict": outcome.verdict,
                "reason": outcome.reason,
                "contract_hash": self.contract.hash,
                "rules_failed": [result.code for result in outcome.results if result.status != "pass"],
                "samples": _samples_text(_closing_samples(outcome.results)),
            }
            for outcome in outcomes
        ]

    def rule_results(self, outcomes: Iterable[Outcome]) -> Rows:
        """Rows of ledger.rule_result: each rule of each batch, passed or not."""
        return [
            self._common(outcome)
            | {
                "rule": result.code,
                "title": result.title,
                "severity": result.severity,
                "status": result.status,
                "evaluated": result.evaluated,
                "unexpected": result.unexpected,
                "tolerance": result.tolerance,
                "observed": result.error or result.observed,
                "samples": _samples_text(result.samples),
            }
            for outcome in outcomes
            for result in outcome.results
        ]

    def quarantine(self, findings: RowFindings, batch_ids: Mapping[date, str]) -> pl.DataFrame:
        """Rows of ledger.quarantine: whole rows that were quarantined (scope `row`), and values that were set to null
        because they broke a rule or could not be read (scope `cell`). Of a private table without row and value."""
        batch_id = pl.col("day").replace_strict(batch_ids, default=None, return_dtype=pl.String).alias("batch_id")
        place = [pl.lit(self.city).alias("city"), pl.lit(self.contract.name).alias("table_name"), "day"]
        origin = [pl.col("_sha256").alias("sha256"), pl.col("_line").cast(pl.Int64).alias("line")]
        none = pl.lit(None, pl.String)
        rows = findings.quarantined.select(
            batch_id,
            *place,
            pl.lit("row").alias("scope"),
            pl.col("_rules").alias("rules"),
            none.alias("column_name"),
            pl.col("_rules")
            .list.first()
            .replace_strict(codes(self.contract), default=None, return_dtype=pl.String)
            .alias("value"),
            row_json(self.contract).alias("row"),
            *origin,
        )
        values = pl.concat([findings.nullified, findings.unreadable]).select(
            batch_id,
            *place,
            pl.lit("cell").alias("scope"),
            pl.concat_list("rule").alias("rules"),
            pl.col("column").alias("column_name"),
            (none if self.contract.private else pl.col("value")).alias("value"),
            none.alias("row"),
            *origin,
        )
        return pl.concat([rows, values])

    def _common(self, outcome: Outcome) -> dict[str, Any]:
        return {
            "batch_id": outcome.batch_id,
            "city": self.city,
            "layer": self.contract.layer,
            "table_name": self.contract.name,
            "day": outcome.day,
            "run_id": self.run_id,
            "recorded_at": self.recorded_at,
        }


def _closing_samples(results: Iterable[RuleResult]) -> Sequence[Sample]:
    """Samples of the critical rules that failed, each with the rule's code."""
    failed = [result for result in results if result.status != "pass" and result.severity == "critical"]
    return [{"rule": result.code} | dict(sample) for result in failed for sample in result.samples][:SHOWN]


def _samples_text(samples: Sequence[Sample]) -> str:
    return json.dumps(list(samples), ensure_ascii=False, default=str) if samples else "[]"
