"""Energy means of sound levels: golden values, and the properties that an arithmetic mean would break."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas import noise

levels = st.floats(0, 200)


def leq_of(values: list[float | None]) -> float | None:
    return pl.DataFrame({"l": pl.Series(values, dtype=pl.Float64)}).select(noise.leq(pl.col("l"))).item()


def test_leq_golden():
    assert leq_of([45, 48, 70]) == pytest.approx(65.27, abs=5e-3)


def test_leq_by_hand():
    # Half the energy is 10*lg 2 = 3.0103 dB less; the quiet half adds nothing one could see.
    assert leq_of([80, 0]) == pytest.approx(80 - 3.0103, abs=1e-4)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -math.inf, -9999.0, -0.1, 200.1])
def test_leq_leaves_out_what_is_no_level(missing):
    assert leq_of([60, missing, 60]) == pytest.approx(60)
    assert leq_of([missing]) is None


def test_leq_of_nothing_is_unknown():
    assert leq_of([]) is None


def test_leq_aggregates_by_group():
    frame = pl.DataFrame({"g": ["a", "a", "b", "c"], "l": [80, 80, 50, None]})
    result = frame.group_by("g").agg(noise.leq(pl.col("l"))).sort("g")["l"].to_list()
    assert result == [pytest.approx(80), pytest.approx(50), None]


@given(st.lists(levels, min_size=1, max_size=50))
def test_leq_lies_between_the_arithmetic_mean_and_the_loudest(values):
    result = leq_of(values)
    assert result >= math.fsum(values) / len(values) - 1e-9
    assert result <= max(values) + 1e-9


@given(levels, st.integers(1, 50))
def test_leq_of_a_constant_is_the_constant(level, count):
    assert leq_of([level] * count) == pytest.approx(level, abs=1e-9)


@given(st.lists(levels, min_size=1, max_size=50).flatmap(lambda v: st.tuples(st.just(v), st.permutations(v))))
def test_leq_does_not_depend_on_order(pair):
    assert leq_of(pair[0]) == pytest.approx(leq_of(pair[1]), abs=1e-9)
