"""What is asked where nothing says a unit or a zone: no value may be published wrong without a question beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from assets.propose.proposal import Proposal
from tests.support.proposals.shapes import SEOUL, one


def _weather(temperatures: Sequence[float], **others: str) -> Proposal:
    """What is proposed for hourly weather of a city in a metric country; `others` have one text in each row."""
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        ",".join(["a", f"{begin + timedelta(hours=hour):%Y-%m-%d %H:%M}", f"{one:g}", *others.values()])
        for hour, one in enumerate(temperatures)
    ]
    return one("\n".join([",".join(["station", "time", "temperature", *others]), *rows]), SEOUL).proposal


def _doubted(found: Proposal) -> set[str]:
    return {str(doubt.key[1]) for doubt in found.doubts if doubt.key[:1] == ("columns",) and len(doubt.key) > 1}


def test_whole_degrees_that_are_too_far_apart_are_fahrenheit_and_so_is_what_stands_beside_them() -> None:
    found = _weather([-35, -8, 45, 60] * 6, visibility="6.2", wind_speed="12")
    columns = found.document["columns"]
    units = {name: columns[name]["unit"] for name in ("temperature", "visibility", "wind_speed")}
    assert units == {"temperature": "degF", "visibility": "mi", "wind_speed": "mph"}
    assert set(units) <= _doubted(found)


def test_a_unit_that_nothing_says_is_asked_where_values_may_be_of_another() -> None:
    """20 degrees may be degC or degF, 9 m/s or km/h; with tenths they are metric, where the country is."""
    whole = _weather([20, 21] * 12, wind_speed="4", visibility="9")
    assert {"temperature", "wind_speed", "visibility"} <= _doubted(whole)
    assert not {"temperature", "wind_speed"} & _doubted(_weather([20.4, 21.1] * 12, wind_speed="3.4"))
    assert "wind_speed" in _doubted(_weather([20.4, 21.1] * 12, wind_speed="11.6"))


@pytest.mark.parametrize(("warmest", "asks"), [(7, True), (14, False), (23, True)])
def test_clocks_by_which_it_is_warmest_in_the_night_are_asked_for(warmest: int, asks: bool) -> None:
    found = _weather([10.5 - abs((hour - warmest + 12) % 24 - 12) / 2 for hour in range(96)])
    assert any("warmest at" in doubt.text for doubt in found.doubts if doubt.key == ("columns", "time")) is asks
