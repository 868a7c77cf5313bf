"""Faults that no single reading gives away: by which rule of the watch each is seen, and after how many nights.

The nights are those of the simulated Seoul, through the functions that make mart.place_day, place_health,
network_agreement and correction_change; no night passes a gate here.
"""

from __future__ import annotations

import pytest

from assets.watch.flags import QcRule
from assets.watch.witness import Stand
from simulator.catalogue import FAULTS, named
from tests.support.faults_table import TABLE, watched_row
from tests.worlds.watched_nights import CORRECTION, MOST_NIGHTS, NETWORK, RULES, WatchedNights, said

WATCHED = [fault.name for fault in FAULTS if fault.watched is not None]


@pytest.fixture(scope="module")
def nights() -> WatchedNights:
    return WatchedNights()


@pytest.mark.parametrize("name", WATCHED)
def test_it_is_seen_after_as_many_nights_as_the_catalogue_says(name: str, nights: WatchedNights) -> None:
    fault = named(name)
    assert nights.first_night(fault) == said(fault).nights
    assert watched_row(fault) in TABLE.read_text(encoding="utf-8").splitlines(), "docs/faults.md: `make faults`"


@pytest.mark.parametrize("name", [name for name in WATCHED if said(named(name)).by not in (NETWORK, CORRECTION)])
def test_no_place_is_flagged_that_is_not_broken(name: str, nights: WatchedNights) -> None:
    fault = named(name)
    rule, night = RULES[said(fault).by], said(fault).nights
    assert nights.flagged(night, fault, rule) <= nights.broken(fault)
    assert nights.flagged(night, None, rule) == set()


def test_without_a_fault_the_network_is_good_in_every_night(nights: WatchedNights) -> None:
    assert {stand for _, stand in nights.stands(None)} == {Stand.GOOD}


def test_what_all_sensors_do_shows_beside_no_neighbour(nights: WatchedNights) -> None:
    """They drift with it: it takes the witness."""
    with_drift, without = (
        nights.flagged(MOST_NIGHTS, fault, QcRule.NEIGHBOURS) for fault in (named("sdot-drift"), None)
    )
    assert len(with_drift ^ without) <= 3  # of 300, some of which are near the limit


def test_a_gateway_that_is_a_day_late_is_flagged_once(nights: WatchedNights) -> None:
    """From the second night on its days differ, and its sensors agree with each other: nothing says it any more."""
    fault = named("sdot-gateway-again")
    assert nights.flagged(2, fault, QcRule.FLAT_LINE) == set()


def test_what_is_not_corrected_is_held_against_the_stations_weeks_later(nights: WatchedNights) -> None:
    assert nights.first_night_of_network(named("sdot-correction-off")) == 18


def test_a_correction_that_goes_on_has_not_changed_in_any_weather(nights: WatchedNights) -> None:
    """In these 40 nights between none and half of all readings stay as they were counted, by rounding alone."""
    changed = (nights.corrections_changed(night, None) for night in range(1, MOST_NIGHTS + 1))
    assert set().union(*changed) == set()
