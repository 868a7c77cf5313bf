"""Bites of the marts and feeds of people, and of the age of buildings, that do not follow from the rules."""

from __future__ import annotations

import polars as pl

from tests.support.bites import Bite, Change, derived, put, turn, twin

_MEANS = [f"people_{when}" for when in ("working_days", "other_days", "by_day", "by_night")]


def _shared(column: str, some: pl.Expr, share: float) -> Change:
    """The rows of some groups have so many times as much together as all others."""
    return turn(**{column: pl.when(some).then(share / some.sum()).otherwise(1 / (~some).sum())})


PEOPLE: dict[str, dict[str, Bite | list[Bite]]] = {
    "residents": {
        "RES-elderly-are-part": [
            Bite(_shared("residents", pl.col("people_group") == "elderly", share), seen=share) for share in (0.02, 0.61)
        ],
    },
    "street_people": {
        "PVS-sexes-and-ages-agree": Bite(
            turn(passages=pl.when(pl.col("people_group") == "female").then(498).otherwise("passages")), seen=0.002
        ),
    },
    "building_register": {"BLD-built-known": Bite(turn(built_on=pl.lit(None, pl.Date)), seen=1.0)},
    "people_area_month": {
        **derived("MPAM", twin("area", 1, 2)),
        **{
            f"MPAM-required-{name}": Bite(put(**{name: [None]}), broken=1)
            for name in ("area", "area_level", "days", "days_expected")
        },
        "MPAM-101": Bite(put(days=[32]), seen=1),
        "MPAM-102": [Bite(put(**{name: [3.9]}), seen=3.9) for name in _MEANS],
    },
    "residents_change_quarter": {
        **derived("MRCQ", twin("area", 1, 2)),
        **{
            f"MRCQ-required-{name}": Bite(put(**{name: [None]}), broken=1)
            for name in ("area", "area_level", "residents")
        },
        "MRCQ-101": Bite(put(mapped=[1.0001]), seen=1.0001),
    },
    "sensor_passages_day": {
        **derived("MSPD", twin("place")),
        **{f"MSPD-required-{name}": Bite(put(**{name: [None]}), broken=1) for name in ("place", "passages")},
        "MSPD-101": Bite(put(passages=[-1]), seen=-1),
    },
}
# Of a group less, and women and men are no longer as many as the ages.
ALSO_OF_PEOPLE: dict[str, list[str]] = {
    f"PVS-{rule}": ["PVS-sexes-and-ages-agree"]
    for rule in (
        *("required-area", "required-time", "required-people_group", "required-passages"),
        *("passages-range", "groups-words"),
    )
}
