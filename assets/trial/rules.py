"""The results of each rule on each day, as one line for each rule."""

from __future__ import annotations

from collections.abc import Iterable

from assets.trial.result import TriedRule
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.judge import COMPARED
from quality.verdict import RuleResult


def tried_rules(contract: Contract, results: Iterable[RuleResult]) -> tuple[TriedRule, ...]:
    """Every rule of the contract, in its order. A rule that compares days is not judged: no home knows days before."""
    by_rule = dict[str, list[RuleResult]]()
    for result in results:
        by_rule.setdefault(result.code, []).append(result)
    return tuple(_tried(rule, by_rule.get(rule.code, [])) for rule in contract.rules)


def _tried(rule: Rule, results: list[RuleResult]) -> TriedRule:
    counted = [result for result in results if result.evaluated is not None and result.unexpected is not None]
    worst = sorted((r for r in results if r.status != "pass"), key=lambda r: (r.status != "error", r.day))
    status = "not_judged" if rule.column in COMPARED or not results else worst[0].status if worst else "pass"
    return TriedRule(
        code=rule.code,
        title=rule.title,
        severity=rule.severity,
        scope=rule.scope,
        on_fail=rule.on_fail if rule.scope == "row" else None,
        tolerance=rule.tolerance,
        status=status,
        evaluated=sum(r.evaluated or 0 for r in counted) if counted else None,
        unexpected=sum(r.unexpected or 0 for r in counted) if counted else None,
        failed_days=tuple(sorted(r.day for r in worst)),
        observed=(worst[0].error or worst[0].observed) if worst else None,
    )
