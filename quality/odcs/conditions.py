"""What a rule says of single rows, as SQL: the condition that is true for a row that breaks it.

A null breaks only the rule that wants a value, and NaN is greater than every number: as in the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.odcs.sql import UnsayableError, name_in_sql, value_in_sql

_SAID_OTHERWISE = {"column", "column_A", "column_B", "mostly", "ignore_row_if"}  # of kwargs


def broken_by(rule: Rule, contract: Contract) -> str:
    """The condition for a row of the contract's columns. Raises UnsayableError where there is none."""
    known = _ROWS.get(rule.expectation)
    if known is None:
        raise UnsayableError(f"{rule.expectation} does not judge single rows")
    arguments, find = known
    others = sorted(set(rule.kwargs) - arguments - _SAID_OTHERWISE)
    if others:
        raise UnsayableError(f"its arguments {', '.join(others)} have no SQL")
    return find(rule, _Columns(contract))


def not_between(figure: str, kwargs: Mapping[str, Any], slack: float = 0.0) -> str:
    """The condition that a number lies outside of `min_value`..`max_value`; `slack`: of a limit that belongs to it."""
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    parts = []
    if low is not None:
        strict = bool(kwargs.get("strict_min"))
        parts.append(f"{figure} {'<=' if strict else '<'} {value_in_sql(low if strict else _less(low, slack))}")
    if high is not None:
        strict = bool(kwargs.get("strict_max"))
        parts.append(f"{figure} {'>=' if strict else '>'} {value_in_sql(high if strict else _less(high, -slack))}")
    return " OR ".join(parts) or "FALSE"


def _less(limit: Any, slack: float) -> Any:
    return limit if not slack else float(limit) - slack * max(1.0, abs(float(limit)))


class _Columns:
    """The columns of a contract, and the values of rules that are compared with them."""

    def __init__(self, contract: Contract) -> None:
        self.types = {column.name: column.type for column in contract.columns}

    def name(self, column: object) -> str:
        if column not in self.types:
            raise UnsayableError(f"there is no column {column!r}")
        return name_in_sql(str(column))

    def value(self, column: object, value: Any) -> Any:
        """A day or time of a rule that is a text, as one."""
        kind = self.types.get(str(column))
        if isinstance(value, str) and kind in ("date", "timestamp"):
            try:
                return date.fromisoformat(value) if kind == "date" else datetime.fromisoformat(value)
            except ValueError as error:
                raise UnsayableError(f"{value!r} is no {kind}") from error
        return value


def _null(rule: Rule, columns: _Columns) -> str:
    return f"{columns.name(rule.column)} IS NULL"


def _filled(rule: Rule, columns: _Columns) -> str:
    return f"{columns.name(rule.column)} IS NOT NULL"


def _between(rule: Rule, columns: _Columns) -> str:
    limits = {name: columns.value(rule.column, value) for name, value in rule.kwargs.items()}
    return not_between(columns.name(rule.column), limits)


def _lengths(rule: Rule, columns: _Columns) -> str:
    return not_between(f"length({columns.name(rule.column)})", rule.kwargs)


def _set(rule: Rule, columns: _Columns) -> str:
    """The values of the rule, without nulls: none is equal to a value."""
    given = rule.kwargs.get("value_set") or ()
    return ", ".join(value_in_sql(columns.value(rule.column, value)) for value in given if value is not None)


def _not_in_set(rule: Rule, columns: _Columns) -> str:
    name, values = columns.name(rule.column), _set(rule, columns)
    return f"{name} NOT IN ({values})" if values else f"{name} IS NOT NULL"


def _in_set(rule: Rule, columns: _Columns) -> str:
    values = _set(rule, columns)
    return f"{columns.name(rule.column)} IN ({values})" if values else "FALSE"


def _no_match(rule: Rule, columns: _Columns) -> str:
    return f"NOT {_match(rule, columns)}"


def _match(rule: Rule, columns: _Columns) -> str:
    return f"regexp_matches({columns.name(rule.column)}, {value_in_sql(str(rule.kwargs['regex']))})"


def _not_greater(rule: Rule, columns: _Columns) -> str:
    first, second = columns.name(rule.kwargs["column_A"]), columns.name(rule.kwargs["column_B"])
    return f"{first} {'<' if rule.kwargs.get('or_equal') else '<='} {second}"


def _not_equal(rule: Rule, columns: _Columns) -> str:
    return f"{columns.name(rule.kwargs['column_A'])} <> {columns.name(rule.kwargs['column_B'])}"


_LIMITS = {"min_value", "max_value", "strict_min", "strict_max"}
# Expectation -> the arguments that are in the condition, and the condition.
_ROWS: dict[str, tuple[set[str], Callable[[Rule, _Columns], str]]] = {
    "expect_column_values_to_not_be_null": (set(), _null),
    "expect_column_values_to_be_null": (set(), _filled),
    "expect_column_values_to_be_between": (_LIMITS, _between),
    "expect_column_value_lengths_to_be_between": (_LIMITS, _lengths),
    "expect_column_values_to_be_in_set": ({"value_set"}, _not_in_set),
    "expect_column_values_to_not_be_in_set": ({"value_set"}, _in_set),
    "expect_column_values_to_match_regex": ({"regex"}, _no_match),
    "expect_column_values_to_not_match_regex": ({"regex"}, _match),
    "expect_column_pair_values_a_to_be_greater_than_b": ({"or_equal"}, _not_greater),
    "expect_column_pair_values_to_be_equal": (set(), _not_equal),
}
