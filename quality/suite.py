"""From a contract to what Great Expectations has to evaluate. The only place that knows both.

Row rules are checked on the rows that are kept: none of them may break a quarantine or void rule any
more. How many broke them, and the rules about a whole day, are checked on the day's profile.
"""

from __future__ import annotations

from typing import Any

from quality.contract.model import Contract, Rule

KEPT, PROFILE = "kept", "profile"
PROOF = "#proof"  # the same rule, checked on the kept rows


def kwargs_of(rule: Rule) -> dict[str, Any]:
    kwargs = dict(rule.kwargs)
    if rule.expectation.startswith("expect_column_pair_values"):
        kwargs.setdefault("ignore_row_if", "either_value_is_missing")
    return kwargs


def checks(contract: Contract) -> list[dict[str, Any]]:
    """Arguments of `duckdb_gx.Check`, as plain data, so that nothing here imports Great Expectations."""
    wanted: list[dict[str, Any]] = []
    for rule in contract.rules:
        if rule.scope == "row":
            wanted.append(
                {
                    "code": rule.code,
                    "table": PROFILE,
                    "expectation": "expect_column_values_to_be_between",
                    "kwargs": {"column": f"share__{rule.code}", "max_value": rule.tolerance},
                    "index_columns": ("day",),
                }
            )
            wanted.append(
                {
                    "code": rule.code + PROOF,
                    "table": KEPT,
                    "expectation": rule.expectation,
                    "kwargs": kwargs_of(rule),
                }
            )
        elif rule.scope == "day":
            wanted.append(
                {
                    "code": rule.code,
                    "table": PROFILE,
                    "expectation": rule.expectation,
                    "kwargs": kwargs_of(rule),
                    "index_columns": ("day",),
                }
            )
        else:
            wanted.append(
                {"code": rule.code, "table": KEPT, "expectation": rule.expectation, "kwargs": kwargs_of(rule)}
            )
    return wanted
