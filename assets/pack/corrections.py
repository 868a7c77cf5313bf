"""What a pack corrects itself: of which network which quantity, and by what. `corrections` in metrics.yaml.

A correction is a step of its own with a version of its own. Its values are published beside those that it was made
from, as other metrics, and never in their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from assets.formulas.sensor_corrections import HUMIDITY_VERSION, LINEAR_VERSION
from quality.contract.base import FrozenModel, Network, Whole
from quality.contract.model import Contract

By = Literal["linear", "humidity"]
OF_HUMIDITY = "pm25"  # the formula was fitted to no other quantity
HUMIDITY, WEATHER = "humidity", "weather"
MOST_DAYS = 90
REFERENCE: Network = "reference"  # the one that is right


class Correction(FrozenModel):
    """One correction of one quantity of one network."""

    network: Network = Field(description="Whose readings are corrected.")
    quantity: str = Field(description="The column of the model, such as pm25.", examples=["pm25", "pm10"])
    by: By = Field(
        description="linear: the line that the medians of the days before give against those of `witness`; humidity: "
        "the formula of the US EPA of 2021 for optical counters of PM2.5."
    )
    witness: Network | None = Field(default=None, description="Of `by: linear`: the network that is right.")
    days: Whole | None = Field(
        default=None, ge=30, le=MOST_DAYS, description="Of `by: linear`: how many days before a day make its line."
    )

    @model_validator(mode="after")
    def _whole(self) -> Correction:
        if self.by == "humidity" and (self.witness is not None or self.days is not None):
            raise ValueError("`by: humidity` is a formula that nothing is fitted to; take `witness` and `days` out")
        if self.by == "humidity" and self.quantity != OF_HUMIDITY:
            raise ValueError(
                f"`by: humidity` is a formula of {OF_HUMIDITY}, and of no {self.quantity}; write `by: linear`"
            )
        if self.by == "linear" and (self.witness is None or self.days is None):
            raise ValueError("`by: linear` needs a `witness`, such as reference, and `days`, from 30 to 90")
        if self.witness == self.network:
            raise ValueError(f"{self.network} is no witness of itself; write another network in `witness`")
        if self.network == REFERENCE:
            raise ValueError(f"the network {REFERENCE} is calibrated, and what others are held against; correct those")
        if self.witness is not None and self.witness != REFERENCE:
            raise ValueError(
                f"{self.witness} is no witness, as nobody calibrates it; write `witness: {REFERENCE}`, or take the "
                "correction out"
            )
        return self

    @property
    def version(self) -> str:
        """What the values are made by: kind, version of its code, and what it is fitted to."""
        if self.by == "humidity":
            return f"humidity {HUMIDITY_VERSION}"
        return f"linear {LINEAR_VERSION} by {self.witness} over {self.days} days"


def one_of_each(corrections: Sequence[Correction]) -> None:
    """Raises ValueError where a quantity of a network has two corrections."""
    twice = [of for of, count in Counter((one.network, one.quantity) for one in corrections).items() if count > 1]
    if twice:
        network, quantity = twice[0]
        ways = " and ".join(one.by for one in corrections if (one.network, one.quantity) == twice[0])
        raise ValueError(
            f"{quantity} of the network {network} has two, {ways}; two corrections are never mixed: take "
            "one of them out"
        )


def corrected_from(feed: Contract, quantity: str) -> str | None:
    """The column of a feed that a correction of a quantity begins with: where the provider has corrected it, that of
    the instrument, as a correction is never made on top of another. None: the feed does not have it."""
    column = feed.corrections.get(quantity, quantity)
    return column if column in feed.schema and feed.reference_since is None else None


def has_humidity(feed: Contract) -> bool:
    """Whether its rows have a relative humidity in %, as the model `weather` has it."""
    return HUMIDITY in feed.schema and WEATHER in feed.models


def corrections_of(feed: Contract, corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    """Those that the pack makes of a feed."""
    return tuple(
        one
        for one in corrections
        if one.network == feed.network
        and corrected_from(feed, one.quantity) is not None
        and (one.by != "humidity" or has_humidity(feed))
    )


def witnessed_by(feed: Contract, corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    """Those that a feed is the witness of."""
    return tuple(
        one
        for one in corrections
        if one.witness is not None
        and one.witness == feed.network
        and one.quantity in feed.schema
        and feed.reference_since is None
    )
