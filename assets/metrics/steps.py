"""The steps of an entry, as its author writes them: the value of one reading, and how many values become one.

What is of longer periods, and what an entry says besides, belongs to `entry.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from assets.formulas.particles import WINDOW_HOURS
from assets.metrics.sql import Sql
from quality.contract.base import FrozenModel, Number, Whole

Aggregate = Literal["mean", "energy_mean", "sum", "max", "min", "median", "quantile", "last", "reporting"]
ParticleMean = Literal["nowcast_us", "nowcast_vn", "particle_mean_tw", "pm25_24h_kr", "pm10_24h_kr"]
MOST_HOURS = 24  # of a window: hours of the day before are read, and no others


class Formula(FrozenModel):
    """A named formula of assets/formulas, of expressions: what SQL cannot say."""

    formula: str = Field(description="Name of a formula, such as apparent_temperature_summer.")
    of: tuple[Sql, ...] = Field(min_length=1, description="Its arguments, each Polars SQL over columns of the model.")


class Aggregation(FrozenModel):
    """How many values become one."""

    as_: Aggregate = Field(alias="as", description="How many values become one.")
    quantile: Number | None = Field(default=None, gt=0, lt=1, description="Which, for `as: quantile`; 0.95 is p95.")
    needs: Number = Field(default=0.75, gt=0, le=1, description="The share that must be valid; else there is no value.")

    @model_validator(mode="after")
    def _which_quantile(self) -> Self:
        if (self.as_ == "quantile") != (self.quantile is not None):
            raise ValueError(
                "`as: quantile` and `quantile` belong together; write both, as in {as: quantile, quantile: 0.95}"
            )
        return self


class TimeStep(Aggregation):
    """At one place: readings to hours or days, or a running window over them."""

    as_: Literal[Aggregate, ParticleMean, "unchanged"] = Field(
        alias="as",
        description="How many values become one; nowcast_us and its like: of 12 hours, weighted; unchanged: 100 where "
        "all are the same, else 0.",
    )
    to: Literal["hour", "day"] | None = Field(default=None, description="To the hour or day that a reading is in.")
    rolling_hours: Whole | None = Field(
        default=None, gt=1, le=MOST_HOURS, description="Over the hours before, each hour's own last."
    )
    of: Whole | None = Field(
        default=None, gt=0, le=86_400, description="How many there should be, where the interval does not say."
    )

    @model_validator(mode="after")
    def _of_twelve_hours(self) -> TimeStep:
        if self.as_ in get_args(ParticleMean) and self.rolling_hours != WINDOW_HOURS:
            raise ValueError(f"as: {self.as_} is of {WINDOW_HOURS} hours; write `rolling_hours: {WINDOW_HOURS}`")
        return self

    @model_validator(mode="after")
    def _one_way(self) -> TimeStep:
        if (self.to is None) == (self.rolling_hours is None):
            raise ValueError("a step goes to an hour or day, or over hours; write either `to` or `rolling_hours`")
        if self.as_ == "reporting":
            raise ValueError("`reporting` counts places, and one place is none of several; write it in `over_space`")
        return self


class SpaceStep(Aggregation):
    """From the places of an area to the area."""

    counts: str = Field(default="places", description="What a place is called: stations, sensors, sites.")
    expects: Annotated[Whole, Field(gt=0, le=100_000)] | Literal["register", "usual"] | None = Field(
        default=None,
        description="How many places there should be: a number, those of the register, or as many as on days of its "
        "kind before. Left out: 1 where rows name no place, the register where the feed has one, else as usual.",
    )
    weight: str | None = Field(
        default=None, description="Of a mean: the column that it is weighted by, as links are by their length."
    )

    @model_validator(mode="after")
    def _weighs_a_mean(self) -> Self:
        if self.weight is not None and self.as_ != "mean":
            raise ValueError(f"`weight` is of a mean; write `as: mean`, or take `weight: {self.weight}` out")
        return self
