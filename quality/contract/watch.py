"""How a column is watched: how far from its neighbours a place may read, and what it does not do from hour to hour."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from quality.contract.base import FrozenModel, Number

Scale = Literal["ratio", "difference"]


class ColumnWatch(FrozenModel):
    """One column of a model that is watched. All limits are of the column's unit; one that is null is not looked at.

    What breaks one is suspect, as it may be true: a bonfire stands beside one sensor only.
    """

    scale: Scale = Field(
        default="ratio",
        description="How two readings are compared: concentrations by ratio, temperatures and levels by difference.",
    )
    units: Number = Field(ge=0, description="A place is apart from its neighbours beyond so much.")
    share: Number = Field(
        default=0.3, gt=0, lt=1, description="And, where ratios count, beyond this share: 0.3 is outside of 0.7 to 1.3."
    )
    correlation: Number | None = Field(
        default=0.7,
        gt=0,
        lt=1,
        description="The least correlation of a month with the neighbours; null where each place goes its own way.",
    )
    spike: Number | None = Field(
        default=None,
        gt=0,
        description="A reading is a spike that leaves both readings beside it by more, in one direction.",
    )
    step: Number | None = Field(
        default=None, gt=0, description="A place stepped where its level of days is another by more, and stays so."
    )
    rate: Number | None = Field(default=None, gt=0, description="The most by which it can change in an hour.")
    gap_hours: Number | None = Field(default=None, gt=0, description="The longest time without a reading, in hours.")
    flat_readings: PositiveInt | None = Field(
        default=5, description="So many equal readings in a row are a flat line, if they last a day."
    )
