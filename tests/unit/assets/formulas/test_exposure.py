"""Weighting and rates: values worked by hand, and every way in which a number is not known."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas import exposure

rows = st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0.01, 1e7)), min_size=1, max_size=50)


def weighted(values: list, weights: list) -> float | None:
    frame = pl.DataFrame({"v": values, "w": weights}, schema={"v": pl.Float64, "w": pl.Float64})
    return frame.select(exposure.weighted_mean(pl.col("v"), pl.col("w"))).item()


def covered(weights: list, valid: list) -> float | None:
    frame = pl.DataFrame({"w": weights, "ok": valid}, schema={"w": pl.Float64, "ok": pl.Boolean})
    return frame.select(exposure.covered_share(pl.col("w"), pl.col("ok"))).item()


def rate(function, part: float | None, whole: float | None) -> float | None:
    frame = pl.DataFrame({"p": [part], "w": [whole]}, schema={"p": pl.Float64, "w": pl.Float64})
    return frame.select(function(pl.col("p"), pl.col("w")))["p"].item()  # named after the first argument


def test_weighted_mean_by_hand():
    assert weighted([10, 20], [300, 100]) == pytest.approx(12.5)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_missing_value_takes_its_weight_with_it(missing):
    # 12.5 again; were the weight of the third row kept, (3000 + 2000)/1400 = 3.57.
    assert weighted([10, 20, missing], [300, 100, 1000]) == pytest.approx(12.5)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_missing_weight_takes_its_value_with_it(missing):
    assert weighted([10, 20, 90], [300, 100, missing]) == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("values", "weights"),
    [
        ([], []),
        ([10, 20], [0, 0]),
        ([10, 20], [None, None]),
        ([None, None], [1, 1]),
        ([10, None], [0, 5]),  # weight only where nothing is known
        ([10, 20], [300, -1]),
        ([10, None], [300, -1]),  # a negative weight is a fault even where it would not be used
        ([10, 20], [1, -1]),
    ],
)
def test_weighted_mean_unknown(values, weights):
    assert weighted(values, weights) is None


def test_weighted_mean_sums_in_double_precision():
    # In Float32 16,777,216 + 1 is 16,777,216: the last thousand people would vanish.
    frame = pl.DataFrame({"v": [0.0] + [1.0] * 1000, "w": [16_777_216.0] + [1.0] * 1000})
    frame = frame.cast(pl.Float32)
    result = frame.select(exposure.weighted_mean(pl.col("v"), pl.col("w"))).to_series()
    assert result.dtype == pl.Float64
    assert result.item() == pytest.approx(1000 / 16_778_216, rel=1e-12)


def test_aggregates_work_by_group_on_integers():
    frame = pl.DataFrame({"g": ["a", "a", "b", "c"], "v": [10, 20, None, 5], "w": [3, 1, 4, -1]})
    result = frame.group_by("g").agg(
        mean=exposure.weighted_mean(pl.col("v"), pl.col("w")),
        share=exposure.covered_share(pl.col("w"), pl.col("v").is_not_null()),
    )
    assert result.sort("g").rows() == [("a", 12.5, 1.0), ("b", None, 0.0), ("c", None, None)]


@given(rows)
def test_weighted_mean_lies_between_the_extremes(pairs):
    values, weights = zip(*pairs, strict=True)
    assert min(values) - 1e-6 <= weighted(list(values), list(weights)) <= max(values) + 1e-6


@given(rows, st.floats(0.001, 1000))
def test_weighted_mean_is_free_of_the_unit_of_weight(pairs, factor):
    values, weights = zip(*pairs, strict=True)
    scaled = weighted(list(values), [weight * factor for weight in weights])
    assert scaled == pytest.approx(weighted(list(values), list(weights)), rel=1e-9, abs=1e-6)


@given(rows, st.floats(0.01, 1e7))
def test_equal_weights_give_the_plain_mean(pairs, weight):
    values = [value for value, _ in pairs]
    assert weighted(values, [weight] * len(values)) == pytest.approx(math.fsum(values) / len(values), abs=1e-6)


def test_rates_by_hand():
    assert rate(exposure.per_100k, 25, 500_000) == pytest.approx(5.0)
    assert rate(exposure.per_inhabitant, 1200, 400) == pytest.approx(3.0)


@pytest.mark.parametrize("function", [exposure.per_100k, exposure.per_inhabitant])
def test_rates_at_the_edges(function):
    assert rate(function, 0, 100) == 0.0
    unknown = [(5, 0), (0, 0), (5, -1), (-5, 100), (None, 100), (5, None), (math.nan, 100), (5, math.inf)]
    assert [rate(function, part, whole) for part, whole in unknown] == [None] * len(unknown)


def test_coverage_by_hand():
    assert covered([300, 100], [True, False]) == pytest.approx(0.75)
    assert covered([300, 100], [True, None]) == pytest.approx(0.75)  # not known to be valid
    assert covered([300, 100, None], [True, False, True]) == pytest.approx(0.75)
    assert covered([300, 100], [False, False]) == 0.0
    assert covered([300, 0], [True, False]) == 1.0


@pytest.mark.parametrize("weights", [[], [0, 0], [None, None], [5, -1], [math.nan, None]])
def test_coverage_unknown(weights):
    assert covered(weights, [True] * len(weights)) is None


@given(st.lists(st.tuples(st.floats(0.01, 1e7), st.booleans()), min_size=1, max_size=50))
def test_coverage_and_its_complement_make_one(pairs):
    weights, valid = zip(*pairs, strict=True)
    share = covered(list(weights), list(valid))
    assert 0 <= share <= 1 + 1e-12
    assert share + covered(list(weights), [not ok for ok in valid]) == pytest.approx(1)
