"""The rules that every table has without writing them down: rows, readable and required values, keys.

A code is the contract's prefix and a name that does not depend on where a column stands: what `AIR-required-station`
means stays the same when columns are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import Field

from quality.contract.base import FrozenModel, Number
from quality.contract.columns import DAY, Column
from quality.contract.instants import may_change_clocks
from quality.contract.rules import SEVERITY, Rule, Severity

# What follows the prefix in a code.
HAS_ROWS, READABLE_ROWS, READABLE_VALUES, UNIQUE_KEY, REQUIRED = "000", "001", "002", "003", "required"
REPEATED, CONTRADICTED, CONFLICTING = "repeated", "contradicted", "conflicting"
AMBIGUOUS_HOUR, SKIPPED_HOUR = CLOCK_RULES = ("ambiguous-hour", "skipped-hour")
ROWS_AS_USUAL, NULLS_AS_USUAL, OUTSIDE = "rows-as-usual", "nulls-as-usual", "outside"
PLACES_AS_USUAL = "places-as-usual"

# Figures of a day's profile: its rows as a ratio to the usual number, by how much a share of nulls is above it, and how
# many places of a register stand elsewhere than before.
ROWS_RATIO, NULLS_ABOVE_USUAL, PLACES_MOVED = "rows_ratio", "nulls_above_usual", "places_moved"
POSITION = ("place", "lat", "lon")  # the columns of a register that says where places stand
MOVED_KM = 0.5  # positions are written with more or fewer decimals, and corrected by a street's width

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
    severity: Severity = "critical"


class RowsAsUsual(FrozenModel):
    """What a contract says where its days have not always about the same number of rows. `reason`: why not."""

    reason: str = Field(min_length=1, description="Why days have not always about the same number of rows.")
    least: Number = Field(default=0.8, ge=0, lt=1, description="The smallest ratio to the usual number of rows.")
    most: Number | None = Field(
        default=1.25, gt=1, description="The greatest ratio to the usual number of rows; null: any number more."
    )
    severity: Severity = Field(default="critical", description=SEVERITY)


class NullsAsUsual(FrozenModel):
    """What a contract says where values are missing on some days and not on others. `reason`: why."""

    reason: str = Field(min_length=1, description="Why values are missing on some days and not on others.")
    above: Number = Field(
        default=0.05, ge=0, le=1, description="So much the share of nulls may be above the usual one."
    )
    severity: Severity = Field(default="warning", description=SEVERITY)


_ROWS, _NULLS = RowsAsUsual(reason="default"), NullsAsUsual(reason="default")
_REGISTER = RowsAsUsual(reason="default", most=None)  # a register grows; one that shrinks makes everything complete


def usual_rules(
    prefix: str,
    columns: Sequence[Column],
    own: Sequence[Rule],
    rows: RowsAsUsual | None = None,
    nulls: NullsAsUsual | None = None,
    *,
    register: bool = False,
) -> list[Rule]:
    """The rules that compare a day of a feed with the days before it, but for those that are among its `own`.

    A register is compared with the one that it replaces: by its rows, of which there may be more, and by where the
    places that both have stand.

    Rows that never came are a finding about the whole day, which is closed. Values that are missing concern one column
    of it: the day is marked, the other columns are not held back with it.
    """
    judged = {rule.column for rule in own if rule.scope == "day"}
    default, what = (_REGISTER, "The register") if register else (_ROWS, "The day")
    declared = [] if ROWS_RATIO in judged else [_rows_as_usual(rows or default, what)]
    if not register and NULLS_ABOVE_USUAL not in judged and any(column.may_be_null_number for column in columns):
        declared.append(_nulls_as_usual(nulls or _NULLS))
    if register and PLACES_MOVED not in judged and {column.name for column in columns}.issuperset(POSITION):
        declared.append(_PLACES_AS_USUAL)
    return [_rule(prefix, one) for one in declared]


class Tolerances(FrozenModel):
    """What a feed may have of rows that are not as they should be, as shares of a day's rows, 0..1."""

    unreadable_tolerance: float = Field(default=0.01, ge=0, le=1)  # values that are missing or cannot be read
    repeated_tolerance: float = Field(default=0.0, ge=0, le=1)  # lines that are there again in one delivery
    contradicted_tolerance: float = Field(default=0.01, ge=0, le=1)  # keys that are there again with other values


def generated_rules(prefix: str, columns: Sequence[Column], layer: str, tolerances: Tolerances) -> list[Rule]:
    """The rules of a table with these columns. Only tables of the core layer are read from files and services."""
    unreadable_tolerance = tolerances.unreadable_tolerance
    core = layer == "core"
    declared = [
        _HAS_ROWS,
        *_unique_key([c.name for c in columns if c.key]),
        *((*_readable(unreadable_tolerance), *_same_key(tolerances), _OUTSIDE) if core else ()),
        *(_CLOCKS if core and any(may_change_clocks(column) for column in columns) else ()),
        # SQL leaves rows with a null key out of the uniqueness check, so keys are always checked for null.
        # A row without a day reaches no day's gate: it is kept under its delivery and counts for READABLE_ROWS.
        *(
            _required(c.name, unreadable_tolerance if core else 0.0)
            for c in columns
            if (c.required or c.key) and c.name != DAY
        ),
    ]
    return [_rule(prefix, one) for one in declared]


def _rule(prefix: str, one: _Declaration) -> Rule:
    return Rule(
        code=f"{prefix}-{one.name}",
        title=one.title,
        expectation=one.expectation,
        kwargs=one.kwargs,
        scope=one.scope,
        severity=one.severity,
        tolerance=one.tolerance,
        dimension=one.dimension,
        generated=True,
    )


_HAS_ROWS = _Declaration(
    HAS_ROWS,
    "day",
    "completeness",
    BETWEEN,
    {"column": "rows_kept", "min_value": 1},
    "The day has at least one row that is kept",
)


_OUTSIDE = _Declaration(
    OUTSIDE,
    "day",
    "conformity",
    BETWEEN,
    {"column": "rows_outside", "max_value": 0},
    "Its deliveries have rows only of days that can be expected of them",
    severity="warning",
)


# A warning: a sensor may be mounted elsewhere. Two that are exchanged in a register change each other's neighbours and
# areas, and no reading of them is anything but true.
_PLACES_AS_USUAL = _Declaration(
    PLACES_AS_USUAL,
    "day",
    "consistency",
    BETWEEN,
    {"column": PLACES_MOVED, "max_value": 0},
    f"No place stands more than {MOVED_KM:g} km from where the register before had it",
    severity="warning",
)


def clock_figure(name: str) -> str:
    """The figure of a day that one of CLOCK_RULES judges: a number of rows."""
    return f"rows_{name.replace('-', '_')}"


_CLOCKS = tuple(
    _Declaration(
        name,
        "day",
        "conformity",
        BETWEEN,
        {"column": clock_figure(name), "max_value": 0},
        title,
        severity="warning",
    )
    for name, title in (
        (AMBIGUOUS_HOUR, "No local time is one of the hour that comes twice when clocks are set back"),
        (SKIPPED_HOUR, "No local time is one of the hour that clocks leave out when they are set forward"),
    )
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


def _same_key(tolerances: Tolerances) -> list[_Declaration]:
    """How often a key may be there again. Which of its rows counts is settled before the gate."""

    def at_most(name: str, figure: str, most: float, title: str, severity: Severity) -> _Declaration:
        limits = {"column": figure, "max_value": most}
        return _Declaration(name, "day", "uniqueness", BETWEEN, limits, title, severity=severity)

    return [
        at_most(
            REPEATED,
            "share_repeated",
            tolerances.repeated_tolerance,
            "No row is there again in the same delivery, equal in all declared columns",
            "warning",
        ),
        at_most(
            CONTRADICTED,
            "share_contradicted",
            tolerances.contradicted_tolerance,
            "No key is there again in the same delivery with other values (is the key too short?)",
            "critical",
        ),
        at_most(
            CONFLICTING,
            "conflicting_keys",
            0,
            "Deliveries that came in the same night do not contradict each other",
            "warning",
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


def _rows_as_usual(wanted: RowsAsUsual, what: str) -> _Declaration:
    kwargs: dict[str, Any] = {"column": ROWS_RATIO, "min_value": wanted.least}
    if wanted.most is not None:
        kwargs["max_value"] = wanted.most
    title = f"{what} has about as many rows as before{_because(wanted.reason)}"
    return _Declaration(ROWS_AS_USUAL, "day", "completeness", BETWEEN, kwargs, title, severity=wanted.severity)


def _nulls_as_usual(wanted: NullsAsUsual) -> _Declaration:
    kwargs = {"column": NULLS_ABOVE_USUAL, "max_value": wanted.above}
    title = f"No column lacks clearly more values than on the days before{_because(wanted.reason)}"
    return _Declaration(NULLS_AS_USUAL, "day", "completeness", BETWEEN, kwargs, title, severity=wanted.severity)


def _because(reason: str) -> str:
    return "" if reason == "default" else f" (limits of its own: {reason})"
