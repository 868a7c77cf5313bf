"""Thermal indices against the golden values, their ranges, and what humidity must do to them."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas import heat


def at(function, first: float | None, second: float | None) -> float | None:
    frame = pl.DataFrame({"a": [first], "b": [second]}, schema={"a": pl.Float64, "b": pl.Float64})
    return frame.select(function(pl.col("a"), pl.col("b"))).item()


def test_wet_bulb_golden():
    assert at(heat.wet_bulb_stull, 20, 50) == pytest.approx(13.699, abs=5e-4)


def test_wet_bulb_extrapolates_below_the_fitted_range():
    # At 0 C and 0 % all terms but two vanish; the answer is documented as an extrapolation.
    assert at(heat.wet_bulb_stull, 0, 0) == pytest.approx(math.atan(1.67633) - 4.686035, abs=1e-9)


@pytest.mark.parametrize(
    ("temp", "humidity", "expected"), [(33, 60, 33.45), (35, 50, 34.46), (38, 40, 36.24), (30, 80, 32.09)]
)
def test_apparent_temperature_golden(temp, humidity, expected):
    assert at(heat.apparent_temperature_summer, temp, humidity) == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize(
    ("temp", "humidity", "threshold", "expected"),
    [
        (35, 50, 33, 1.458),
        (38, 40, 33, 3.240),
        (30, 60, 33, 0),
        (30, 60, 30, 0.444),
        (None, 60, 33, None),
        (50, 60, 33, None),
    ],
)
def test_heat_above_a_threshold_is_never_below_0(temp, humidity, threshold, expected):
    found = at(lambda a, b: heat.apparent_heat_above(a, b, pl.lit(threshold)), temp, humidity)
    assert found == (None if expected is None else pytest.approx(expected, abs=5e-4))


@pytest.mark.parametrize("function", [heat.wet_bulb_stull, heat.apparent_temperature_summer])
@pytest.mark.parametrize(
    ("temp", "humidity", "known"),
    [
        (45, 50, True),
        (45.01, 50, False),
        (-40, 50, True),
        (-40.01, 50, False),
        (20, 0, True),
        (20, -0.01, False),
        (20, 100, True),
        (20, 100.01, False),
        (None, 50, False),
        (20, None, False),
        (math.nan, 50, False),
        (20, math.nan, False),
    ],
)
def test_humid_formulas_answer_only_in_range(function, temp, humidity, known):
    result = at(function, temp, humidity)
    assert (result is not None) == known
    assert result is None or math.isfinite(result)


@given(
    temp=st.floats(10, 45),
    humidity=st.tuples(st.floats(5, 99), st.floats(5, 99)).filter(lambda pair: pair[1] - pair[0] > 0.1),
)
def test_humidity_makes_it_hotter(temp, humidity):
    for function in (heat.wet_bulb_stull, heat.apparent_temperature_summer):
        assert at(function, temp, humidity[0]) < at(function, temp, humidity[1])


def test_one_bad_row_leaves_the_others():
    frame = pl.DataFrame({"t": [33, 99, 30], "h": [60, 60, 80]})  # integers, as some feeds send them
    values = frame.select(heat.apparent_temperature_summer(pl.col("t"), pl.col("h"))).to_series()
    assert values.dtype == pl.Float64
    assert values.name == "t"
    assert values[1] is None
    assert values[2] == pytest.approx(32.09, abs=5e-3)
