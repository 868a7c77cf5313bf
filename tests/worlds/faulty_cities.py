"""The cities in which all faults are tried, one for each pack, and the night in which it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from assets.pack.city import City
from simulator.catalogue import AT_THE_GATE
from tests.support.paths import REPOSITORY
from tests.worlds.faulty import FaultyCity
from tests.worlds.packs import pack_at

PACKS = {"seoul": REPOSITORY / "cities" / "seoul", "harbour": REPOSITORY / "tests" / "support" / "packs" / "harbour"}

NIGHT = date(2026, 7, 23)  # a wet Thursday of the heat season


def of_days(city: City) -> City:
    """The city without the figures of months and years: each night would make them anew, of days that are the same."""
    names = [name for name, metric in city.metrics.items() if metric.rule is None]
    return replace(
        city,
        metrics={name: city.metrics[name] for name in names},
        choices={name: city.choices[name] for name in names},
    )


def faulty_cities(root: Path) -> Callable[[str], FaultyCity]:
    """The city of each pack that has faults, made when it is first asked for, with all of its faults."""

    @cache
    def city_of(pack: str) -> FaultyCity:
        faults = [fault for fault in AT_THE_GATE if fault.pack == pack]
        return FaultyCity(of_days(pack_at(PACKS[pack])), NIGHT, root / pack, faults)

    return city_of
