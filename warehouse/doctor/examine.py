"""All that is looked at, in the order in which things are made of each other."""

from __future__ import annotations

from collections.abc import Iterator

from warehouse.doctor.files_of_readers import look_at_published, look_at_tiers
from warehouse.doctor.finding import DamagedPart
from warehouse.doctor.landed import look_at_landing
from warehouse.doctor.ledgers import look_at_ledger
from warehouse.doctor.tables import look_at_lake
from warehouse.home import Home

PARTS = (look_at_landing, look_at_ledger, look_at_lake, look_at_published, look_at_tiers)


def examine(home: Home) -> Iterator[DamagedPart]:
    """What is damaged in a home: all checksums are compared, so every file is read once. Nothing is changed.

    Raises BusyError where another program has a published file open for writing.
    """
    for look in PARTS:
        yield from look(home)
