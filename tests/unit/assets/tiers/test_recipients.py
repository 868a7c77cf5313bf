"""Which metrics of a city are private: all that read a private feed in any way."""

from __future__ import annotations

from dataclasses import replace

from assets.pack.city import City
from assets.tiers.recipients import private_metrics
from tests.worlds.files import seoul


def with_private(city: City, feed: str) -> City:
    contract = city.contracts[feed].model_copy(update={"classification": "private-aggregate"})
    return replace(city, contracts={**city.contracts, feed: contract})


def test_a_metric_that_reads_a_private_register_is_private():
    city = seoul()
    metric = "transit_coverage_500m_residents_month"  # of stops, and outlines that it reads as a register
    assert metric not in private_metrics(city)
    assert metric in private_metrics(with_private(city, "bus_stops"))
    assert metric in private_metrics(with_private(city, "boundaries"))
