"""Energy means of sound levels: golden values, and the properties that an arithmetic mean would break."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.formulas import noise

levels = st.floats(0, 200)


def leq_of(values: list[float | None]) -> float | None:
    return pl.DataFrame({"l": pl.Series(values, dtype=pl.Float64)}).select(noise.leq(pl.col("l"))).item()


def lden_of(day: float | None, evening: float | None, night: float | None) -> float | None:
    frame = pl.DataFrame({"d": [day], "e": [evening], "n": [night]}, schema=dict.fromkeys("den", pl.Float64))
    return frame.select(noise.lden(pl.col("d"), pl.col("e"), pl.col("n"))).item()


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


@settings(deadline=None)
@given(st.lists(levels, min_size=1, max_size=50))
def test_leq_lies_between_the_arithmetic_mean_and_the_loudest(values):
    result = leq_of(values)
    assert result >= math.fsum(values) / len(values) - 1e-9
    assert result <= max(values) + 1e-9


@settings(deadline=None)
@given(levels, st.integers(1, 50))
def test_leq_of_a_constant_is_the_constant(level, count):
    assert leq_of([level] * count) == pytest.approx(level, abs=1e-9)


@settings(deadline=None)
@given(st.lists(levels, min_size=1, max_size=50).flatmap(lambda v: st.tuples(st.just(v), st.permutations(v))))
def test_leq_does_not_depend_on_order(pair):
    assert leq_of(pair[0]) == pytest.approx(leq_of(pair[1]), abs=1e-9)


@pytest.mark.parametrize(("periods", "expected"), [((60, 58, 52), 61.34), ((50, 50, 50), 56.40)])
def test_lden_golden(periods, expected):
    assert lden_of(*periods) == pytest.approx(expected, abs=5e-3)


def test_lden_keeps_the_name_of_the_day():
    frame = pl.DataFrame({"d": [50], "e": [50], "n": [50]})
    assert frame.select(noise.lden(pl.col("d"), pl.col("e"), pl.col("n"))).columns == ["d"]


def test_lden_weighs_the_periods():
    # One loud period decides: 12/24 = -3.0103; 4/24 = -7.7815, +5; 8/24 = -4.7712, +10 dB.
    assert lden_of(100, 0, 0) == pytest.approx(96.9897, abs=1e-3)
    assert lden_of(0, 100, 0) == pytest.approx(97.2185, abs=1e-3)
    assert lden_of(0, 0, 100) == pytest.approx(105.2288, abs=1e-3)


def test_lden_penalty_does_not_push_a_level_out_of_range():
    assert lden_of(198, 198, 198) == pytest.approx(204.40, abs=5e-3)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -9999.0, 201.0])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_lden_needs_all_three_periods(place, missing):
    periods = [60.0, 58.0, 52.0]
    periods[place] = missing
    assert lden_of(*periods) is None


@settings(deadline=None)
@given(levels, levels, levels)
def test_lden_is_never_below_the_24_h_level(day, evening, night):
    plain = leq_of([day] * 12 + [evening] * 4 + [night] * 8)
    assert lden_of(day, evening, night) >= plain - 1e-9


def test_thresholds():
    assert (noise.LDEN_THRESHOLD_DB, noise.LNIGHT_THRESHOLD_DB) == (55, 50)
