"""The attacker: known examples, and the same answers as trying every completion there is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.disclosure.attack import exposed, intervals
from assets.disclosure.pattern import pattern
from assets.disclosure.primary import sensitive
from assets.disclosure.rules import DisclosureRules
from tests.unit.assets.disclosure.made import (
    asked_of,
    cells_of,
    grid,
    grid_sums,
    numbers,
    people,
    shops,
    sums_of,
    total,
)

RULES = DisclosureRules()


def _intervals(judged: pl.DataFrame, sums: pl.DataFrame, *hidden: int) -> dict[int, tuple[float, float, bool]]:
    return {cell: rest for cell, *rest in intervals(judged, sums, numbers(hidden)).iter_rows()}  # pyright: ignore


def test_one_hidden_cell_of_a_sum_is_known() -> None:
    judged, sums = sensitive(shops((92, 2), (100, 5), (192, 7)), RULES), sums_of(total(2, 0, 1))
    assert _intervals(judged, sums, 0) == {0: [92, 92, False]}
    assert exposed(judged, sums, numbers([0])).rows() == [(0, "outsider")]
    assert _intervals(judged, sums, 0, 1) == {0: [0, 192, True], 1: [0, 192, True]}
    assert exposed(judged, sums, numbers([0, 1])).is_empty()
    assert _intervals(judged, sums, 0, 2)[0] == [0, math.inf, True]


def test_a_sensitive_cell_that_is_shown_is_exposed() -> None:
    judged = sensitive(shops((92, 2), (100, 5), (192, 7)), RULES)
    assert exposed(judged, sums_of(total(2, 0, 1)), numbers([1])).rows() == [(0, "outsider")]


def test_the_partner_must_be_large_enough() -> None:
    # 1,000 of two shops needs 100 both ways; what is hidden beside it is 60 alone.
    judged, sums = sensitive(shops((1000, 2), (60, 5), (1060, 7)), RULES), sums_of(total(2, 0, 1))
    assert _intervals(judged, sums, 0, 1)[0] == [0, 1060, False]  # up by 60 at most
    assert exposed(judged, sums, numbers([0, 1])).rows() == [(0, "outsider")]


@pytest.mark.holds(
    "attack 29",
    "Whoever has 60 of the 120 hidden beside 1,000 of two shops knows that they are 1,060 at most: more is hidden.",
)
def test_the_largest_of_the_partner_knows_that_it_cannot_be_less_than_what_is_his() -> None:
    of_two = {"value": 1000.0, "contributors": 2}
    beside = {"value": 120.0, "contributors": 3, "largest": 60.0, "second": 30.0}
    many = {"value": 5000.0, "contributors": 40, "largest": 500.0, "second": 500.0}
    whole = {"value": 6120.0, "contributors": 45, "largest": 990.0, "second": 500.0}
    cells, sums = cells_of(of_two, beside, many, whole), sums_of(total(3, 0, 1, 2))
    judged = sensitive(cells, RULES)
    assert judged["conf_status"].to_list() == ["A", "F", "F", "F"]
    assert _intervals(judged, sums, 0, 1)[0] == [0, 1120, True]  # to who knows nothing of it
    assert exposed(judged, sums, numbers([0, 1]), insiders=False).is_empty()
    assert exposed(judged, sums, numbers([0, 1])).rows() == [(0, "insider")]
    assert exposed(judged, sums, numbers([0, 2])).is_empty()
    assert pattern(cells, sums, RULES)["conf_status"].to_list() in (["A", "F", "D", "F"], ["A", "D", "D", "F"])


def test_four_corners_of_a_table_move_in_a_circle_alone() -> None:
    """Four hidden cells at the corners of a rectangle: each sum has two, and only a circle of changes is possible."""
    judged = sensitive(grid([[20, 50, 10], [8, 19, 22], [17, 32, 12]], [[2, 9, 9], [9, 9, 9], [9, 9, 9]]), RULES)
    found = _intervals(judged, grid_sums(3, 3), 0, 2, 8, 10)
    # By hand: 0 and 10 move up by t while 2 and 8 move down, and none below 0: t from -12 to 10.
    assert found == {0: [8, 30, True], 2: [0, 22, True], 8: [7, 29, True], 10: [0, 22, True]}


def test_chains_of_sums_are_followed() -> None:
    # a + b = c is hidden with b, but c + d = e and d are shown: c follows, and nothing protects a but b.
    cells = shops((50, 2), (70, 5), (120, 7), (30, 5), (150, 12))
    judged, sums = sensitive(cells, RULES), sums_of(total(2, 0, 1), total(4, 2, 3))
    assert _intervals(judged, sums, 0, 2)[0] == [50, 50, False]
    assert _intervals(judged, sums, 0, 1, 2) == {0: [0, 120, True], 1: [0, 120, True], 2: [120, 120, True]}


def test_an_area_that_overlaps_gives_what_a_district_hides() -> None:
    # A trade area of a third of a and all of b; b is shown, so a is three times the rest.
    judged = sensitive(cells_of(*({"value": v, "contributors": n} for v, n in ((90, 2), (40, 9), (70, 9)))), RULES)
    sums = sums_of({0: 1 / 3, 1: 1.0, 2: -1.0})
    assert exposed(judged, sums, numbers([0])).rows() == [(0, "outsider")]
    low, high, protected = _intervals(judged, sums, 0, 1)[0]
    assert (low, pytest.approx(high), protected) == (0, 210, True)


def test_masked_cells_stay_between_the_bounds_of_the_mask() -> None:
    judged, sums = sensitive(people(None, None, 10, 14), RULES), sums_of(total(3, 0, 1, 2))
    assert _intervals(judged, sums) == {0: [1, 3, True], 1: [1, 3, True]}
    # The total says more than the mask: 6 are 3 and 3, 5 are 2 and 3.
    for shown, low, high in ((16, 3, 3), (15, 2, 3), (12, 1, 1)):
        judged = sensitive(people(None, None, 10, shown), RULES)
        assert _intervals(judged, sums)[0] == [low, high, False]
        assert exposed(judged, sums, numbers([])).rows() == [(0, "outsider"), (1, "outsider")]
        assert exposed(judged, sums, numbers([3])).is_empty()


def test_sums_that_contradict_the_mask_protect_nothing() -> None:
    judged, sums = sensitive(people(None, 10, 30), RULES), sums_of(total(2, 0, 1))
    assert _intervals(judged, sums) == {0: [None, None, False]}
    assert exposed(judged, sums, numbers([])).rows() == [(0, "outsider")]
    assert exposed(judged, sums, numbers([2])).is_empty()


def test_rounding_of_a_sum_widens_nothing() -> None:
    judged = sensitive(shops((92, 2), (100, 5), (192.4, 7)), RULES)
    assert _intervals(judged, sums_of(total(2, 0, 1)), 0) == {0: [92, 92, False]}


def test_the_only_shop_of_a_cell_knows_the_other_cell() -> None:
    judged, sums = sensitive(shops((500, 1), (700, 2), (1200, 3)), RULES), sums_of(total(2, 0, 1))
    assert exposed(judged, sums, numbers([0, 1]), insiders=False).is_empty()
    assert exposed(judged, sums, numbers([0, 1])).rows() == [(1, "insider")]
    assert exposed(judged, sums, numbers([0, 1, 2])).is_empty()


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e6, 1e12])
def test_small_cells_beside_large_ones_are_judged_exactly(size: float) -> None:
    # The small cell needs a tenth of itself; its partner has a hair more, or a hair less, than that. A cell that is a
    # million times larger is hidden in the same table: tolerances that are relative to it would see no difference.
    for spare, safe in ((1.001, True), (0.999, False)):
        small, partner, large, other = size, size * 0.1 * spare, size * 1e6, size * 1e6
        cells = cells_of(
            {"value": small, "contributors": 2.5},
            {"value": partner, "contributors": 7.5},
            {"value": large, "contributors": 2.5},
            {"value": other, "contributors": 7.5},
            {"value": small + partner, "contributors": 10.5},
            {"value": large + other, "contributors": 10.5},
        )
        judged = sensitive(cells, RULES)
        sums = sums_of(total(4, 0, 1), total(5, 2, 3))
        assert exposed(judged, sums, numbers([0, 1, 2, 3])).is_empty() == safe
        assert _intervals(judged, sums, 0, 1, 2, 3)[0][2] == safe


def _completions(judged: pl.DataFrame, sums: pl.DataFrame, hidden: list[int], fixed: int | None) -> Iterator[tuple]:
    """Every way to fill the hidden cells with whole numbers so that all sums hold."""
    cells = {row["cell"]: row for row in judged.to_dicts()}
    ranges = [
        (int(cells[c]["value"]),) if c == fixed else range(int(cells[c]["least"]), int(cells[c]["most"]) + 1)
        for c in hidden
    ]
    rows = [dict(part.select("cell", "coefficient").iter_rows()) for part in sums.partition_by("sum")]
    for filled in itertools.product(*ranges):
        change = {c: filled[n] - cells[c]["value"] for n, c in enumerate(hidden)}
        if all(abs(sum(k * change.get(c, 0.0) for c, k in row.items())) < 1e-9 for row in rows):
            yield filled


@st.composite
def _small(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame, list[int]]:
    """Some cells of people, each between known bounds, and any sums of them: not only those of tables."""
    size = draw(st.integers(2, 5))
    rows = []
    for _ in range(size):
        most = draw(st.integers(0, 4))
        value = draw(st.integers(0, most))
        needs = {"below": draw(st.integers(0, 2)), "above": draw(st.integers(0, 2))}
        rows.append({"value": value, "most": most, "conf_status": draw(st.sampled_from("AAD")), **needs})
    coefficients = st.sampled_from([0, 0, 1, 1, -1, 2])
    equations = draw(st.lists(st.lists(coefficients, min_size=size, max_size=size), min_size=0, max_size=3))
    hidden = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=size, unique=True))
    sums = sums_of(*({n: k for n, k in enumerate(one) if k} for one in equations))
    return asked_of(rows), sums, sorted(hidden)


@given(_small())
def test_intervals_are_those_of_all_completions(case: tuple[pl.DataFrame, pl.DataFrame, list[int]]) -> None:
    judged, sums, hidden = case
    every = list(_completions(judged, sums, hidden, None))
    found = _intervals(judged, sums, *hidden)
    for n, cell in enumerate(hidden):
        low, high, _ = found[cell]
        assert (low, high) == (min(one[n] for one in every), max(one[n] for one in every))


@given(_small())
def test_who_is_exposed_is_who_no_completion_protects(case: tuple[pl.DataFrame, pl.DataFrame, list[int]]) -> None:
    judged, sums, hidden = case
    cells = judged.to_dicts()
    asked = [cell for cell in hidden if cells[cell]["conf_status"] == "A"]

    def lacking(fixed: int | None) -> set[int]:
        every = list(_completions(judged, sums, hidden, fixed))
        lost = set()
        for cell in asked:
            reached = [one[hidden.index(cell)] for one in every]
            need = cells[cell]["value"] - cells[cell]["below"], cells[cell]["value"] + cells[cell]["above"]
            if cell != fixed and (min(reached) > need[0] or max(reached) < need[1]):
                lost.add(cell)
        return lost

    outside = lacking(None)
    alone = [cell for cell in asked if cells[cell]["contributors"] == 1]
    inside = set().union(*(lacking(one) for one in alone)) - outside
    shown = {row["cell"] for row in cells if row["conf_status"] == "A"} - set(hidden)
    expected = [(c, "outsider") for c in outside | shown] + [(c, "insider") for c in inside]
    assert sorted(exposed(judged, sums, numbers(hidden)).rows()) == sorted(expected)
