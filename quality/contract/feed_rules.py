"""The rules of a feed: those of its models' columns, as it changes them, and its own in short form."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import Field, model_validator

from quality.contract.base import CellText, FrozenModel, Number, Truth
from quality.contract.generated_rules import BETWEEN, NOT_NULL
from quality.contract.models import ModelRule, Range
from quality.contract.rules import ON_FAIL, SEVERITY, TOLERANCE, OnFail, Rule, Severity

_IN_SET, _REGEX = "expect_column_values_to_be_in_set", "expect_column_values_to_match_regex"
_PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
_SAME = {"severity", "on_fail", "tolerance", "dimension"}  # what this rule and that of the contract call the same
_JUDGES = ("figure", "column", "not_below", "expectation")


class FeedRule(FrozenModel):
    """A rule of a feed, by what it judges.

    figure: a Polars SQL aggregate over a day's kept rows, which lies in `least`..`most`.
    column: values lie in `least`..`most`, are `known`, have a `form`, or are there (`filled`).
    not_below: the first of two columns is not below the second.
    expectation: any other of Great Expectations, with its `kwargs`, on the rows that are kept.

    A rule with the name of a model's changes that one: what it says otherwise, and the `reason`.
    """

    name: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$",
        description="Its code without the prefix. With the name of a model's rule it changes that one.",
    )
    title: str | None = Field(default=None, description="What holds where the data is good.")
    figure: str | None = Field(
        default=None, description="A Polars SQL aggregate over the kept rows of a day: COUNT(DISTINCT place)."
    )
    column: str | None = Field(default=None, description="The column whose values it judges.")
    not_below: tuple[str, str] | None = Field(
        default=None, description="Two columns, of which the first is not below the second, row by row."
    )
    expectation: str | None = Field(
        default=None, description="Any expectation of Great Expectations, on the kept rows."
    )
    kwargs: Mapping[str, Any] = Field(default_factory=dict, description="Arguments of the `expectation`.")
    least: Number | None = Field(default=None, description="The figure, or each value, is at least this.")
    most: Number | None = Field(default=None, description="The figure, or each value, is at most this.")
    above: Number | None = Field(default=None, description="The figure, or each value, is more than this.")
    known: tuple[CellText, ...] | None = Field(default=None, description="Each text of the column is one of these.")
    form: str | None = Field(default=None, description="Regular expression that each text of the column matches.")
    filled: Truth = Field(default=False, description="Each row has a value of the column.")
    severity: Severity | None = Field(default=None, description=SEVERITY)
    on_fail: OnFail | None = Field(default=None, description=ON_FAIL)
    tolerance: Number | None = Field(default=None, ge=0, le=1, description=TOLERANCE)
    dimension: str | None = Field(
        default=None,
        description="The dimension of quality that it is of.",
        json_schema_extra={
            "examples": [
                "accuracy",
                "completeness",
                "conformity",
                "consistency",
                "coverage",
                "timeliness",
                "uniqueness",
            ]
        },
    )
    off: Truth = Field(default=False, description="A rule of a model that does not hold here; say the `reason`.")
    reason: str = Field(default="", description="Why a rule of a model is another one here; required for that.")

    @model_validator(mode="after")
    def _one_thing(self) -> FeedRule:
        judged = [name for name in _JUDGES if getattr(self, name) is not None]
        if len(judged) > 1:
            raise ValueError(f"it judges {' and '.join(judged)}: make a rule of each")
        limits = self.least is not None or self.most is not None or self.above is not None
        if self.least is not None and self.above is not None:
            raise ValueError("say `least` or `above`, not both")
        tests = [name for name, said in (("least/most", limits), ("known", self.known), ("form", self.form)) if said]
        tests += ["filled"] if self.filled else []
        if self.figure is not None and tests != ["least/most"]:
            raise ValueError("a figure lies between `least` and `most`: say one or both, and nothing else")
        if self.column is not None and len(tests) != 1:
            raise ValueError("of a column say one of `least`/`most`, `known`, `form` and `filled: true`")
        if judged and self.title is None:
            raise ValueError("it needs a `title`: what holds where the data is good")
        if not judged and not self.reason:
            raise ValueError(
                "it judges nothing: say `figure`, `column` or `not_below`; to change a rule of a model say the `reason`"
            )
        return self

    @property
    def changes(self) -> bool:
        """Whether it is about a rule that a model has."""
        return not any(getattr(self, name) is not None for name in _JUDGES)

    @property
    def figure_name(self) -> str:
        """The name of its figure among those of a day."""
        return self.name.replace("-", "_")


def range_rule(prefix: str, column: str, unit: str | None, wanted: Range) -> Rule:
    """Values of a column lie in its range."""
    bounds = {"min_value": wanted.least, "max_value": wanted.most}
    because = f" ({wanted.reason})" if wanted.reason else ""
    return Rule(
        code=f"{prefix}-{column}-range",
        title=f"{column} lies in {_between(wanted.least, wanted.most)}{_in(unit)}{because}",
        expectation=BETWEEN,
        kwargs={"column": column} | {name: bound for name, bound in bounds.items() if bound is not None},
        scope="row",
        severity=wanted.severity,
        on_fail=wanted.on_fail,
        tolerance=wanted.tolerance,
        dimension="accuracy",
    )


def known_rule(prefix: str, column: str, known: Sequence[str]) -> Rule:
    """Texts of a column are among those that are known."""
    return Rule(
        code=f"{prefix}-{column}-known",
        title=f"{column} is one of {', '.join(known)}",
        expectation=_IN_SET,
        kwargs={"column": column, "value_set": list(known)},
        scope="row",
        severity="warning",
        on_fail="flag",
        tolerance=0.01,
    )


def form_rule(prefix: str, column: str, form: str) -> Rule:
    """Texts of a column have a form. One that has not is no id of this kind: its row is held back."""
    return Rule(
        code=f"{prefix}-{column}-form",
        title=f"{column} has the form {form}",
        expectation=_REGEX,
        kwargs={"column": column, "regex": form},
        scope="row",
        tolerance=0.01,
    )


def pair_rule(prefix: str, rule: ModelRule) -> Rule:
    """One column is not below another."""
    return Rule(
        code=f"{prefix}-{rule.name}",
        title=rule.title,
        expectation=_PAIR,
        kwargs={"column_A": rule.not_below[0], "column_B": rule.not_below[1], "or_equal": True},
        scope="row",
        severity=rule.severity,
        on_fail=rule.on_fail,
        tolerance=rule.tolerance,
        dimension="consistency",
    )


def own_rule(prefix: str, rule: FeedRule) -> Rule:
    """A rule that only this feed has."""
    said: dict[str, Any] = rule.model_dump(include=_SAME, exclude_none=True)
    limits = _limits(rule)
    of_column: dict[str, Any] = {"column": rule.column}
    kwargs: dict[str, Any]
    if rule.figure is not None:
        scope, kind, kwargs = "day", BETWEEN, {"column": rule.figure_name} | limits
        said = {"dimension": "completeness"} | said
    elif rule.not_below is not None:
        scope, kind = "row", _PAIR
        kwargs = {"column_A": rule.not_below[0], "column_B": rule.not_below[1], "or_equal": True}
        said = {"dimension": "consistency"} | said
    elif rule.expectation is not None:
        scope, kind, kwargs = "table", rule.expectation, dict(rule.kwargs)
    elif rule.known is not None:
        scope, kind, kwargs = "row", _IN_SET, of_column | {"value_set": list(rule.known)}
    elif rule.form is not None:
        scope, kind, kwargs = "row", _REGEX, of_column | {"regex": rule.form}
    elif rule.filled:
        scope, kind, kwargs = "row", NOT_NULL, of_column
        said = {"dimension": "completeness"} | said
    else:
        scope, kind, kwargs = "row", BETWEEN, of_column | limits
        said = {"dimension": "accuracy"} | said
    because = f" ({rule.reason})" if rule.reason else ""
    found = {"code": f"{prefix}-{rule.name}", "title": f"{rule.title}{because}", "scope": scope}
    return Rule(**found, expectation=kind, kwargs=kwargs, **said)


def changed_rule(rule: Rule, change: FeedRule) -> Rule:
    """A rule of a model as a feed changes it."""
    said: dict[str, Any] = change.model_dump(include={*_SAME, "title"}, exclude_none=True)
    limits = _limits(change)
    changes = {BETWEEN: limits, _IN_SET: change.known, _REGEX: change.form}
    for kind, what in ((BETWEEN, "limits"), (_IN_SET, "`known`"), (_REGEX, "`form`")):
        if changes[kind] and kind != rule.expectation:
            raise ValueError(f"this rule of the model has no {what}; make a rule of its own of it")
    kwargs, title = dict(rule.kwargs) | limits, rule.title
    if limits:
        least, most = kwargs.get("min_value"), kwargs.get("max_value")
        if least is not None and most is not None and least > most:
            raise ValueError(f"no value lies from {least:g} to {most:g}; `least` is below `most`")
        title = re.sub(r"lies in \S+", f"lies in {_between(least, most)}", title, count=1)
    if change.known is not None:
        kwargs["value_set"] = list(change.known)
    if change.form is not None:
        kwargs["regex"] = change.form
    title = f"{said.pop('title', title)} ({change.reason})"
    return Rule(**(rule.model_dump() | said | {"kwargs": kwargs, "title": title}))


def _limits(rule: FeedRule) -> dict[str, Any]:
    least = rule.least if rule.above is None else rule.above
    bounds = {"min_value": least, "max_value": rule.most, "strict_min": True if rule.above is not None else None}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _between(least: float | None, most: float | None) -> str:
    ends = ["" if bound is None else f"{bound:,.15g}" for bound in (least, most)]
    return "..".join(ends)


def _in(unit: str | None) -> str:
    return "" if unit in (None, "1") else f" {unit}"


def figures(rules: Collection[FeedRule]) -> Mapping[str, str]:
    """Figure to Polars SQL aggregate, of the rules that judge one."""
    return {rule.figure_name: rule.figure for rule in rules if rule.figure is not None}
