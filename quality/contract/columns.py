"""The columns of a contract: their type, and how a delivered text becomes a value of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import polars as pl
from pydantic import Field, field_validator, model_validator

from quality.contract.base import FrozenModel
from quality.contract.regex import wrong_regex
from quality.contract.texts import Texts
from quality.contract.time_formats import Calendar, has_offset, may_have_offset, timed, wrong_format
from quality.contract.zones import fixed_offset, known_zone
from quality.text import normalised
from quality.units.conditions import Conditions
from quality.units.conversion import Conversion, UnitError, conversion, known_units
from quality.units.headers import wrong_unit

DAY, TIME = "day", "time"
MOST_FOR_WHOLE = 10**18  # so that a whole number of 64 bits times this is one of 128
TYPES: dict[str, Any] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "array": pl.List(pl.String()),
}


class ColumnSpec(FrozenModel):
    """What Madang needs of a column beyond ODCS (the `madang` custom property)."""

    sources: tuple[str, ...] = ()  # names under which the column has been delivered, any version
    optional: bool = False  # the column may be missing from a delivery (came later, or went)
    unit: str | None = None  # in which values are stored; also delivered, where nothing else is said
    delivered_unit: str | None = None  # in which values are delivered, where that is another one
    unit_from: tuple[
        str, ...
    ] = ()  # the delivered column, any version, in which rows say their unit; .x: of the source
    substance: str | None = None  # of a gas, such as NO2, whose mass and volume are converted
    gases_at: Conditions | None = None  # ... at this temperature and pressure
    sentinels: tuple[str, ...] = ()  # texts that mean "missing"
    zero_is_missing: bool = False  # the provider writes 0 where no instrument is fitted
    zero_is_missing_with: str | None = None  # ... only when this column is 0 as well
    formats: tuple[str, ...] = ()  # date and time formats, tried in order
    calendar: Calendar | None = None  # whose years are delivered, where they are not those of the rest of the world
    zone: str | None = None  # times with an offset (%z, Z) or of `delivered_zone` become local times of this zone
    delivered_zone: str | None = None  # zone or offset of delivered times that say none, where it is not the city's
    of: str | None = None  # not delivered: the day, or the instant in UTC, of the timestamp column of this name
    interval_end: timedelta | None = None  # a delivered time is so long after the beginning of its interval
    decimal: Literal["point", "comma"] | None = None  # the sign before the fraction; None: each delivery's cells decide
    remove: str | None = None  # regular expression of what is cut out of a text, e.g. a by-name in brackets
    values: Mapping[str, str] = Field(default_factory=dict)  # delivered value -> canonical value
    names: Texts | None = None  # what people call it, by language
    combine: Literal["sum"] | None = None  # rows of one key in one delivery are parts: add them up
    repeats: Literal["parts"] | None = None  # ... also where a line is the same as another in every column
    reason: str = ""  # why repeated lines are parts
    corrects: str | None = None  # the column whose readings the provider corrected into this one

    @field_validator("sources", "sentinels", "unit_from")
    @classmethod
    def _normalised(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(normalised(text) for text in texts))

    @field_validator("values")
    @classmethod
    def _values_normalised(cls, values: Mapping[str, str]) -> Mapping[str, str]:
        return {normalised(before): normalised(after) for before, after in values.items()}

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Under which names the units of rows are delivered."""
        return tuple(
            name
            for said in self.unit_from
            for name in ([f"{source}{said}" for source in self.sources] if said.startswith(".") else [said])
        )

    def conversion_of(self, delivered: str) -> Conversion:
        """How a value that comes in this unit becomes one in `unit`. Raises UnitError, as `conversion` does."""
        return conversion(delivered, self.unit or delivered, self.substance, self.gases_at)

    @field_validator("remove")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        wrong = None if value is None else wrong_regex(value)
        if wrong is not None:
            raise ValueError(f"{value!r} is no regular expression: {wrong}; mend it")
        return value

    @model_validator(mode="after")
    def _zoned(self) -> ColumnSpec:
        if self.zone is not None and (fixed_offset(self.zone) is not None or not known_zone(self.zone)):
            raise ValueError(f"{self.zone!r} is not a time zone; write it as Asia/Seoul or UTC")
        if self.delivered_zone is not None and not known_zone(self.delivered_zone):
            raise ValueError(f"{self.delivered_zone!r} is not a time zone; write it as Asia/Seoul, UTC or '+09:00'")
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
            wrong = wrong_format(form, self.calendar)
            if wrong is not None:
                raise ValueError(wrong)
            said = re.search("(?:Z|[A-Z]{3,5}|[+-][0-9]{2}:?[0-9]{2})[)]?$", form.rpartition("%")[2][1:])
            if said is not None and self.zone is None and timed(form):
                raise ValueError(
                    f"{form!r} says {said[0]!r} and the time would be taken for the city's own; write %z in its place, "
                    "or say whose time it is: `zone: UTC` (in an ODCS document `delivered_zone: UTC` and `zone`)"
                )
        offsets = any(has_offset(form) for form in self.formats)
        if (offsets or self.delivered_zone is not None) and self.zone is None:
            raise ValueError(
                "times with an offset (%z, epoch) or of a delivered_zone need `zone`, whose times they become"
            )
        if self.zone is not None and self.delivered_zone is None and not any(map(may_have_offset, self.formats)):
            raise ValueError("`zone` is for times with an offset (%z, epoch, iso) or of a delivered_zone")
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
    instant: bool = False  # a time of a zone that is read as its instant in UTC; see Contract.delivered

    @model_validator(mode="after")
    def _of_units(self) -> Column:
        spec = self.spec
        by_row = bool(spec.unit_from)
        wrong = wrong_unit(self.name, spec.unit, spec.sources, delivered_unit=spec.delivered_unit, by_row=by_row)
        if wrong is not None:
            raise ValueError(wrong)
        if self.spec.of is not None and self.type not in ("date", "timestamp"):
            raise ValueError("a column that is computed from a time (`of`) is a date or a timestamp")
        if self.spec.interval_end is not None and self.type != "timestamp":
            raise ValueError("`interval_end` is of a timestamp; a date beside it is computed from it (`of`)")
        return self

    @model_validator(mode="after")
    def _convertible(self) -> Column:
        spec = self.spec
        if not self.converts:
            return self
        if self.type not in ("number", "integer") or spec.unit is None:
            raise ValueError(
                f"columns.{self.name}.unit: only numbers are converted, to the `unit` in which they are stored"
            )
        try:
            known_units(spec.unit)
            how = spec.conversion_of(spec.delivered_unit or spec.unit)
        except UnitError as error:
            raise ValueError(f"columns.{self.name}.unit: {error}") from error
        if self.type == "integer" and max(abs(how.factor.numerator), how.factor.denominator) > MOST_FOR_WHOLE:
            raise ValueError(f"columns.{self.name}.unit: no value would be whole after this; write `type: number`")
        if spec.combine is not None and how.offset:
            raise ValueError(f"columns.{self.name}.combine: temperatures are not added up; take `combine` out")
        return self

    @property
    def converts(self) -> bool:
        """Whether values may come in another unit than the one in which they are stored."""
        return self.spec.delivered_unit not in (None, self.spec.unit) or bool(self.spec.unit_from)

    @property
    def dtype(self) -> Any:
        """The Polars type."""
        return TYPES[self.type]

    @property
    def may_be_null_number(self) -> bool:
        """A number of which a value may be missing; a row that lacks a required one or a key is held back."""
        return self.type in ("number", "integer") and not (self.required or self.key)
