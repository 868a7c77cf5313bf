"""What a city chooses of one metric."""

from __future__ import annotations

from pydantic import Field

from assets.metrics.sql import Sql
from quality.contract.base import FrozenModel, Number, Said
from quality.contract.texts import Texts


class MetricChoice(FrozenModel):
    """What a city chooses for one metric, in its metrics.yaml."""

    target: Number | None = Field(default=None, description="What the city aims at, in the unit of the metric.")
    target_source: str | None = Field(default=None, description="Who set the target, and where it stands.")
    min_completeness: Number | None = Field(
        default=None, gt=0, le=1, description="What is enough for a value, in place of the definition's."
    )
    title: Texts | None = Field(default=None, description="In languages that the definition lacks, or in other words.")
    proxy: Said | None = Field(
        default=None, description="Why the value stands for something it does not measure here, in other words."
    )
    where: Sql | None = Field(
        default=None, description="Polars SQL: which readings count, besides what the metric itself says."
    )
    does_not_occur: Said | None = Field(
        default=None, description="Why there is none of it in this city, as bicycles that may stand beside full docks."
    )
    feeds: tuple[str, ...] = Field(
        default=(), description="Which of its feeds it is computed from, where not all that can feed it are to."
    )
