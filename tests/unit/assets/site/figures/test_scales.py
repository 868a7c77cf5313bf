"""Classes and axes: every value has one class, a target parts good from bad, and ends are round."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.site.figures.scales import classes_of, nice, scale_of

_NUMBERS = st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.6g}"))


def test_particles_part_at_the_guideline() -> None:
    classes = classes_of([3.1, 52.0], 15, "lower")
    assert classes.bounds == (7.5, 15, 20, 30, 40)
    assert [classes.of(value) for value in (7.5, 7.51, 15, 15.0001, 41)] == [
        *("class-1", "class-2", "class-2", "class-3", "class-6"),
    ]
    assert [(span.low, span.high) for span in classes.spans()][:2] == [(None, 7.5), (7.5, 15)]
    assert [span.css for span in classes.spans() if span.after_target] == ["class-3"]


def test_where_more_is_better_blue_is_above() -> None:
    classes = classes_of([80, 100], 95, "higher")
    assert classes.bounds == (80, 85, 90, 95, 97.5)
    assert [classes.of(value) for value in (79, 94.9, 95, 98)] == ["class-6", "class-3", "class-2", "class-1"]


def test_days_above_a_limit_are_good_only_at_none() -> None:
    classes = classes_of([0, 5], 0, "lower")
    assert [classes.of(value) for value in (0, 1, 6, 7)] == ["class-2", "class-3", "class-5", "class-6"]


def test_without_a_target_or_a_better_way_there_are_steps_of_one_colour() -> None:
    for classes in (classes_of([1200, 5400], None, "lower"), classes_of([1200, 5400], 3000, "none")):
        assert classes.bounds == (2000, 3000, 4000, 5000)
        assert classes.of(1200) == "step-1"
    assert classes_of([7, 7], None, "none").of(7) == "step-3"


@given(st.lists(_NUMBERS, max_size=20), st.none() | _NUMBERS, st.sampled_from(["lower", "higher", "none"]))
def test_each_value_has_one_class_and_the_target_parts_good_from_bad(
    values: list[float], target: float | None, direction: str
) -> None:
    classes = classes_of(values, target, direction)
    assert len(classes.names) == len(classes.bounds) + 1
    assert list(classes.bounds) == sorted(set(classes.bounds))
    good = {"class-1", "class-2"}
    for value in values:
        found = classes.of(value)
        span = next(one for one in classes.spans() if one.css == found)
        assert span.low is None or value >= span.low
        assert span.high is None or value <= span.high
        if target is not None and direction != "none":
            assert (found in good) == (value <= target if direction == "lower" else value >= target)


@given(st.lists(_NUMBERS, max_size=20), st.lists(_NUMBERS, max_size=3), st.booleans())
def test_all_values_and_marks_are_on_the_axis(values: list[float], marks: list[float], from_zero: bool) -> None:
    scale = scale_of(values, marks, from_zero=from_zero)
    assert scale.low < scale.high
    assert (scale.low, scale.high) == (scale.ticks[0], scale.ticks[-1])
    slack = (scale.high - scale.low) * 1e-6
    assert all(scale.low - slack <= value <= scale.high + slack for value in (*values, *marks))
    assert not from_zero or scale.low <= 0 <= scale.high
    assert len(scale.ticks) <= 8


@pytest.mark.parametrize(("step", "rounded"), [(0.9, 1), (1, 1), (1.1, 2), (9.25, 10), (0.021, 0.025), (130, 200)])
def test_steps_are_round(step: float, rounded: float) -> None:
    assert math.isclose(nice(step), rounded)


def test_an_axis_without_values_is_there_and_bars_begin_at_zero() -> None:
    assert scale_of([]).ticks == (0, 0.25, 0.5, 0.75, 1)
    assert scale_of([80, 100], [95]).low == 80
    assert scale_of([80, 100], from_zero=True).low == 0
    assert scale_of([3, 52], [15]).ticks == (0, 20, 40, 60)
