"""The figures of all days against the limits of their rules at once: only a rule that some day breaks is asked alone.

An expectation costs Great Expectations milliseconds, whatever it looks at, and most rules of a table are limits of one
figure each. So it is first asked for all rules whether the worst day is within; that says all there is to say of a rule
that holds on every day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from quality.contract.generated_rules import BETWEEN
from quality.gx_duckdb.check import Check, CheckResult
from quality.suite import PROFILE

LIMITS = "limits"  # the table that is checked
ALL_WITHIN = Check("#limits", LIMITS, BETWEEN, {"column": "excess", "max_value": 0}, ("rule",))


def excesses(checks: Sequence[Check], figures: pl.DataFrame) -> pl.DataFrame:
    """By how much the worst day of `figures` is outside the limits of each check that has nothing but limits.

    Columns `rule` (the code) and `excess`: above 0 where a day breaks the rule, infinite where a figure is not a
    number, null where the figure applies to no day. A difference of two floats is 0 or below just when the one is not
    above the other: nothing is rounded away.
    """
    of_days = figures.to_dict(as_series=False)
    worst = {c.code: _worst(c.kwargs, of_days) for c in checks if _has_limits_alone(c, figures)}
    return pl.DataFrame(
        {"rule": [*worst], "excess": [*worst.values()]}, schema={"rule": pl.String, "excess": pl.Float64}
    )


def to_ask_alone(within: CheckResult, asked: pl.DataFrame) -> set[str]:
    """The codes of `asked` of which ALL_WITHIN did not say that they hold: those it lists, or all of them where it does
    not list as many as it counts, or has an error."""
    listed = {str(row["rule"]) for row in within.samples}
    complete = within.error is None and len(listed) == (within.unexpected_count or 0)
    return listed if complete else set(asked["rule"])


def holds(code: str, figures: pl.DataFrame) -> CheckResult:
    """The result of a check that holds on every day of `figures`."""
    return CheckResult(code, success=True, element_count=figures.height, unexpected_count=0)


def _has_limits_alone(check: Check, figures: pl.DataFrame) -> bool:
    limits = {name: value for name, value in check.kwargs.items() if name != "column" and value is not None}
    return (
        (check.table, check.expectation) == (PROFILE, BETWEEN)
        and check.kwargs.get("column") in figures.columns
        and bool(limits)
        and limits.keys() <= {"min_value", "max_value"}
        and all(type(value) in (int, float) and math.isfinite(value) for value in limits.values())
        and limits.get("min_value", -math.inf) <= limits.get("max_value", math.inf)
    )


def _worst(limits: Mapping[str, Any], figures: Mapping[str, Sequence[float | None]]) -> float | None:
    least, most = limits.get("min_value"), limits.get("max_value")
    values = [float(value) for value in figures[limits["column"]] if value is not None]
    excess = [float(least) - value for value in values] if least is not None else []
    excess += [value - float(most) for value in values] if most is not None else []
    return math.inf if any(map(math.isnan, excess)) else max(excess, default=None)
