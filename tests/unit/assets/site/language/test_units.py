"""How values are written: digits by unit and size, names of units by language."""

from __future__ import annotations

import pytest

from assets.metrics.entries import platform_metrics
from assets.metrics.reasons import SENTENCES
from assets.site.language.units import digits_of, unit_name, with_signs
from assets.site.language.words import SiteWords, messages_of


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (15.44, "ug/m3", "15.4 µg/m³"),
        (0.4213, "ppm", "0.42 ppm"),
        (0.0015, "requests/1000", "0.0015 requests per 1,000 inhabitants"),
        (0.0, "requests/1000", "0.00 requests per 1,000 inhabitants"),
        (-0.04, "degC", "0.0 °C"),
        (-3.26, "degC", "−3.3 °C"),
        (61.0, "index", "61"),
        (20.5, "index", "20.5"),
        (9727709.4, "people", "9,727,709 people"),
        (1.0, "days", "1 day"),
        (0.5, "days", "0.5 days"),
        (3156055510.0, "kWh", "3.2 billion kWh"),
        (4378977.3, "KRW/m2", "4,378,977 KRW/m²"),
        (388.494, "KRW/kg", "388.49 KRW/kg"),
        (4.2, "degC h", "4.2 °C·h"),
        (0.2, "km2/km2", "0.20 km²/km²"),
        (7.0, "sheep_shorn/meadow", "7.0 sheep shorn per meadow"),
    ],
)
def test_a_value_has_the_digits_and_the_name_of_its_unit(value: float, unit: str, shown: str):
    assert SiteWords("en").value(value, unit).striptags() == shown


def test_the_element_keeps_the_value_unrounded():
    assert SiteWords("en").value(15.44, "ug/m3") == '<data value="15.44">15.4</data> <span class="unit">µg/m³</span>'


def test_rounding_never_hides_on_which_side_of_the_target_a_value_is():
    assert SiteWords("en").figure(15.04, "ug/m3", 15) == "15.04"
    assert SiteWords("en").figure(14.9996, "ug/m3", 15) == "14.9996"
    assert SiteWords("en").figure(15.0, "ug/m3", 15) == "15.0"
    assert digits_of(50.0004, "index", 50) == 4


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "1,234.50"), ("ru", "1\N{NO-BREAK SPACE}234,50"), ("id", "1.234,50")]
)
def test_numbers_are_written_as_the_language_writes_them(language: str, shown: str):
    assert SiteWords(language).number(1234.5, 2) == shown


@pytest.mark.parametrize("language", SENTENCES.languages())
def test_every_unit_of_every_metric_that_there_is_has_a_name(language: str):
    units = {one.unit for one in platform_metrics().values()}
    asked = set[str]()

    def asks(key: str, **gaps: object) -> str:
        asked.add(key.removeprefix("units."))
        return ""

    for unit in units:
        unit_name(unit, asks)
    assert len(units) > 40
    assert asked - set(messages_of("units").part(language, "messages")) == set()


def test_a_text_of_a_pack_has_units_as_they_are_printed():
    assert with_signs("WHO 2021, 24 hours: 25 ug/m3 at 25 degC") == "WHO 2021, 24 hours: 25 µg/m³ at 25 °C"
