"""Why a feed cannot be made."""

from __future__ import annotations


class CannotDeliverError(ValueError):
    """The simulated city cannot make this feed; its text is the rest of a sentence that says why."""
