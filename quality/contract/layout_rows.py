"""Keys of a layout that have keys of their own: how columns become rows, and rows columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from quality.contract import layout_checks as checks
from quality.contract.base import FrozenModel, Truth, Whole

_Pattern = Annotated[str, AfterValidator(checks.regular_expression)]
_Names = Annotated[
    tuple[str, ...],
    BeforeValidator(
        lambda given: (given,) if isinstance(given, str) else given,
        json_schema_input_type=str | Annotated[tuple[str, ...], Field(min_length=1)],
    ),
]


class Matches(FrozenModel):
    """Texts that a regular expression matches whole."""

    matches: _Pattern = Field(description="A regular expression that matches the whole text.")


class SeriesLayout(FrozenModel):
    """Rows that carry arrays of equally spaced values (living population: the 168 hours of a week)."""

    arrays: Mapping[str, str] = Field(min_length=1, description="Array in the source to the label of its rows.")
    length: Whole = Field(ge=1, description="How many values an array has.")
    start_pattern: _Pattern = Field(
        description=r"Regular expression on the name of the file; its one group is the start: (\d{8})_"
    )
    start_format: str = Field(description="The format of the start.", examples=["%Y%m%d"])
    step_minutes: Whole = Field(ge=1, description="Minutes from one value to the next.")
    label_column: str = Field(default="group", description="The column of the labels.")
    value_column: str = Field(default="value", description="The column of the values.")
    time_column: str = Field(default="time", description="The column of the times.")

    @model_validator(mode="after")
    def _told_apart(self) -> SeriesLayout:
        if re.compile(self.start_pattern).groups != 1:
            raise ValueError(f"start_pattern {self.start_pattern!r} needs exactly one group, such as r'(\\d{{8}})_'")
        if len(set(self.arrays.values())) != len(self.arrays):
            raise ValueError("two arrays of a series have the same label; their values could not be told apart")
        return self


class Unpivot(FrozenModel):
    """Columns that become rows (wide to long). What a group of `columns` matches in a column's name is a value.

    The group `value` says what is measured: there is one column for each text that it matches; without it there is one,
    named as `value` says.
    """

    columns: _Pattern = Field(
        description=r"Regular expression on whole names of columns; its named groups become columns: (?P<hour>\d+)h",
        json_schema_extra={"pattern": r"\(\?P<"},
    )
    value: str | None = Field(
        default=None, description="Name of the column of values, where no group `value` names it; else value."
    )
    drop_nulls: Truth = Field(default=False, description="Cells without a value are no rows.")

    @model_validator(mode="after")
    def _told_apart(self) -> Unpivot:
        groups = checks.group_names(self.columns)
        if "value" in groups and self.value is not None:
            raise ValueError("the columns of values are named by the group `value` or by the key `value`, not by both")
        if not set(groups) - {"value"}:
            raise ValueError(
                f"`columns` {self.columns!r} needs a group with a name, such as (?P<hour>\\d+): the rows that come out "
                "could not be told apart"
            )
        if self.value is not None and self.value in groups:
            raise ValueError(f"{self.value!r} is a group of `columns` and cannot be the column of values, too")
        return self

    @property
    def groups(self) -> list[str]:
        """The columns that the groups become, without the one that names values."""
        return [name for name in checks.group_names(self.columns) if name != "value"]

    @property
    def value_name(self) -> str:
        """The name of the column of values, where no group names it."""
        return self.value or "value"


class Pivot(FrozenModel):
    """Rows that become columns (long to wide): one row for each combination of `index`."""

    on: str = Field(description="The column whose texts name the new columns: PM2.5, NO2.")
    values: _Names = Field(min_length=1, description="The column, or columns, of the values.")
    index: _Names = Field(min_length=1, description="The columns that a new row is of, such as [station, time].")

    @model_validator(mode="after")
    def _differ(self) -> Pivot:
        used = [self.on, *self.values, *self.index]
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"{twice} cannot be two of `on`, `values` and `index`")
        return self
