"""What a pack says about standards: which is the national one, and which editions it takes whatever the day."""

from __future__ import annotations

from pydantic import Field

from quality.contract.base import FrozenModel
from quality.units.conditions import Conditions


class StandardChoice(FrozenModel):
    """`standards` of a pack. A name such as national.pm25_24h is looked up in the file of `national`."""

    national: str | None = Field(
        default=None, description="A file of assets/standards, such as kr. Left out: that of the city's country."
    )
    editions: tuple[str, ...] = Field(
        default=(),
        description="Editions such as vn.decision_1459_2019 that are taken on every day. Left out: each day is judged "
        "by the edition in force on it.",
    )
    gases_at: Conditions | None = Field(
        default=None,
        description="The state at which limits in masses of gases are meant, where the standard's file has none.",
    )


NOTHING_CHOSEN = StandardChoice()
