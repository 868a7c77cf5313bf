"""Staged rows -> the result of each rule on each day: the profile of the days, and the audit.

Needs the staged files and what is known of earlier days, and no home: a gate and a trial judge alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from quality.audit import audit
from quality.contract.generated_rules import NULLS_ABOVE_USUAL, PLACES_MOVED, ROWS_RATIO
from quality.contract.model import Contract
from quality.day_history import History
from quality.day_profile import profile
from quality.disclosure import disclosed, raised
from quality.staging import Staged
from quality.verdict import RuleResult, rule_result
from warehouse import lake

COMPARED = (ROWS_RATIO, NULLS_ABOVE_USUAL, PLACES_MOVED)  # figures of a day that compare it with days before


def judge_days(contract: Contract, staged: Staged, history: History, spill: Path) -> list[RuleResult]:
    """The results; if the audit breaks as a whole, every rule could not be evaluated: the gate closes.

    Days of one run are compared with each other as if each had been a night. Which of them another rule closes is
    known only after the audit: if days were compared with such a day, all is judged again without it. DuckDB spills to
    a folder named `spill`, which has to be as private as the table.
    """
    files = staged.paths()
    kept = lake.scan_files([path for day in sorted(files) for path in files[day]], contract.schema)
    try:
        figures = profile(contract, staged.findings, kept, files, history)
        results = audit(contract, files, staged.findings, figures, spill)
        closed = _closed_by_other_rules(contract, results)
        if len(files) > 1 and closed - figures.left_out:
            figures = profile(contract, staged.findings, kept, files, history, closed)
            results = audit(contract, files, staged.findings, figures, spill)
    except Exception as error:  # whatever it is, a crash here must end as a verdict in the ledger
        text, rules = raised(error, contract), contract.rules
        results = [rule_result(rule, day, passed=False, error=text) for day in files for rule in rules]
    return disclosed(contract, results)


def _closed_by_other_rules(contract: Contract, results: Iterable[RuleResult]) -> frozenset[date]:
    """The days that a rule closes which does not itself compare days."""
    compare = {rule.code for rule in contract.rules if rule.column in COMPARED}
    return frozenset(
        result.day
        for result in results
        if result.code not in compare
        and (result.status == "error" or (result.status == "fail" and result.severity == "critical"))
    )
