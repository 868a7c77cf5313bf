"""Bites of energy, safety, demand and the platform: rules about whole days, and two marts."""

from __future__ import annotations

import polars as pl

from tests.support.bites import Bite, derived, put, turn, twin, without

SERVICES: dict[str, dict[str, Bite | list[Bite]]] = {
    "crime": {
        "CRM-cleared-by-recorded": [
            Bite(turn(cleared=pl.col("incidents") * 1.51), seen=1.51),
            Bite(turn(cleared=pl.col("incidents") * 0.19), seen=0.19),
        ],
    },
    "protest_notices": {"PRO-heads-there": Bite(turn(attendance=pl.lit(None, pl.Float64)), seen=1.0)},
    "incidents": {
        "INC-arrivals": Bite(turn(arrived_at=pl.lit(None, pl.Datetime("us"))), seen=1.0),
        "INC-response-possible": Bite(turn(arrived_at=pl.col("time") + pl.duration(minutes=61)), seen=1.0),
    },
    "budget": {
        "BUD-settled": Bite(without(pl.col("stage") == "settled"), seen=0),
        "BUD-one-currency": Bite(put(currency=["USD"]), seen=2),
    },
    "platform": {"PLT-whole": Bite(without(pl.col("source") == "all"), seen=0)},
    "request_kind_month": {
        **derived("MREQ", twin("kind")),
        "MREQ-required-kind": Bite(put(kind=[None]), broken=1),
        "MREQ-required-requests": Bite(put(requests=[None]), broken=1),
        "MREQ-required-requests_open": Bite(put(requests_open=[None]), broken=1),
        "MREQ-required-term_ended": Bite(put(term_ended=[None]), broken=1),
        "MREQ-required-in_term": Bite(put(in_term=[None]), broken=1),
        "MREQ-101": Bite(put(in_term=[81]), broken=1),
        "MREQ-102": Bite(put(requests_open=[91]), broken=1),
    },
    "electricity_area_year": {
        **derived("MELY", twin("area")),
        "MELY-required-area": Bite(put(area=[None]), broken=1),
        "MELY-required-months": Bite(put(months=[None]), broken=1),
        "MELY-101": Bite(put(energy_peak=[0.9e9]), broken=1),
        "MELY-102": [Bite(put(months=[bad]), broken=1) for bad in (0, 13)],
    },
}
# A district or station less, where each has one row or its rows stand together; a kind that is none is there twice.
ALSO_OF_SERVICES: dict[str, list[str]] = {
    **{f"CAM-required-{column}": ["CAM-districts"] for column in ("area", "kind", "time", "facilities")},
    "CAM-003": ["CAM-districts"],
    "CAM-facilities-range": ["CAM-districts"],
    "CRM-kind-known": ["CRM-003"],
    "CRM-stations": ["CRM-all-stations"],
    "CRM-kinds": ["CRM-all-kinds"],
    **{f"CRM-{column}-range": ["CRM-all-stations"] for column in ("incidents", "cleared")},
}
