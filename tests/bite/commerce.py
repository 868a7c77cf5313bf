"""Bites of the marts of trade, searches and recovery, whose good days are in tests/worlds/good_days.py."""

from __future__ import annotations

from tests.support.bites import Bite, derived, put, twin

_REQUIRED = {
    "industry_mix": ("area", "area_level", "industry", "businesses", "all_businesses", "share"),
    "trade_sales_quarter": (
        "area",
        "area_level",
        "cells",
        "cells_masked",
        "shops",
        "industries",
        "amount",
        "payments",
        "amount_weekdays",
        "amount_weekends",
        "amount_night",
        "weekdays",
        "weekend_days",
    ),
}
COMMERCE: dict[str, dict[str, Bite | list[Bite]]] = {
    "industry_mix": {
        **derived("MIND", twin("industry")),
        # a share less, and the rest of its area is not one
        **{
            f"MIND-required-{column}": Bite(put(**{column: [None]}), broken=1, also=["MIND-101"])
            for column in _REQUIRED["industry_mix"]
        },
        "MIND-101": Bite(put(share=[0.26]), seen=0.01),
    },
    "trade_area_quarter": {
        **derived("MTAQ", twin("trade_area")),
        "MTAQ-required-trade_area": Bite(put(trade_area=[None]), broken=1),
        "MTAQ-101": Bite(put(change_check=["contradicts"]), seen=1),
        "MTAQ-102": [Bite(put(concentration=[bad]), broken=1) for bad in (-0.001, 1.001)],
    },
    "trade_sales_quarter": {
        **derived("MTSQ", twin("area")),
        **{
            f"MTSQ-required-{column}": Bite(put(**{column: [None]}), broken=1)
            for column in _REQUIRED["trade_sales_quarter"]
        },
        "MTSQ-101": Bite(put(shops=[2]), broken=1),
        "MTSQ-102": Bite(put(amount_night=[1.001e9]), seen=1.001),
    },
    "search_signal": {
        **derived("MSEA", twin("topic")),
        "MSEA-required-topic": Bite(put(topic=[None]), broken=1),
        "MSEA-required-weeks": Bite(put(weeks=[None]), broken=1),
        "MSEA-101": Bite(put(year_on_year=[-100.1]), broken=1),
    },
    "transit_recovery_week": {
        **derived("MREC", twin("base")),
        "MREC-required-base": Bite(put(base=[None]), broken=1),
        "MREC-required-feed": Bite(put(feed=[None]), broken=1),
        "MREC-101": Bite(put(recovery=[1_000.1]), broken=1),
    },
}
