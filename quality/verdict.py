"""The gate's decision: results of rules -> verdict. Pure: no I/O, no clock, no Dagster, no DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from quality.contract.rules import Rule, Severity


class Verdict(StrEnum):
    """PASS and WARN open the gate. BLOCK: the data is unfit. ERROR: fitness could not be established."""

    PASS = "PASS"
    WARN = "WARN"
    BLOCK = "BLOCK"
    ERROR = "ERROR"

    @property
    def open(self) -> bool:
        return self in (Verdict.PASS, Verdict.WARN)


OPEN = tuple(str(verdict) for verdict in Verdict if verdict.open)
"""The verdicts that open the gate, as the ledger writes them."""


Sample = Mapping[str, Any]
"""What a rule found, to show to people: columns of a row, or `row` or `column` and `value`, with `line`."""


@dataclass(frozen=True)
class RuleResult:
    """What one rule found on one day. `error` is set when it could not be evaluated."""

    code: str
    title: str
    severity: Severity
    passed: bool
    day: date
    evaluated: int | None = None
    unexpected: int | None = None
    tolerance: float = 0.0
    observed: str | None = None
    error: str | None = None
    samples: Sequence[Sample] = field(default_factory=tuple)

    @property
    def status(self) -> Literal["pass", "fail", "error"]:
        if self.error is not None:
            return "error"
        return "pass" if self.passed else "fail"

    def sentence(self) -> str:
        """The finding in words: code, rule, and how many of how many."""
        if self.error is not None:
            return f"{self.code} could not be evaluated ({self.error})"
        if self.unexpected and self.evaluated:
            return f"{self.code} {self.title}: {self.unexpected:,} of {self.evaluated:,} rows break it"
        return f"{self.code} {self.title}: " + (
            "it does not hold" if self.observed is None else f"found {self.observed}"
        )


def rule_result(rule: Rule, day: date, *, passed: bool, **more: Any) -> RuleResult:
    """The result of `rule` on `day`; `more` are fields of RuleResult."""
    return RuleResult(rule.code, rule.title, rule.severity, passed=passed, day=day, tolerance=rule.tolerance, **more)


def decide(results: Sequence[RuleResult], expected: Iterable[str]) -> tuple[Verdict, str]:
    """The verdict over one day's results, and the reason in a sentence.

    `expected` are the codes of all rules of the contract: a rule without a result was not evaluated,
    and what was not evaluated did not pass. No rule at all is an error too.
    """
    missing = sorted(set(expected) - {r.code for r in results})
    errors = [r for r in results if r.status == "error"]
    failed = [r for r in results if r.status == "fail"]
    if not results or missing or errors:
        parts = [r.sentence() for r in errors] + [f"{code} gave no result" for code in missing]
        return Verdict.ERROR, "; ".join(parts) or "no rule was evaluated"
    for severity, verdict in (("critical", Verdict.BLOCK), ("warning", Verdict.WARN)):
        of_severity = [r for r in failed if r.severity == severity]
        if of_severity:
            return verdict, "; ".join(r.sentence() for r in of_severity)
    return Verdict.PASS, "all rules passed"
