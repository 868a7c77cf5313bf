"""Intervals of ranks: golden ones, and the laws that hold whatever the days are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.formulas.rank_interval import BLOCK_DAYS, DRAWS, NEAR_DAYS, drawn_means, rank_intervals
from tests.support.paths import REPOSITORY

SOME_DAYS = st.lists(st.floats(0, 500) | st.just(float("nan")), min_size=28, max_size=40).filter(
    lambda days: np.isfinite(days).any()
)
CITIES = st.lists(SOME_DAYS, min_size=1, max_size=5)


def intervals(cities: Sequence[Sequence[float]], *, lower: bool = True) -> list[tuple[int, int, int]]:
    arrays = [np.asarray(days, dtype=np.float64) for days in cities]
    values = [float(np.nanmean(days)) for days in arrays]
    found = rank_intervals(values, [drawn_means(days, "metric 2025") for days in arrays], lower_is_better=lower)
    return [(one.rank, one.low, one.high) for one in found]


def test_cities_that_are_far_apart_have_sure_ranks() -> None:
    assert intervals([[10.0, 12.0] * 15, [50.0, 51.0] * 15, [30.0] * 30]) == [(1, 1, 1), (3, 3, 3), (2, 2, 2)]
    assert intervals([[10.0] * 30, [50.0] * 30], lower=False) == [(2, 2, 2), (1, 1, 1)]


def test_cities_that_overlap_share_their_ranks() -> None:
    """One is better in the first half of the month, the other in the second, by nearly as much."""
    first, second = [10.0] * 15 + [20.0] * 15, [20.5] * 15 + [10.0] * 15
    assert intervals([first, second]) == [(1, 1, 2), (2, 1, 2)]


def test_one_draw_holds_for_all_cities() -> None:
    """A city that is worse by a little on every day is worse in every draw, however much the days differ."""
    days = [float((n * 37) % 90) for n in range(365)]
    assert intervals([days, [day + 0.01 for day in days]]) == [(1, 1, 1), (2, 2, 2)]


def test_equals_share_a_rank() -> None:
    assert intervals([[0.0] * 30, [0.0] * 30, [1.0] * 30]) == [(1, 1, 1), (1, 1, 1), (3, 3, 3)]


def test_a_block_comes_from_near_its_place() -> None:
    """A year that is warm in one half alone: a draw takes a winter's week for a winter's week, so that its mean is near
    that of the year. Blocks from anywhere would spread it three times as far."""
    year = np.asarray([100.0 if n < 182 else 0.0 for n in range(364)])
    spread = drawn_means(year, "x").std()
    anywhere = 50 / np.sqrt(364 / BLOCK_DAYS)
    assert 0 < spread < anywhere / 3
    month = np.asarray([100.0 if n < 15 else 0.0 for n in range(30)])
    assert 2 * NEAR_DAYS + 1 >= 31, "of a month, from anywhere in it"
    assert len(np.unique(drawn_means(month, "x"))) > 20


def test_a_day_without_a_figure_counts_nowhere() -> None:
    whole = drawn_means(np.asarray([5.0] * 30), "x")
    assert np.allclose(drawn_means(np.asarray([5.0, np.nan, 5.0] * 10), "x"), whole)
    assert np.isnan(drawn_means(np.asarray([np.nan] * 30), "x")).all()


def test_the_draws_are_the_same_in_every_process() -> None:
    code = "import numpy as np; from assets.formulas.rank_interval import drawn_means as d\n"
    code += "print(d(np.arange(90.0), 'pm25_mean_month 2025-03-01')[:5].tolist())"
    said = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    here = drawn_means(np.arange(90.0), "pm25_mean_month 2025-03-01")
    assert said.stdout.strip() == str(here[:5].tolist())
    assert len(here) == DRAWS
    assert not np.array_equal(here, drawn_means(np.arange(90.0), "pm25_mean_month 2025-04-01"))


@given(CITIES, st.booleans())
def test_the_interval_holds_the_rank(cities: list[list[float]], lower: bool) -> None:
    for rank, low, high in intervals(cities, lower=lower):
        assert 1 <= low <= rank <= high <= len(cities)


@given(CITIES, st.randoms())
def test_the_order_of_cities_changes_nothing(cities: list[list[float]], chance) -> None:
    order = list(range(len(cities)))
    chance.shuffle(order)
    found = intervals(cities)
    assert intervals([cities[n] for n in order]) == [found[n] for n in order]


@given(SOME_DAYS)
def test_a_draw_lies_within_the_days(days: list[float]) -> None:
    drawn = drawn_means(np.asarray(days), "x")
    there = drawn[~np.isnan(drawn)]
    assert (there >= np.nanmin(days) - 1e-9).all()
    assert (there <= np.nanmax(days) + 1e-9).all()


@pytest.mark.parametrize("length", [1, 6, 7, 8, 31, 366])
def test_any_length_of_a_period_can_be_drawn(length: int) -> None:
    assert np.allclose(drawn_means(np.full(length, 3.0), "x"), 3.0)
