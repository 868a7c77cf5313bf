"""The file of a feed, as its author writes it: which models it implements, and where columns stand in the delivery."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from quality.contract.base import CellText, Day, FrozenModel, Network, Number, Whole, text_form
from quality.contract.connector import Files, Service
from quality.contract.feed_file_columns import FeedColumn, RangeChange, several
from quality.contract.feed_rules import FeedRule
from quality.contract.generated_rules import NullsAsUsual, RowsAsUsual
from quality.contract.interval import INTERVALS, Every, Interval
from quality.contract.terms import Terms
from quality.contract.texts import Texts
from quality.text import normalised
from quality.units.conditions import Conditions


class FeedFile(FrozenModel):
    """The file of one feed."""

    title: Texts = Field(description="What people call the feed, in a few words.")
    purpose: Texts = Field(description="What is in it, in a sentence; becomes the comment of its table.")
    usage: Texts | None = Field(default=None, description="What it may be used for, and how.")
    limitations: Texts | None = Field(default=None, description="What it does not say, or only with care.")
    owner: str = Field(description="Who delivers the data.")
    licence: str = Field(description="What may be done with the data, as the provider states it.")
    version: str = Field(default="1.0.0", description="Raise it to have days judged again.")
    classification: Literal["public", "private-aggregate", "restricted"] = Field(
        default="public", description="A feed that is not public is private: its values never leave the home."
    )
    terms: Terms | None = Field(
        default=None, description="What was agreed with who gives a private feed: purpose, end, how long rows are kept."
    )
    implements: tuple[str, ...] = Field(default=(), description="The models that its rows are of: a name or a list.")
    network: Network | None = Field(
        default=None,
        description="The instruments that one operator runs in one way: who may be judged by whom. `modelled`: "
        "none, as a model of the weather or air made the values.",
    )
    interval: str | None = Field(
        default=None,
        description="What one row is of; an `_ending` one has the time of its end. Minutes may be 1 to 1440.",
        json_schema_extra=INTERVALS,
    )
    gases_at: Conditions | None = Field(
        default=None, description="Temperature and pressure of the volume of gases that are delivered as mass."
    )
    row: str | None = Field(default=None, description="What one row is, where the model does not say it well enough.")
    prefix: str | None = Field(
        default=None,
        description="What rule codes begin with, such as AIR; the name in capitals where it is not said.",
        json_schema_extra=text_form("^[A-Z][A-Z0-9_]*$", "Write capitals and digits, such as AIR."),
    )
    every: Every | None = Field(
        default=None,
        description="How often there is a `day` of the feed; follows from `interval` where it is not said.",
    )
    first_day: Day | None = Field(
        default=None,
        description="Its data begin on this day: of no earlier one is its service asked, and none is missing.",
    )
    lag_days: Whole = Field(default=0, ge=0, description="Days after the end of its day until a delivery is due.")
    lookback_days: Whole = Field(
        default=0, ge=0, description="Days before the due day at which a night looks for late or corrected deliveries."
    )
    ahead_days: Whole = Field(
        default=0, ge=0, description="Days after today of which a delivery may have rows: forecasts, calendars."
    )
    correction_column: str | None = Field(
        default=None, description="The column whose greatest value wins among rows of one key."
    )
    reference_since: Day | None = Field(
        default=None, description="The feed is a register without a time; it holds from this day on."
    )
    register_: str | None = Field(
        default=None,
        alias="register",
        description="Where its places stand and of what kind they are: a table of the pack (a CSV beside areas.csv) "
        "or a feed that implements `place`.",
    )
    usual_since: Day | None = Field(
        default=None, description="What is usual changed on this day: no day before it is compared with."
    )
    not_personal: Mapping[str, str] = Field(
        default_factory=dict,
        description="Delivered columns that look as if they were about single persons and are not, and why.",
    )
    unreadable_tolerance: Number = Field(
        default=0.01, ge=0, le=1, description="Share of a day's rows that may be unreadable or lack a required value."
    )
    repeated_tolerance: Number = Field(
        default=0.0, ge=0, le=1, description="Share of a day's rows that may be the same line again in one delivery."
    )
    contradicted_tolerance: Number = Field(
        default=0.01, ge=0, le=1, description="Share of a day's rows whose key may come again with other values."
    )
    ranges: RangeChange | None = Field(
        default=None,
        description="What holds for the ranges of all columns: severity, on_fail or tolerance, with `reason`.",
    )
    rows_as_usual: RowsAsUsual | None = Field(
        default=None, description="Limits of its own for the number of rows against the usual one, with `reason`."
    )
    nulls_as_usual: NullsAsUsual | None = Field(
        default=None, description="Limits of its own for missing values against the usual share, with `reason`."
    )
    files: Files | None = Field(default=None, description="Where its files stand below the city's drop folder.")
    services: tuple[Service, ...] = Field(default=(), description="Versions of a service that is asked over HTTP.")
    missing: tuple[CellText, ...] = Field(
        default=(), description='Texts that mean "missing" in all numbers whose column names none.'
    )
    columns: Mapping[str, FeedColumn] = Field(
        default_factory=dict, description="The columns of its models, and of its own, and where they stand."
    )
    rules: tuple[FeedRule, ...] = Field(
        default=(), description="Rules beside those of the models, and changes of these."
    )

    @field_validator("implements", mode="before", json_schema_input_type=str | tuple[str, ...])
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return several(value)

    @field_validator("missing", mode="before", json_schema_input_type=CellText | tuple[CellText, ...])
    @classmethod
    def _several(cls, value: Any) -> Any:
        return several(value)

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

    @field_validator("not_personal")
    @classmethod
    def _reasons(cls, reasons: Mapping[str, str]) -> Mapping[str, str]:
        unsaid = [name for name, reason in reasons.items() if not reason.strip()]
        if unsaid:
            raise ValueError(f"say why {unsaid[0]!r} is about no person: whose number it is, and who published it")
        return {normalised(name): reason for name, reason in reasons.items()}

    @field_validator("prefix")
    @classmethod
    def _code(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch("[A-Z][A-Z0-9_]*", value):
            raise ValueError("is of capitals and digits, such as AIR")
        return value
