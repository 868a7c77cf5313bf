"""Where an area stands among others: only beside values of the same period that were made in the same way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from assets.site.districts.positions import Position, positions_of


def a_row(area: str, value: float | None, **given: object) -> dict[str, Any]:
    """A row of metric.latest of which less is better."""
    usual = {
        "area": area,
        "value": value,
        "period": "day",
        "period_start": date(2020, 11, 30),
        "method": "mean",
        "standard": None,
        "unit": "ug/m3",
        "comparability": "X1",
        "direction": "lower",
    }
    return usual | given


def positions(*rows: dict[str, Any]) -> dict[str, Position]:
    shown = {row["area"]: f"{row['value']:.0f}" for row in rows if row["value"] is not None}
    return positions_of(rows, shown)


def test_the_first_is_the_best_and_equal_values_as_shown_share_a_rank() -> None:
    found = positions(a_row("a", 30.0), a_row("b", 18.2), a_row("c", 18.4), a_row("d", 10.0))
    assert {area: one.rank for area, one in found.items()} == {"d": "1", "b": "2=", "c": "2=", "a": "4"}
    assert {one.among for one in found.values()} == {4}


@pytest.mark.parametrize("direction", ["higher", "none", None])
def test_the_first_is_the_highest_where_less_is_not_better(direction: str | None) -> None:
    found = positions(a_row("a", 30.0, direction=direction), a_row("b", 18.0, direction=direction))
    assert (found["a"].rank, found["b"].rank) == ("1", "2")


def test_a_value_of_another_day_has_no_position_and_takes_none_away() -> None:
    late = a_row("c", 1.0, period_start=date(2020, 11, 29))
    found = positions(a_row("a", 30.0), a_row("b", 18.0), late)
    assert found["c"] == Position("", 0, "other_period")
    assert (found["b"].rank, found["b"].among) == ("1", 2)


@pytest.mark.parametrize("other", [{"method": "median"}, {"standard": "KR 2018"}, {"unit": "ppb"}])
def test_a_value_that_is_made_in_another_way_has_no_position(other: dict[str, str]) -> None:
    found = positions(a_row("a", 30.0), a_row("b", 18.0), a_row("c", 1.0, **other))
    assert found["c"] == Position("", 0, "other_method")


def test_what_stands_beside_nothing_has_no_position() -> None:
    found = positions(a_row("a", 30.0, comparability="X0"), a_row("b", 18.0, comparability="X0"))
    assert {one.why for one in found.values()} == {"relative"}


def test_one_value_alone_has_no_position_and_none_that_is_absent() -> None:
    found = positions(a_row("a", 30.0), a_row("b", None))
    assert (found["a"].why, found["b"].why) == ("alone", "absent")
    assert {one.rank for one in found.values()} == {""}


def test_of_two_groups_as_large_the_newer_one_is_ranked() -> None:
    old = [a_row(area, 1.0, period_start=date(2020, 10, 1)) for area in "ab"]
    new = [a_row(area, 1.0) for area in "cd"]
    found = positions(*old, *new)
    assert {area for area, one in found.items() if one.rank} == {"c", "d"}
