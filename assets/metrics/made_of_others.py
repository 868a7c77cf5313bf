"""What an author writes of a metric that is made of other metrics of the same area and period.

Ways of making one value of several belong here. How readings or days become a value does not: that is in the entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from assets.metrics.sql import Sql, names_if_sql
from quality.contract.base import FrozenModel, Number

RESIDENTS = "residents"  # what people may be counted by, beside metrics of people


class WeightedMean(FrozenModel):
    """The mean of a metric over the areas of a level, weighted by people."""

    of: str = Field(description="The metric that is averaged.")
    by: str = Field(description="`residents`, or a metric of people, such as living_population.")
    level: str = Field(default="district", description="The level of the areas.")
    needs: Number = Field(default=0.75, gt=0, le=1, description="The share of the people that must be covered.")


class Index(FrozenModel):
    """An index of several metrics by the table of a standard."""

    standard: str = Field(description="File and index of assets/standards, such as kr.cai; or `national`: the pack's.")
    of: Mapping[str, str] = Field(
        min_length=1, description="Row of the table, such as pm25_24h, to the metric it is read with."
    )


class Derived(FrozenModel):
    """What a metric is made of, where it is made of other metrics of the same area and period. One of these."""

    ratio: tuple[str, str] | None = Field(default=None, description="The first metric by the second.")
    difference: tuple[str, str] | None = Field(default=None, description="The first metric less the second.")
    weighted_mean: WeightedMean | None = Field(default=None, description="The mean of areas, weighted by people.")
    index: Index | None = Field(default=None, description="The index of a standard.")
    expression: Sql | None = Field(default=None, description="Polars SQL over names of metrics.")

    @field_validator("ratio", "difference", mode="before")
    @classmethod
    def _two(cls, said: Any, info: ValidationInfo) -> Any:
        if not isinstance(said, list | tuple) or len(said) != 2:
            of = "[above, below]" if info.field_name == "ratio" else "[first, second]"
            raise ValueError(f"{info.field_name} needs two metrics: {of}")
        return said

    @model_validator(mode="after")
    def _one(self) -> Derived:
        if len(self.model_fields_set) != 1:
            raise ValueError("write one of ratio, difference, weighted_mean, index, expression")
        return self

    @property
    def made_of(self) -> tuple[str, ...]:
        """The metrics that it is made of; none where the expression is no SQL, which `madang city check` says."""
        if self.weighted_mean is not None:
            by = self.weighted_mean.by
            return (self.weighted_mean.of, *(() if by == RESIDENTS else (by,)))
        if self.index is not None:
            return tuple(dict.fromkeys(self.index.of.values()))
        if self.expression is not None:
            return tuple(dict.fromkeys(names_if_sql(self.expression)))
        return self.ratio or self.difference or ()
