"""The rules of a contract."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from quality.contract.base import FrozenModel
from quality.text import normalised

Severity = Literal["critical", "warning", "info"]
OnFail = Literal["quarantine", "void", "flag"]

# What an editor shows of keys that several parts of a contract have.
SEVERITY = "What a rule does that fails: critical closes the gate, warning marks the day, info is only recorded."
ON_FAIL = "What becomes of a row that breaks it: quarantine holds it back, void makes its value null, flag counts it."
TOLERANCE = "Share of a day's rows that may break it, 0 to 1."

ROW_EXPECTATIONS = {  # those that can judge a single row, in Polars too
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_match_regex",
    "expect_column_pair_values_a_to_be_greater_than_b",
}


_AGGREGATES = re.compile(r"\b(group\s+by|having|over|count|sum|avg|min|max|median)\b", re.IGNORECASE)


class Rule(FrozenModel):
    """One coded rule.

    scope row: judged row by row. `on_fail` says what happens to a row that breaks it: `quarantine` (it is
    not kept), `void` (the value becomes null) or `flag` (stays, is counted). The batch fails the rule when
    the share of such rows is above `tolerance`.
    scope day: judged on the day's profile, one row of figures per day.
    scope table: any other expectation, on the rows that are kept.
    """

    code: str
    title: str
    expectation: str
    kwargs: Mapping[str, Any] = Field(default_factory=dict)
    scope: Literal["row", "day", "table"]
    severity: Severity = "critical"
    tolerance: float = Field(default=0.0, ge=0, le=1)
    on_fail: OnFail = "quarantine"
    dimension: str = "conformity"
    generated: bool = False

    @field_validator("kwargs")
    @classmethod
    def _normalised(cls, kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Sets of texts are normalised as the cells are that they are compared with."""
        if not isinstance(kwargs.get("value_set"), list | tuple):
            return kwargs
        texts = [normalised(value) if isinstance(value, str) else value for value in kwargs["value_set"]]
        return {**kwargs, "value_set": texts}

    @property
    def column(self) -> str | None:
        """The column that the rule is about, the first of a pair; None for a rule about several or none."""
        column = self.kwargs.get("column", self.kwargs.get("column_A"))
        return None if column is None else str(column)

    @property
    def judges_single_rows(self) -> bool:
        """Whether a rule of scope table holds for days together only if it holds for each. A key includes the day."""
        query = str(self.kwargs.get("unexpected_rows_query", ""))
        return (
            "column_values" in self.expectation
            or self.expectation == "expect_compound_columns_to_be_unique"
            or (self.expectation == "unexpected_rows_expectation" and not _AGGREGATES.search(query))
        )

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        if self.scope == "row" and self.expectation not in ROW_EXPECTATIONS:
            raise ValueError(f"rule {self.code}: {self.expectation} cannot judge single rows")
        if self.scope == "row" and self.on_fail == "void" and self.expectation.endswith("not_be_null"):
            raise ValueError(f"rule {self.code}: a null cannot be made null; use quarantine or flag")
        if re.search(r"\\[dDwWsSbB]", str(self.kwargs.get("regex", ""))):
            # Polars reads \\d as any digit of Unicode, DuckDB as 0-9: the two would disagree on Korean text
            raise ValueError(f"rule {self.code}: write [0-9] or [A-Za-z] instead of \\d, \\w, \\s or \\b in a regex")
        return self


def registered_code(prefix: str) -> str:
    """The code of the rule that the places of a feed stand in its register."""
    return f"{prefix}-registered"


def registered_rule(prefix: str, register: str, places: Sequence[str]) -> Rule:
    """The places of a feed stand in its register: one that does not is of no kind and in no area, and is named."""
    return Rule(
        code=registered_code(prefix),
        title=f"Every place is in the register {register}",
        expectation="expect_column_values_to_be_in_set",
        kwargs={"column": "place", "value_set": list(places)},
        scope="row",
        severity="warning",
        on_fail="flag",
        dimension="consistency",
    )
