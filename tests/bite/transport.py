"""Bites of the marts and feeds of traffic and transport that do not follow from the rules."""

from __future__ import annotations

import polars as pl

from tests.support.bites import Bite, derived, put, turn, twin

TRANSPORT: dict[str, dict[str, Bite | list[Bite]]] = {
    "bus": {"BUS-on-and-off": Bite(turn(alightings=2 * pl.col("boardings")), seen=1.0)},
    "bike_polls": {"BPO-some-not-empty": Bite(turn(vehicles_available=pl.lit(0, pl.Int64)), seen=1.0)},
    "stops_within_reach": {
        **derived("MSTO", twin("area", 1, 2)),
        **{f"MSTO-required-{name}": Bite(put(at=0, **{name: [None]}), broken=1) for name in ("area", "area_level")},
        "MSTO-required-land_near": Bite(put(land_near=[None]), broken=1),
        "MSTO-101": [
            Bite(put(land_near=[100.5]), broken=1),
            Bite(put(land_near=[-0.5], land_near_at_night=[None]), broken=1),
        ],
        "MSTO-102": Bite(put(land_near_at_night=[60.5]), broken=1),
    },
    "night_presence": {
        **derived("MNIG", twin("area", 1, 2)),
        **{
            f"MNIG-required-{name}": Bite(put(at=0, **{name: [None]}), broken=1)
            for name in ("area", "area_level", "people", "hours", "hours_expected")
        },
        "MNIG-101": Bite(put(unserved=[20_000.5]), broken=1),
        "MNIG-102": Bite(put(people=[3.9]), broken=1),
    },
}
# A stop or station less, and its hours or looks are gone with it: a sample has few of each.
ALSO_OF_TRANSPORT: dict[str, list[str]] = {
    "STP-stops": ["STP-hours"],
    "SUBH-stations": ["SUBH-hours"],
}
