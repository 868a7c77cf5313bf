"""A metric whose mart can never have a row that it asks for is one that the city cannot have: the check says why."""

from dataclasses import replace

import pytest

from assets.metrics.entries import platform_entries
from assets.metrics.sources import sources_of, why_not
from assets.pack.corrections import Correction
from tests.worlds.measuring_town import feed, town

COLUMNS = ["place", "area", "time", "pm25", "pm10"]
AIR = feed("air", "air_quality", COLUMNS, network="reference")
COARSE = feed("air", "air_quality", ["place", "area", "time", "pm10"], network="reference")
LOW = feed("low", "air_quality", COLUMNS, network="low_cost")
OF_NONE = feed("low", "air_quality", COLUMNS)
LINEAR = Correction(network="low_cost", quantity="pm25", by="linear", witness="reference", days=30)
OTHER = LINEAR.model_copy(update={"quantity": "pm10"})


def why(metric, *feeds, corrections=()):
    city = replace(town(*feeds), corrections=corrections)
    entry = platform_entries()[metric].entry
    said = why_not(entry, city)
    assert (said is None) == bool(sources_of(entry, city))
    return said


def test_a_network_is_off_a_witness_that_there_is():
    assert why("network_bias", AIR, LOW) is None
    said = "network_agreement cannot give it: it has rows of each cheap network and quantity that the reference network"
    assert why("network_bias", LOW) == f"{said} measures, too, here of none"
    assert why("network_bias", AIR) == f"{said} measures, too, here of none"
    where = "network = 'low_cost' AND quantity = 'pm25'"
    there = "low_cost reference pm10"
    assert why("network_bias", COARSE, LOW) == f"{said} measures, too, here of {there}, and none is where {where}"


@pytest.mark.parametrize("metric", ["sensor_trusted_share", "sensor_judged_share"])
def test_places_are_judged_of_networks_that_there_are(metric):
    assert why(metric, LOW) is None
    assert "here of reference pm25; reference pm10, and none is where" in why(metric, AIR)
    assert "of no network pm25" in why(metric, OF_NONE)


def test_what_is_corrected_otherwise_is_no_metric_of_a_correction():
    assert why("sensor_pm25_linear_mean", AIR, LOW, corrections=(LINEAR,)) is None
    both = (LINEAR, OTHER)
    assert why("sensor_pm10_linear_mean", AIR, LOW, corrections=both) is None
    for metric in ("sensor_pm25_humidity_mean", "sensor_pm10_linear_mean"):
        said = why(metric, AIR, LOW, corrections=(LINEAR,))
        assert "each correction of metrics.yaml, here of low_cost pm25 linear, and none is where" in said
    assert "corrects no network" in why("sensor_pm25_linear_mean", AIR, LOW)


def test_a_line_without_its_witness_is_none():
    assert "here of none" in why("sensor_pm25_linear_mean", COARSE, LOW, corrections=(LINEAR,))
