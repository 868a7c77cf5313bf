"""A column in the file of a feed, as its author writes it: where it stands in the delivery and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from quality.contract.base import SOMETHING, CellText, FrozenModel, Number, Said, Truth, text_form
from quality.contract.models import ColumnType, ModelColumn, Range
from quality.contract.rules import ON_FAIL, SEVERITY, TOLERANCE, OnFail, Severity
from quality.contract.texts import Texts
from quality.contract.time_formats import WORDS, Calendar
from quality.units.conditions import Conditions

# In schemas: such a text is tried first of all, see time_formats.wrong_format.
Format = Annotated[
    str,
    Field(
        json_schema_extra=text_form(
            f"%|^({'|'.join(WORDS)})$",
            f"Write it as '%Y-%m-%d %H:%M' (strptime), or one of the words {', '.join(WORDS)}.",
            *("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y%m%d", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%Y%m", *WORDS),
        )
    ),
]
_PROPOSED = "ug/m3, mg/m3, ppb, ppm, degC, m/s, km/h, hPa, mm, %, dB, kWh, MWh, m3, L/person/day, count, people, 1"
Unit = Annotated[str, Field(json_schema_extra=text_form(*SOMETHING.values(), *_PROPOSED.split(", ")))]


def several(value: Any) -> Any:
    """One as a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


class RangeChange(FrozenModel):
    """What a feed says otherwise about the range of a model's column, and why."""

    least: Number | None = Field(default=None, description="The smallest value that can be, in the stored unit.")
    most: Number | None = Field(default=None, description="The greatest value that can be, in the stored unit.")
    severity: Severity | None = Field(default=None, description=SEVERITY)
    on_fail: OnFail | None = Field(default=None, description=ON_FAIL)
    tolerance: Number | None = Field(default=None, ge=0, le=1, description=TOLERANCE)
    reason: str = Field(default="", description="Why it is another than the model's; required.")

    def of(self, column: ModelColumn | None) -> Range:
        """The range that is meant: the model's where nothing else is said."""
        before = {} if column is None or column.range is None else column.range.model_dump()
        return Range(**before | self.model_dump(exclude_unset=True))


class FeedColumn(FrozenModel):
    """Where a column stands in the delivery, and how its texts are read.

    Of a column that no model has also what it is: `type`, `meaning`, and for a number its `unit`.
    """

    from_: tuple[str, ...] = Field(
        default=(), alias="from", description="The name, or the names, under which it is delivered; one at a time."
    )
    unit: Unit | None = Field(
        default=None,
        description="Unit in which it is delivered; of a column of a model it is converted into the model's.",
    )
    unit_from: tuple[str, ...] = Field(
        default=(),
        description="The delivered column in which each row says its unit; `.unitCode` is that of the source.",
    )
    gases_at: Conditions | None = Field(
        default=None, description="Temperature and pressure of the volume of a gas that is delivered as mass."
    )
    format: tuple[str, ...] = Field(
        default=(), description="How dates and times are written: patterns of strptime, or iso, excel, epoch, epoch_ms."
    )
    zone: str | None = Field(
        default=None,
        description="Zone or offset of delivered times that say none, where it is not the city's.",
        json_schema_extra=text_form(*SOMETHING.values(), "UTC", "+09:00", "Asia/Seoul"),
    )
    calendar: Calendar | None = Field(default=None, description="Whose years are delivered: 113 or 2567 for 2024.")
    missing: tuple[CellText, ...] = Field(
        default=(), description='Texts that mean "missing", such as -999; of numbers any way to write the number.'
    )
    optional: Truth = Field(default=False, description="It may not be in every delivery; then it is null.")
    zero_is_missing: Truth = Field(default=False, description="0 means that no instrument is fitted.")
    zero_is_missing_with: str | None = Field(
        default=None, description="0 is missing only where this other column is 0 or missing as well."
    )
    decimal: Literal["point", "comma"] | None = Field(
        default=None, description="The sign before the fraction; without it the cells of each delivery decide."
    )
    remove: str | None = Field(
        default=None,
        description="Regular expression of what is cut out of the text.",
        json_schema_extra=SOMETHING,
    )
    values: Mapping[str, CellText] = Field(
        default_factory=dict, description="Delivered text to the value that it stands for, such as {N: 0, NNE: 22.5}."
    )
    combine: Literal["sum"] | None = Field(
        default=None, description="Rows of one key in one delivery are parts of one figure and are added up."
    )
    repeats: Literal["parts"] | None = Field(
        default=None,
        description="Lines that are the same in every column are parts, too; needs `combine` and `reason`.",
    )
    reason: str = Field(default="", description="Why repeated lines are parts: how the provider makes them.")
    corrects: str | None = Field(
        default=None,
        description="The column of the same feed with the readings that the provider corrected into these.",
        json_schema_extra=SOMETHING,
    )
    required: Truth | None = Field(default=None, description="Each row has a value; one without is held back.")
    range: RangeChange | None = Field(
        default=None, description="What a value can be, `least` and `most`; of a model's column with a `reason`."
    )
    known: tuple[CellText, ...] | None = Field(default=None, description="The values that a text can have.")
    form: str | None = Field(default=None, description="Regular expression that each text has to match.")
    note: Texts | None = Field(
        default=None, description="What is special about the column in this feed; follows the model's meaning."
    )
    classification: Literal["public", "restricted"] = Field(
        default="public", description="One restricted column, such as of persons, makes the whole feed private."
    )
    type: ColumnType | None = Field(default=None, description="Of a column of the feed's own: the type of its values.")
    meaning: Texts | None = Field(default=None, description="Of a column of the feed's own: what a value means.")
    null: str = Field(default="", description="Of a column of the feed's own: what a missing value means.")
    key: Truth = Field(
        default=False, description="Of a column of the feed's own: it is part of what makes a row unique."
    )
    names: Texts | None = Field(
        default=None, description="What people call it, by language: {ko: 측정소, en: station}."
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A text or a list of texts says where the column stands, and nothing else."""
        return {"from": value} if isinstance(value, str | list) else value

    @field_validator("from_", "unit_from", mode="before", json_schema_input_type=Said | tuple[Said, ...])
    @classmethod
    def _several_names(cls, value: Any) -> Any:
        return several(value)

    @field_validator("format", mode="before", json_schema_input_type=Format | tuple[Format, ...])
    @classmethod
    def _several_formats(cls, value: Any) -> Any:
        return several(value)

    @field_validator("missing", mode="before", json_schema_input_type=CellText | tuple[CellText, ...])
    @classmethod
    def _several_texts(cls, value: Any) -> Any:
        return several(value)

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
