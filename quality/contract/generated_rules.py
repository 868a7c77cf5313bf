"""The rules that every table has without writing them down: rows, readable values, required values, a unique key.

A code is the contract's prefix and a name that does not depend on where a column stands: what `AIR-required-station`
means stays the same when columns are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from quality.contract.columns import DAY, Column
from quality.contract.rules import Rule

# What follows the prefix in a code.
HAS_ROWS, READABLE_ROWS, READABLE_VALUES, UNIQUE_KEY, REQUIRED = "000", "001", "002", "003", "required"

BETWEEN, NOT_NULL = "expect_column_values_to_be_between", "expect_column_values_to_not_be_null"
UNIQUE, UNIQUE_TOGETHER = "expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"


class _Declaration(NamedTuple):
    """`name` is the code without the prefix; `title` and `kwargs` are those of the rule."""

    name: str
    scope: Literal["row", "day", "table"]
    dimension: str
    expectation: str
    kwargs: Mapping[str, Any]
    title: str
    tolerance: float = 0.0


def generated_rules(prefix: str, columns: Sequence[Column], layer: str, unreadable_tolerance: float) -> list[Rule]:
    """The rules of a table with these columns. Only tables of the core layer are read from files and services: they
    tolerate `unreadable_tolerance` (a share, 0..1) of values that are missing or cannot be read."""
    core = layer == "core"
    declared = [
        _HAS_ROWS,
        *_unique_key([c.name for c in columns if c.key]),
        *(_readable(unreadable_tolerance) if core else ()),
        # SQL leaves rows with a null key out of the uniqueness check, so keys are always checked for null.
        # A row without a day reaches no day's gate: it is kept under its delivery and counts for READABLE_ROWS.
        *(
            _required(c.name, unreadable_tolerance if core else 0.0)
            for c in columns
            if (c.required or c.key) and c.name != DAY
        ),
    ]
    return [
        Rule(
            code=f"{prefix}-{one.name}",
            title=one.title,
            expectation=one.expectation,
            kwargs=one.kwargs,
            scope=one.scope,
            tolerance=one.tolerance,
            dimension=one.dimension,
            generated=True,
        )
        for one in declared
    ]


_HAS_ROWS = _Declaration(
    HAS_ROWS,
    "day",
    "completeness",
    BETWEEN,
    {"column": "rows_kept", "min_value": 1},
    "The day has at least one row that is kept",
)


def _readable(tolerance: float) -> list[_Declaration]:
    limits = {"max_value": tolerance}
    rows = "Rows can be read: they have a day and the number of fields the header promises"
    values = "Values can be read as their declared type"
    return [
        _Declaration(READABLE_ROWS, "day", "conformity", BETWEEN, {"column": "share_unreadable_rows"} | limits, rows),
        _Declaration(
            READABLE_VALUES, "day", "conformity", BETWEEN, {"column": "share_unreadable_cells"} | limits, values
        ),
    ]


def _unique_key(key: list[str]) -> list[_Declaration]:
    title = f"The key ({', '.join(key)}) is unique"
    if len(key) > 1:
        return [_Declaration(UNIQUE_KEY, "table", "uniqueness", UNIQUE_TOGETHER, {"column_list": key}, title)]
    return [_Declaration(UNIQUE_KEY, "table", "uniqueness", UNIQUE, {"column": name}, title) for name in key]


def _required(column: str, tolerance: float) -> _Declaration:
    name, title = f"{REQUIRED}-{column}", f"{column} is there"
    return _Declaration(name, "row", "completeness", NOT_NULL, {"column": column}, title, tolerance)
