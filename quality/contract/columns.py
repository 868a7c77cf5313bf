"""The columns of a contract: their type, and how a delivered text becomes a value of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import available_timezones

import polars as pl
from pydantic import Field, field_validator, model_validator

from quality.contract.base import FrozenModel
from quality.contract.texts import Texts
from quality.text import normalised
from quality.units.conditions import Conditions
from quality.units.headers import wrong_unit

DAY, TIME = "day", "time"
TYPES: dict[str, Any] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "array": pl.List(pl.String()),
}


def timed(form: str) -> bool:
    """Whether a format has a time of day."""
    return any(part in form for part in ("%H", "%I", "%T", "%R"))


class ColumnSpec(FrozenModel):
    """What Madang needs of a column beyond ODCS (the `madang` custom property)."""

    sources: tuple[str, ...] = ()  # names under which the column has been delivered, any version
    optional: bool = False  # the column may be missing from a delivery (came later, or went)
    unit: str | None = None  # in which values are stored; also delivered, where nothing else is said
    delivered_unit: str | None = None  # in which values are delivered, where that is another one
    unit_from: str | None = None  # the delivered column in which each row says its unit
    substance: str | None = None  # of a gas, such as NO2, whose mass and volume are converted
    gases_at: Conditions | None = None  # ... at this temperature and pressure
    sentinels: tuple[str, ...] = ()  # texts that mean "missing"
    zero_is_missing: bool = False  # the provider writes 0 where no instrument is fitted
    zero_is_missing_with: str | None = None  # ... only when this column is 0 as well
    formats: tuple[str, ...] = ()  # date and time formats, tried in order
    zone: str | None = None  # times with an offset (%z, Z) or of `delivered_zone` become local times of this zone
    delivered_zone: str | None = None  # the zone of delivered times that have no offset, where it is not the city's
    of: str | None = None  # not delivered: the day, or the instant in UTC, of the timestamp column of this name
    interval_end: timedelta | None = None  # a delivered time is so long after the beginning of its interval
    decimal: Literal["point", "comma"] | None = None  # the sign before the fraction; None: each delivery's cells decide
    remove: str | None = None  # regular expression of what is cut out of a text, e.g. a by-name in brackets
    values: Mapping[str, str] = Field(default_factory=dict)  # delivered value -> canonical value
    names: Texts | None = None  # what people call it, by language
    combine: Literal["sum"] | None = None  # rows of one key in one delivery are parts: add them up
    repeats: Literal["parts"] | None = None  # ... also where a line is the same as another in every column
    reason: str = ""  # why repeated lines are parts

    @field_validator("sources", "sentinels")
    @classmethod
    def _normalised(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(normalised(text) for text in texts)

    @field_validator("values")
    @classmethod
    def _values_normalised(cls, values: Mapping[str, str]) -> Mapping[str, str]:
        return {normalised(before): normalised(after) for before, after in values.items()}

    @model_validator(mode="after")
    def _zoned(self) -> ColumnSpec:
        for name in (self.zone, self.delivered_zone):
            if name is not None and name not in available_timezones():
                raise ValueError(f"{name!r} is not a time zone; write it as Asia/Seoul or UTC")
        if self.of is not None and (self.sources or self.formats or self.interval_end is not None):
            raise ValueError(f"it is computed from {self.of!r} (`of`), and so it has no `sources`, `formats`, interval")
        if self.interval_end is not None and self.interval_end <= timedelta(0):
            raise ValueError("`interval_end` is a length of time above 0, such as PT1H")
        if self.repeats is not None and (self.combine is None or not self.reason.strip()):
            raise ValueError(
                "`repeats: parts` adds lines up that are the same in every column: it needs `combine: sum`, and a "
                "`reason`, which says how the provider makes them"
            )
        for form in self.formats:
            if "%Z" in form:
                raise ValueError(
                    f"{form!r}: %Z reads the name of a zone and leaves it out; have an offset (%z) delivered"
                )
            if "%.f" in form and not ("%S" in form or "%T" in form):
                raise ValueError(f"{form!r}: a fraction (%.f) is one of seconds (%S)")
            said = re.search("(?:Z|[A-Z]{3,5}|[+-][0-9]{2}:?[0-9]{2})[)]?$", form.rpartition("%")[2][1:])
            if said is not None and self.zone is None and timed(form):
                raise ValueError(
                    f"{form!r} says {said[0]!r} and the time would be taken for the city's own; write %z in its place "
                    "and `zone: Asia/Seoul`, or declare `delivered_zone: UTC` and `zone` (UTC again keeps the time)"
                )
        offsets = any("%z" in form for form in self.formats)
        if (offsets or self.delivered_zone is not None) != (self.zone is not None):
            raise ValueError("times with an offset (%z) or a delivered_zone need `zone`, and it needs one of them")
        return self


class Column(FrozenModel):
    """A column of the table. One that is restricted makes its whole table private."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]
    description: Texts
    required: bool = False
    key: bool = False
    classification: Literal["public", "restricted"] = "public"
    spec: ColumnSpec = ColumnSpec()

    @model_validator(mode="after")
    def _of_one_unit(self) -> Column:
        wrong = wrong_unit(self.name, self.spec.unit, self.spec.sources)
        if wrong is not None:
            raise ValueError(wrong)
        if self.spec.of is not None and self.type not in ("date", "timestamp"):
            raise ValueError("a column that is computed from a time (`of`) is a date or a timestamp")
        if self.spec.interval_end is not None and self.type != "timestamp":
            raise ValueError("`interval_end` is of a timestamp; a date beside it is computed from it (`of`)")
        return self

    @property
    def dtype(self) -> Any:
        """The Polars type."""
        return TYPES[self.type]

    @property
    def may_be_null_number(self) -> bool:
        """A number of which a value may be missing; a row that lacks a required one or a key is held back."""
        return self.type in ("number", "integer") and not (self.required or self.key)


def as_instant(column: Column) -> Column:
    """A time of a zone as its instant in UTC is read."""
    spec = column.spec
    read = spec.model_copy(update={"zone": "UTC", "delivered_zone": spec.delivered_zone or spec.zone})
    return column.model_copy(update={"spec": read})
