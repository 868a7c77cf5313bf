"""What a batch is made from. Two batches of one table and day with equal inputs are the same batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Inputs:
    """Deliveries for a core table; batches of other tables, with the versions of code and pack, for a derived one."""

    deliveries: Sequence[str] = ()  # SHA-256, in the order in which they count: the last one wins
    batches: Sequence[str] = ()  # batch ids
    code_version: str | None = None
    pack_version: str | None = None
    readings: Sequence[str] = ()  # of deliveries that were read again under one contract: SHA-256 and version of code

    def key(self) -> list[str]:
        """What goes into the id of the batch: deliveries in their order, batches in any."""
        versions = [f"code:{self.code_version}"] if self.code_version else []
        versions += [f"pack:{self.pack_version}"] if self.pack_version else []
        again = [f"read:{reading}" for reading in self.readings]
        return [*self.deliveries, *sorted([*self.batches, *versions, *again])]
