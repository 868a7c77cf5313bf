"""Bites of the marts of corrections."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.bites import Bite, derived, put, twin


def _required(prefix: str, *names: str) -> dict[str, Bite | list[Bite]]:
    return {f"{prefix}-required-{name}": Bite(put(**{name: [None]}), broken=1) for name in names}


CORRECTIONS: Mapping[str, dict[str, Bite | list[Bite]]] = {
    "correction_day": {
        **derived("MCRD", twin("quantity")),
        **_required("MCRD", "feed", "quantity", "raw", "rows", "null_share", "raw_null_share"),
        "MCRD-101": [Bite(put(null_share=[-0.01]), broken=1), Bite(put(null_share=[1.01]), broken=1)],
    },
    "correction_change": {
        **derived("MCRC", twin("figure")),
        **_required("MCRC", "feed", "quantity", "figure", "days", "days_before"),
        "MCRC-changed": Bite(put(changed=[1]), broken=1),
    },
    "correction_basis": {
        **derived("MCRB", twin("quantity")),
        **_required("MCRB", "network", "quantity", "witness_network", "own", "places", "witness", "witness_places"),
        "MCRB-101": Bite(put(witness_places=[0]), broken=1),
    },
    "corrected_day": {
        **derived("MCRR", twin("place")),
        **_required(
            "MCRR",
            *("network", "quantity", "place", "feed", "by", "correction", "corrected_from"),
            *("readings", "readings_expected"),
        ),
        "MCRR-101": Bite(put(by=["twice"]), broken=1),
        "MCRR-102": Bite(put(slope=[0.0]), broken=1),
    },
}
