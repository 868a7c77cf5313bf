"""The parameters of a pack that the code names: marts read them, and the feed of the platform's own work.

Entries name theirs. What no entry names is in NOT_OF_ENTRIES: no hint says that it is to be renamed.
"""

from __future__ import annotations

from collections.abc import Iterable

from assets.metrics.definition import NamedEntry

RECOVERY_BASE, RECOVERY_OTHER = "recovery_base_years", "recovery_other_years"
REQUEST_TERMS = "request_terms"
COSTS = ("platform_cost_machines", "platform_cost_work")  # a month, in the currency
COST_CURRENCY = "platform_cost_currency"
NOT_OF_ENTRIES = frozenset({RECOVERY_BASE, RECOVERY_OTHER, REQUEST_TERMS})


def parameters_read(entries: Iterable[NamedEntry]) -> frozenset[str]:
    """All parameters that these entries and the platform read."""
    return NOT_OF_ENTRIES.union(*(named.entry.parameters for named in entries))
