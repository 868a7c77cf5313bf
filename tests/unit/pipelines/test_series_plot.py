"""The series of a metric on Dagster's pages: a curve with its gaps, on a scale in which its target lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import unquote
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from assets.site.figures.spark import HEIGHT, WIDTH, spark, spark_alone
from pipelines.series_plot import STARTS, Series, as_markdown

FIRST = date(2026, 5, 1)
OPENED_BY_ITSELF = 1000  # characters: Dagster 1.13 shows longer Markdown behind a button
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _series(values: Sequence[float | None], target: float | None = None, unit: str = "dB") -> Series:
    return Series("noise_leq", unit, target, [FIRST + timedelta(days=n) for n in range(len(values))], values)


def _paths(series: Series) -> list[str]:
    return [path.attrib["d"] for path in ElementTree.fromstring(unquote(spark_alone(series.values, series.target)))]


def test_a_gap_breaks_the_curve_and_a_value_between_two_gaps_is_a_dash() -> None:
    # five days on 360 pixels: a step of 90; values 0..10 on the pixels 38 (low) to 2 (high), so 5 lies on 20
    assert _paths(_series([0.0, 10.0, None, 5.0, None])) == ["M0 38l90-36M270 20h2"]


def test_the_target_is_a_line_on_the_same_scale() -> None:
    # the scale is 0..20: the target lies on its highest pixel, 10 in the middle
    assert _paths(_series([0.0, 10.0], target=20.0)) == ["M0 2h360", "M0 38l360-18"]


def test_a_target_far_away_is_said_and_not_drawn() -> None:
    far = _series([0.0, 10.0], target=21.0)
    assert _paths(far) == ["M0 38l360-36"]
    assert "target 21" in as_markdown(far)


@given(
    st.lists(st.none() | FINITE, min_size=2, max_size=STARTS).filter(
        lambda values: len(values) - values.count(None) > 1
    )
)
def test_the_picture_is_that_of_the_tile_on_the_site(values: list[float | None]) -> None:
    tile = ElementTree.fromstring(str(spark(values, None, "x")))
    (of_tile,) = [path.attrib["d"] for path in tile.iter("path")]
    (alone,) = _paths(_series(values))
    assert re.sub(r"[-0-9 ]+", " ", of_tile) == re.sub(r"[-0-9 ]+", " ", alone)  # the same moves, lines and gaps
    assert tile.find("circle") is not None


def test_the_figures_stand_below() -> None:
    said = as_markdown(_series([1234.5, None, 2.0, None], target=15.25, unit="*x*")).split("\n\n")[1]
    assert said == r"2 \*x\* on 2026-05-03; 2 to 1,234 since 2026-05-01, target 15.25"


@given(st.lists(st.none() | FINITE, min_size=1, max_size=STARTS).filter(any), st.none() | FINITE)
def test_whatever_the_values_the_picture_is_whole_and_opens_by_itself(
    values: list[float | None], target: float | None
) -> None:
    series = _series(values, target)
    assert len(as_markdown(series)) < OPENED_BY_ITSELF
    for path in _paths(series):
        x, y = 0, 0
        for sign, numbers in re.findall(r"([Mlh])([-0-9 ]+)", path):
            found = [int(part) for part in re.findall(r"-?\d+", numbers)]
            x, y = (found[0], found[1]) if sign == "M" else (x + found[0], y + (found[1] if sign == "l" else 0))
            assert 0 <= x <= WIDTH + 2
            assert 0 <= y <= HEIGHT
