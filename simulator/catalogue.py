"""The catalogue of all faults that can be injected into the simulated city, by name."""

from __future__ import annotations

from simulator import faults
from simulator.fault import Fault
from simulator.listed import modules_in

FAULTS: tuple[Fault, ...] = tuple(fault for family in modules_in(faults).values() for fault in family.FAULTS)

# Those that the gate has to show on the night on which they come; the others show over nights, in what watches places.
AT_THE_GATE: tuple[Fault, ...] = tuple(fault for fault in FAULTS if fault.watched is None)


def named(name: str) -> Fault:
    """The fault of this name. Raises ValueError that lists the known ones."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise ValueError(f"there is no fault {name!r}; there are: {', '.join(sorted(f.name for f in FAULTS))}")
