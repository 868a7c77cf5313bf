"""The file of a feed, as its author writes it: which models it implements, and where columns stand in the delivery."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from quality.contract.base import CellText, FrozenModel
from quality.contract.connector import Files, Service
from quality.contract.feed_rules import FeedRule
from quality.contract.generated_rules import NullsAsUsual, RowsAsUsual
from quality.contract.interval import Every, Interval
from quality.contract.models import ColumnType, ModelColumn, Range
from quality.contract.texts import Texts
from quality.contract.time_formats import Calendar
from quality.units.conditions import Conditions


class RangeChange(FrozenModel):
    """What a feed says otherwise about the range of a model's column, and why."""

    least: float | None = None
    most: float | None = None
    severity: Literal["critical", "warning", "info"] | None = None
    on_fail: Literal["quarantine", "void", "flag"] | None = None
    tolerance: float | None = Field(default=None, ge=0, le=1)
    reason: str = ""

    def of(self, column: ModelColumn | None) -> Range:
        """The range that is meant: the model's where nothing else is said."""
        before = {} if column is None or column.range is None else column.range.model_dump()
        return Range(**before | self.model_dump(exclude_unset=True))


class FeedColumn(FrozenModel):
    """Where a column stands in the delivery, and how its texts are read.

    Of a column that no model has also what it is: `type`, `meaning`, and for a number its `unit`.
    """

    from_: tuple[str, ...] = Field(default=(), alias="from")  # names under which it is delivered, one at a time
    unit: str | None = None  # in which it is delivered
    unit_from: tuple[str, ...] = ()  # ... or the delivered column that holds it, row by row; any version
    gases_at: Conditions | None = None  # of a gas whose mass is delivered; that of the feed where it is not said
    format: tuple[str, ...] = ()
    zone: str | None = None  # zone or offset of delivered times that say none, where it is not the city's
    calendar: Calendar | None = None  # whose years are delivered: minguo or buddhist
    missing: tuple[CellText, ...] = ()
    optional: bool = False
    zero_is_missing: bool = False
    zero_is_missing_with: str | None = None
    decimal: Literal["point", "comma"] | None = None
    remove: str | None = None
    values: Mapping[str, CellText] = Field(default_factory=dict)
    combine: Literal["sum"] | None = None
    repeats: Literal["parts"] | None = None
    reason: str = ""
    required: bool | None = None
    range: RangeChange | None = None
    known: tuple[CellText, ...] | None = None
    form: str | None = None
    note: Texts | None = None  # what is special about it in this feed; follows the meaning
    classification: Literal["public", "restricted"] = "public"
    type: ColumnType | None = None
    meaning: Texts | None = None
    null: str = ""
    key: bool = False
    names: Texts | None = None  # what people call it, by language

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A text or a list of texts says where the column stands, and nothing else."""
        return {"from": value} if isinstance(value, str | list) else value

    @field_validator("from_", "unit_from", "format", "missing", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (value,)

    @field_validator("from_", "unit_from")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if any(not name.strip() for name in names):
            raise ValueError("nothing stands there; write the name that it has in the delivery")
        return names

    @field_validator("unit", "remove", "zone")
    @classmethod
    def _said(cls, value: str | None) -> str | None:
        if value is not None and not value.strip():
            raise ValueError("nothing stands there; write it, or take the key out")
        return value


class FeedFile(FrozenModel):
    """The file of one feed."""

    title: Texts
    purpose: Texts
    usage: Texts | None = None
    limitations: Texts | None = None
    owner: str
    licence: str
    version: str = "1.0.0"
    classification: Literal["public", "private-aggregate", "restricted"] = "public"
    implements: tuple[str, ...] = ()
    network: Literal["reference", "low_cost", "crowd"] | None = None
    interval: str | None = None
    gases_at: Conditions | None = None  # at which the volume of gases was taken that are delivered as mass
    row: str | None = None  # what one row is, where the model does not say it well enough
    prefix: str | None = None
    every: Every | None = None
    lag_days: int = Field(default=0, ge=0)
    lookback_days: int = Field(default=0, ge=0)
    ahead_days: int = Field(default=0, ge=0)
    correction_column: str | None = None
    reference_since: date | None = None
    usual_since: date | None = None
    unreadable_tolerance: float = Field(default=0.01, ge=0, le=1)
    repeated_tolerance: float = Field(default=0.0, ge=0, le=1)
    contradicted_tolerance: float = Field(default=0.01, ge=0, le=1)
    ranges: RangeChange | None = None  # what it says otherwise about all ranges: severity, on_fail, tolerance
    rows_as_usual: RowsAsUsual | None = None
    nulls_as_usual: NullsAsUsual | None = None
    files: Files | None = None
    services: tuple[Service, ...] = ()
    missing: tuple[CellText, ...] = ()  # texts that mean "missing" in numbers whose column names none
    columns: Mapping[str, FeedColumn] = Field(default_factory=dict)
    rules: tuple[FeedRule, ...] = ()

    @field_validator("implements", "missing", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | int | float) else value

    @field_validator("ranges")
    @classmethod
    def _of_all(cls, ranges: RangeChange | None) -> RangeChange | None:
        if ranges is not None and (ranges.least is not None or ranges.most is not None or not ranges.reason):
            raise ValueError("say severity, on_fail or tolerance of all, and the `reason`; limits are a column's")
        return ranges

    @model_validator(mode="after")
    def _periods(self) -> FeedFile:
        try:
            of_rows = "day" if self.interval is None else Interval.parse(self.interval).every
        except ValueError:
            return self  # said where the interval is read
        if self.every not in (None, of_rows) and self.interval not in (None, "instant"):
            raise ValueError(
                f"every: rows of `interval: {self.interval}` are there for each {of_rows}, and those that are not of "
                f"the first day of a {self.every} would be lost; take `every` out, or write `interval: {self.every}`"
            )
        every = self.every or of_rows
        if self.lookback_days and every != "day":
            raise ValueError(
                f"lookback_days: a night looks at the newest {every} alone; take it out (earlier ones are for "
                "`madang backfill`)"
            )
        return self

    @field_validator("prefix")
    @classmethod
    def _code(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch("[A-Z][A-Z0-9_]*", value):
            raise ValueError("is of capitals and digits, such as AIR")
        return value
