"""Keys of a layout that have keys of their own: how columns become rows, and rows columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from quality.contract import layout_checks as checks
from quality.contract.base import FrozenModel

_Pattern = Annotated[str, AfterValidator(checks.pattern)]
_Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]


class Matches(FrozenModel):
    """Texts that a regular expression matches whole."""

    matches: _Pattern


class SeriesLayout(FrozenModel):
    """Rows that carry arrays of equally spaced values (living population: the 168 hours of a week)."""

    arrays: Mapping[str, str] = Field(min_length=1)  # array in the source -> label; those not in a file are not there
    length: int = Field(ge=1)
    start_pattern: _Pattern  # one group on the name that gives the start, e.g. r"(\d{8})_"
    start_format: str
    step_minutes: int = Field(ge=1)
    label_column: str = "group"
    value_column: str = "value"
    time_column: str = "time"

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

    columns: _Pattern  # on whole names
    value: str | None = None
    drop_nulls: bool = False  # cells without a value are no rows: the days 29 to 31 of a month's row

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

    on: str  # the column whose texts name the new columns: PM2.5, NO2
    values: _Names = Field(min_length=1)  # with several, the new columns are called `PM2.5.value`, `PM2.5.unit`
    index: _Names = Field(min_length=1)

    @model_validator(mode="after")
    def _differ(self) -> Pivot:
        used = [self.on, *self.values, *self.index]
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise ValueError(f"{twice} cannot be two of `on`, `values` and `index`")
        return self
