"""From a contract to the checks that Great Expectations evaluates.

Row rules are checked on the rows that are kept: none of them may break a quarantine or void rule any
more. How many broke them, and the rules about a whole day, are checked on the day's profile.
"""

from __future__ import annotations

from typing import Any

from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.gx_duckdb.check import Check

KEPT, PROFILE = "kept", "profile"  # the tables that are checked
PROOF = "#proof"  # ends the code of the check that proves a row rule on the kept rows


def kwargs_of(rule: Rule) -> dict[str, Any]:
    """The arguments of the rule's expectation. A pair of columns of which one is null breaks nothing."""
    kwargs = dict(rule.kwargs)
    if rule.expectation.startswith("expect_column_pair_values"):
        kwargs.setdefault("ignore_row_if", "either_value_is_missing")
    return kwargs


def checks(contract: Contract) -> list[Check]:
    """One check per rule, under its code; for each row rule also its proof."""
    return [check for rule in contract.rules for check in _checks_of(rule)]


def _checks_of(rule: Rule) -> list[Check]:
    if rule.scope == "table":
        return [Check(rule.code, KEPT, rule.expectation, kwargs_of(rule))]
    if rule.scope == "day":
        return [Check(rule.code, PROFILE, rule.expectation, kwargs_of(rule), ("day",))]
    share = {"column": f"share__{rule.code}", "max_value": rule.tolerance}
    return [
        Check(rule.code, PROFILE, "expect_column_values_to_be_between", share, ("day",)),
        Check(rule.code + PROOF, KEPT, rule.expectation, kwargs_of(rule)),
    ]
