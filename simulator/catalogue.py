"""The catalogue of what can be planted in the embedded city, by name: `madang nightly --plant sdot-unit-break`."""

from __future__ import annotations

from simulator.fault import Fault, Planted, Then
from simulator.faults.other_cities import OTHER_CITIES
from simulator.faults.replies import REPLIES
from simulator.faults.rows import ROWS
from simulator.faults.sensors import SENSORS

__all__ = ["FAULTS", "Fault", "Planted", "Then", "named"]

FAULTS: tuple[Fault, ...] = (*SENSORS, *ROWS, *REPLIES, *OTHER_CITIES)


def named(name: str) -> Fault:
    """The fault of this name. Raises ValueError that lists the known ones."""
    found = next((fault for fault in FAULTS if fault.name == name), None)
    if found is None:
        raise ValueError(f"there is no fault {name!r}; there are: {', '.join(sorted(f.name for f in FAULTS))}")
    return found
