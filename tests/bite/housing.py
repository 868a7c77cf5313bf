"""Bites of the marts of sales and of regeneration, whose good days are in tests/worlds/good_days.py."""

from __future__ import annotations

from tests.support.bites import Bite, derived, put, twin

_SALES = (
    "area",
    "area_level",
    "contracts",
    "cancelled",
    "standing",
    "possible_duplicates",
    "prices",
    "readings",
    "readings_expected",
)


def _of_sales(prefix: str) -> dict[str, Bite | list[Bite]]:
    return {
        **derived(prefix, twin("area")),
        **{f"{prefix}-required-{column}": Bite(put(**{column: [None]}), broken=1) for column in _SALES},
        f"{prefix}-101": Bite(put(cancelled=[101]), seen=1),
        f"{prefix}-102": Bite(put(prices=[4]), seen=4),
    }


HOUSING: dict[str, dict[str, Bite | list[Bite]]] = {
    "dwelling_sales_month": _of_sales("MDSM"),
    "dwelling_sales_quarter": _of_sales("MDSQ"),
    "regeneration_area_year": {
        **derived("MREG", twin("area")),
        **{
            f"MREG-required-{column}": Bite(put(**{column: [None]}), broken=1)
            for column in ("area", "area_level", "criteria_known", "criteria_met", "result")
        },
        "MREG-101": Bite(put(result=["unknown"]), broken=1),
        "MREG-102": Bite(put(residents_highest=[399_999]), broken=1),
    },
}
