"""Thermal indices against the golden values, their ranges, and what humidity and wind must do to them."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
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


def test_wind_chill_golden():
    assert at(heat.wind_chill, -10, 20) == pytest.approx(-17.86, abs=5e-3)


def test_wind_chill_at_its_limits():
    # ln 4.8 = 1.568616, 4.8^.16 = 1.285282: 13.12 + 6.215 - 14.613656 + 5.096143
    assert at(heat.wind_chill, 10, 4.8) == pytest.approx(9.8175, abs=5e-4)
    assert at(heat.wind_chill, -40, 4.8) is not None
    assert at(heat.wind_chill, 10.01, 20) is None
    assert at(heat.wind_chill, -40.01, 20) is None
    assert at(heat.wind_chill, -10, 4.79) is None


@pytest.mark.parametrize(
    ("temp", "wind"), [(None, 20), (-10, None), (math.nan, 20), (-10, math.nan), (-10, math.inf), (-10, -20)]
)
def test_wind_chill_of_no_measurement(temp, wind):
    assert at(heat.wind_chill, temp, wind) is None


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


@settings(deadline=None)
@given(
    temp=st.floats(10, 45),
    humidity=st.tuples(st.floats(5, 99), st.floats(5, 99)).filter(lambda pair: pair[1] - pair[0] > 0.1),
)
def test_humidity_makes_it_hotter(temp, humidity):
    for function in (heat.wet_bulb_stull, heat.apparent_temperature_summer):
        assert at(function, temp, humidity[0]) < at(function, temp, humidity[1])


@settings(deadline=None)
@given(
    temp=st.floats(-40, 10),
    wind=st.tuples(st.floats(4.8, 150), st.floats(4.8, 150)).filter(lambda pair: pair[1] - pair[0] > 0.1),
)
def test_wind_makes_it_colder(temp, wind):
    # d/dV has the sign of .3965*T - 11.37, negative below 28.7 C.
    assert at(heat.wind_chill, temp, wind[0]) > at(heat.wind_chill, temp, wind[1])


def test_one_bad_row_leaves_the_others():
    frame = pl.DataFrame({"t": [33, 99, 30], "h": [60, 60, 80]})  # integers, as some feeds send them
    values = frame.select(heat.apparent_temperature_summer(pl.col("t"), pl.col("h"))).to_series()
    assert values.dtype == pl.Float64
    assert values.name == "t"
    assert frame.select(heat.wind_chill(pl.col("t"), pl.col("h"))).columns == ["t"]
    assert values[1] is None
    assert values[2] == pytest.approx(32.09, abs=5e-3)


def test_thresholds():
    assert dict(heat.HEAT_THRESHOLDS_C) == {"warning": 33.0, "alert": 35.0, "severe": 38.0}
