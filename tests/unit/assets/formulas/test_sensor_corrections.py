"""Corrections that the platform makes: lines of the days before, and the formula of humidity."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas.sensor_corrections import LEAST_DAYS, fitted_lines, on_line, without_humidity

DAY = date(2020, 6, 1)
VALUES = st.floats(0.5, 400, allow_nan=False)
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=LEAST_DAYS, max_size=60)


def line(pairs, first=1, days=90):
    """The line of DAY from (own, witness) of so many days before it, the first pair `first` days before."""
    rows = [(DAY, DAY - timedelta(days=first + n), "n", *pair) for n, pair in enumerate(pairs)]
    medians = pl.DataFrame(rows, schema=["start", "day", "network", "own", "witness"], orient="row")
    (found,) = fitted_lines(medians, ("network",), "start", pl.lit(days)).rows(named=True) or [{}]
    return found


def on(pairs, value):
    found = line(pairs)
    frame = pl.DataFrame({"x": [value], **{name: [found[name]] for name in ("slope", "intercept")}})
    return frame.select(on_line(pl.col("x"), pl.col("slope"), pl.col("intercept")).alias("y"))["y"].item()


def test_days_on_a_line_give_the_line():
    found = line([(float(n), 2.0 * n + 1) for n in range(25)])
    assert (found["slope"], found["intercept"]) == (pytest.approx(2), pytest.approx(1))
    assert (found["fitted_days"], found["fitted_since"], found["fitted_until"]) == (
        25,
        DAY - timedelta(days=25),
        DAY - timedelta(days=1),
    )


@given(VALUES)
def test_a_line_of_slope_one_through_zero_changes_nothing(value: float):
    assert on([(float(n), float(n)) for n in range(LEAST_DAYS)], value) == pytest.approx(value, rel=1e-9)


@given(PAIRS, st.tuples(VALUES, VALUES), st.integers(-30, 0))
def test_no_line_knows_of_its_own_day_or_of_a_later_one(pairs, other, late: int):
    rows = [(DAY, DAY - timedelta(days=1 + n), "n", *pair) for n, pair in enumerate(pairs)]
    schema = ["start", "day", "network", "own", "witness"]
    medians = pl.DataFrame(rows, schema=schema, orient="row")
    also = pl.DataFrame([(DAY, DAY - timedelta(days=late), "n", *other)], schema=schema, orient="row")
    with_it = fitted_lines(pl.concat([medians, also]), ("network",), "start", pl.lit(90))
    assert with_it.equals(fitted_lines(medians, ("network",), "start", pl.lit(90)))


def test_days_on_which_units_were_mixed_up_have_no_part():
    near, mixed = [(float(n), 2.0 * n) for n in range(5, 30)], [(0.02, 25.0 + n) for n in range(13)]
    assert line([*mixed, *near]) == line(near, first=14)
    assert line([*mixed, *near[:17]])["slope"] is None  # 17 days are left of 30


def test_days_before_the_window_have_no_part():
    near, far = [(float(n), 2.0 * n) for n in range(30)], [(float(n), 9.0) for n in range(30)]
    assert line([*near, *far], days=30) == line(near, days=30)
    assert line([*near, *far], days=60)["slope"] != pytest.approx(2)


@pytest.mark.parametrize(
    "pairs",
    [
        [(float(n), float(n)) for n in range(LEAST_DAYS - 1)],
        [(5.0, float(n)) for n in range(30)],
        [(float(n), 30.0 - n) for n in range(30)],
    ],
    ids=["too few days", "the network does not change", "it falls where its witness rises"],
)
def test_there_is_no_line_where_days_give_none(pairs):
    assert line(pairs)["slope"] is None
    assert on(pairs, 10.0) is None


def test_days_of_one_side_alone_do_not_count():
    whole = [(float(n), float(n)) for n in range(25)]
    assert line([*whole, (None, 3.0), (3.0, None)])["fitted_days"] == 25


def test_humidity_is_taken_out_by_the_formula_of_2021():
    readings = pl.DataFrame({"x": [10.0, 343.0, 400.0, 10.0, None], "rh": [50.0, 50.0, 50.0, None, 50.0]})
    found = readings.select(y=without_humidity(pl.col("x"), pl.col("rh")))["y"].to_list()
    assert found[:3] == [pytest.approx(6.65), pytest.approx(179.81), pytest.approx(249.85)]
    assert found[3:] == [None, None]
