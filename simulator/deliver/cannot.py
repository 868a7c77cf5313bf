"""Why a feed cannot be made."""

from __future__ import annotations

from collections.abc import Sequence

from assets.crashes import crash_text
from quality.contract.model import Contract


class CannotDeliverError(ValueError):
    """The simulated city cannot make this feed; its text is the rest of a sentence that says why."""


def cannot_make(contracts: Sequence[Contract], error: BaseException) -> str:
    """The sentence about feeds that cannot be made; of a fault of ours it says where, so that others go on."""
    names = " and ".join(contract.name for contract in contracts)
    if isinstance(error, CannotDeliverError):
        return f"the simulated city cannot make {names}: {error}"
    return f"the simulated city cannot make {names}: it failed, please report it: {crash_text(contracts[0], error)}"
