"""Planted unsafe publications, one of each kind: the attacker finds every cell, and none in what `pattern` decides."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.disclosure.cells import SEEN
from assets.disclosure.pattern import leaks, pattern
from assets.disclosure.rules import DisclosureRules
from assets.disclosure.secondary import NotProtectable
from tests.unit.assets.disclosure.made import cells_of, grid, grid_sums, numbers, people, shops, sums_of, total

RULES = DisclosureRules()


def _all_but(cells: pl.DataFrame, *hidden: int) -> pl.DataFrame:
    return cells.select("cell").filter(~pl.col("cell").is_in(list(hidden)))


def _free(decided: pl.DataFrame) -> pl.DataFrame:
    return decided.filter(pl.col("conf_status") == "F").select("cell")


def _hidden(decided: pl.DataFrame) -> list[int]:
    return decided.filter(pl.col("conf_status") != "F")["cell"].to_list()


def _version(cells: pl.DataFrame, name: str, **values: tuple[float, float]) -> pl.DataFrame:
    """What a version shows: these cells; `c3=(5, 2)`: cell 3 with another value and number of contributors."""
    old = {int(cell[1:]): figures for cell, figures in values.items()}
    rows = [(cell, name, *old.get(cell, (None, None))) for cell in cells["cell"]]
    return pl.DataFrame(rows, schema=SEEN, orient="row")


def test_threshold() -> None:
    cells = shops((500, 2), (700, 9), (800, 9), (2000, 20))
    sums = sums_of(total(3, 0, 1, 2))
    assert leaks(cells, sums, RULES, cells.select("cell")).rows() == [(0, "outsider")]
    decided = pattern(cells, sums, RULES)
    assert decided["conf_status"].to_list() == ["A", "D", "F", "F"]
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()


def test_dominance() -> None:
    cells = cells_of(
        {"value": 92.0, "contributors": 5.0, "largest": 81.0, "second": 5.0},
        {"value": 100.0, "contributors": 9.0, "largest": 20.0, "second": 20.0},
        {"value": 192.0, "contributors": 14.0, "largest": 81.0, "second": 20.0},
    )
    sums = sums_of(total(2, 0, 1))
    assert leaks(cells, sums, RULES, cells.select("cell")).rows() == [(0, "outsider")]
    decided = pattern(cells, sums, RULES)
    assert decided["conf_status"].to_list() == ["C", "D", "F"]
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()


def test_margin() -> None:
    cells = grid([[20, 50, 10], [8, 19, 22], [17, 32, 12]], [[2, 9, 9], [9, 9, 9], [9, 9, 9]])
    sums = grid_sums(3, 3)
    assert leaks(cells, sums, RULES, _all_but(cells, 0)).rows() == [(0, "outsider")]
    assert leaks(cells, sums, RULES, _all_but(cells, 0, 2)).rows() == [(0, "outsider")]  # its column still gives it
    decided = pattern(cells, sums, RULES)
    assert len(_hidden(decided)) == 4  # a circle
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()


def test_difference_over_time() -> None:
    """A month is shown, and all of its days but the one with two shops."""
    days = [(50.0, 9), (60.0, 2), (55.0, 8), (58.0, 9)]
    cells = shops(*days, (223.0, 9))
    sums = sums_of(total(4, 0, 1, 2, 3))
    assert leaks(cells, sums, RULES, _all_but(cells, 1)).rows() == [(1, "outsider")]
    decided = pattern(cells, sums, RULES)
    assert _hidden(decided) == [0, 1]
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()


def test_windows_that_roll_give_the_days_that_they_do_not_share() -> None:
    """Seven days and the next seven: beside a shown first day the last one follows from the two sums."""
    days = [(50.0, 9)] * 7 + [(40.0, 2)]
    cells = shops(*days, (350.0, 9), (340.0, 9))
    sums = sums_of(total(8, *range(7)), total(9, *range(1, 8)))
    shown = numbers([0, 8, 9])  # not one day of the second window is shown
    assert leaks(cells, sums, RULES, shown).rows() == [(7, "outsider")]
    assert leaks(cells, sums, RULES, _free(pattern(cells, sums, RULES))).is_empty()


def test_areas_that_overlap() -> None:
    cells = shops((90, 2), (40, 9), (70, 9), (130, 11))
    sums = sums_of({0: 1 / 3, 1: 1.0, 2: -1.0}, total(3, 0, 1))
    assert leaks(cells, sums, RULES, _all_but(cells, 0, 3)).rows() == [(0, "outsider")]
    decided = pattern(cells, sums, RULES)
    assert _hidden(decided) == [0, 1, 2]  # two sums with other shares: what moves in one has to move in the other
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()


def test_a_total_with_one_shop_more_than_its_parts() -> None:
    cells = shops((500, 9), (700, 9), (1290, 19))
    sums = sums_of(total(2, 0, 1))
    assert leaks(cells, sums, RULES, cells.select("cell")).rows() == [(2, "remainder")]
    decided = pattern(cells, sums, RULES)
    assert decided["conf_status"].to_list() == ["D", "F", "F"]
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()
    many = shops((500, 9), (700, 9), (1290, 21))  # three more are no secret
    assert leaks(many, sums, RULES, many.select("cell")).is_empty()


def test_versions_that_hide_other_cells() -> None:
    """Each version is safe alone: one hides cells 0 and 1, the other 0 and 2."""
    cells = shops((500, 2), (700, 9), (800, 9), (2000, 20))
    sums = sums_of(total(3, 0, 1, 2))
    first, second = _version(_all_but(cells, 0, 1), "one"), _version(_all_but(cells, 0, 2), "two")
    assert leaks(cells, sums, RULES, first).is_empty()
    assert leaks(cells, sums, RULES, second).is_empty()
    assert leaks(cells, sums, RULES, pl.concat([first, second])).rows() == [(0, "outsider")]
    decided = pattern(cells, sums, RULES, seen=second)
    assert _hidden(decided) == [0, 2]  # as the version that is kept, although 1 would lose less
    assert not decided["withdraw"].any()


def test_a_cell_becomes_secret_and_an_older_version_shows_it() -> None:
    cells = shops((500, 2), (700, 9), (800, 9), (2000, 20))
    sums = sums_of(total(3, 0, 1, 2))
    before = _version(cells, "v1", c0=(600.0, 5), c3=(2100.0, 23))
    now = pattern(cells, sums, RULES, seen=before)
    assert now.filter("withdraw")["cell"].to_list()[0] == 0
    assert 0 in _hidden(now)
    kept = before.filter(pl.col("version").is_null())  # the version is gone
    assert leaks(cells, sums, RULES, pl.concat([kept, _version(_free(now), "v2")])).is_empty()


def test_a_rollback_shows_what_was_secret() -> None:
    cells = shops((500, 2), (700, 9), (800, 9), (2000, 20))
    sums = sums_of(total(3, 0, 1, 2))
    now = _version(_free(pattern(cells, sums, RULES)), "v2")
    rolled_back = _version(cells, "v1")
    assert leaks(cells, sums, RULES, now).is_empty()
    assert leaks(cells, sums, RULES, pl.concat([now, rolled_back])).rows() == [(0, "outsider")]


@pytest.mark.parametrize(("shops_more", "found"), [(0, True), (1, True), (2, True), (3, False)])
def test_two_versions_differ_by_who_came_late(shops_more: int, found: bool) -> None:
    cells = shops((590, 9 + shops_more), (700, 9))
    old = _version(cells, "v1", c0=(500.0, 9))
    both = pl.concat([old, _version(cells, "v2")])
    assert leaks(cells, sums_of(), RULES, both).rows() == ([(0, "change")] if found else [])
    decided = pattern(cells, sums_of(), RULES, seen=old)
    assert decided["withdraw"].to_list() == [found, False]
    assert _hidden(decided) == []


def test_sums_of_an_older_version_hold_too() -> None:
    """The city was corrected; the old city beside the old districts gives the hidden district all the same."""
    cells = shops((500, 2), (700, 9), (800, 9), (2300, 40))
    sums = sums_of(total(3, 0, 1, 2))
    old = _version(_all_but(cells, 0), "v1", c3=(2000.0, 20))
    new = _version(_all_but(cells, 0, 3), "v2")
    assert leaks(cells, sums, RULES, new).is_empty()
    assert (0, "outsider") in leaks(cells, sums, RULES, pl.concat([old, new])).rows()


def test_tiers_that_show_other_cells() -> None:
    cells = shops((500, 2), (700, 9), (800, 9), (2000, 20))
    sums = sums_of(total(3, 0, 1, 2))
    open_tier, partner = _version(_all_but(cells, 0, 1), "open"), _version(numbers([1]), "partner")
    assert leaks(cells, sums, RULES, partner).is_empty()
    assert leaks(cells, sums, RULES, pl.concat([open_tier, partner])).rows() == [(0, "outsider")]


def test_what_has_no_sum_gives_nothing_away() -> None:
    cells = cells_of({"contributors": 90.0}, {"contributors": 2.0}, {"value": 9.0, "contributors": 92.0})
    sums = sums_of(total(2, 0, 1))  # of means there is no sum, whoever says so
    decided = pattern(cells, sums, RULES)
    assert decided["conf_status"].to_list() == ["F", "A", "F"]
    assert leaks(cells, sums, RULES, _free(decided)).is_empty()
    assert leaks(cells, sums, RULES, cells.select("cell")).rows() == [(1, "outsider")]


def test_what_everybody_knows_hides_nothing() -> None:
    """The rest of a sum is a cell of its own, cheap, and no secret: to hide it would protect nobody."""
    cells = shops((500, 2), (700, 9), (60, 10**15), (1260, 20))
    decided = pattern(cells, sums_of(total(3, 0, 1, 2)), RULES)
    assert decided["conf_status"].to_list() == ["A", "D", "F", "F"]


def test_marks_that_say_it_all_are_taken_back() -> None:
    """Two cells of one person each, in a total of two: 1 to 2 and 1 to 2 in 1 to 2 is 1 and 1."""
    cells, sums = people(1, 1, 2), sums_of(total(2, 0, 1))
    nothing = cells.select("cell").clear()
    assert leaks(cells, sums, RULES, nothing)["cell"].to_list() == [0, 1, 2]
    decided = pattern(cells, sums, RULES)
    assert decided["conf_status"].to_list() == ["N", "N", "N"]
    assert leaks(cells, sums, RULES, nothing, marks=decided).is_empty()


def test_what_was_hidden_stays_hidden() -> None:
    cells = shops((500, 2), (700, 9), (800, 9), (2000, 20))
    sums = sums_of(total(3, 0, 1, 2))
    assert _hidden(pattern(cells, sums, RULES, before=numbers([0, 2]))) == [0, 2]
    assert _hidden(pattern(cells, sums, RULES)) == [0, 1]


def test_where_nothing_protects_it_says_so() -> None:
    cells = people(1, 0, 1)
    decided = pattern(
        cells, sums_of(total(2, 0, 1)), RULES
    )  # the total is as small, and hidden: nothing is left to see
    assert _hidden(decided) == [0, 2]
    with pytest.raises(NotProtectable, match="cannot be protected"):
        pattern(cells, sums_of({0: 2.0}), RULES)  # a sum that says it, and holds nothing else that could be hidden


@st.composite
def _tables(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    chance = random.Random(draw(st.integers(0, 10_000)))
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(2, 5))
    inner = [[chance.choice([0, 1, 2, 3, 5, 9, 40, 200]) for _ in range(columns)] for _ in range(rows)]
    if draw(st.booleans()):
        return grid(inner), grid_sums(rows, columns)
    number = [[chance.choice([1, 2, 3, 9]) for _ in range(columns)] for _ in range(rows)]
    return grid(inner, number), grid_sums(rows, columns)


@settings(max_examples=settings.default.max_examples // 4)  # 0.7 s of CPU each
@given(_tables())
def test_what_is_decided_can_be_published(case: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    cells, sums = case
    decided = pattern(cells, sums, RULES)
    assert leaks(cells, sums, RULES, _free(decided), marks=decided).is_empty()
    assert pattern(cells, sums, RULES).equals(decided)  # the same cells are hidden whenever it is asked
    again = pattern(cells, sums, RULES, seen=_free(decided), before=numbers(_hidden(decided)))
    assert _hidden(again) == _hidden(decided)
    assert not again["withdraw"].any()


def _city(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Areas by day, the city, an area of shares of them, and the month of each: people, or sales with their largest."""
    chance = random.Random(seed)
    areas, days, counts = chance.randint(2, 4), chance.randint(2, 4), seed % 3 == 0
    rows: list[dict[str, float | None]] = []
    sums: list[dict[int, float]] = []

    def add(value: float, number: float, largest: float | None = None, second: float | None = None) -> int:
        number = value if counts else number
        rows.append({"value": value, "contributors": number, "largest": largest, "second": second})
        return len(rows) - 1

    def whole(parts: list[int], shares: list[float], number: float) -> int:
        made = add(sum(one * float(rows[part]["value"] or 0) for part, one in zip(parts, shares, strict=True)), number)
        sums.append({**dict(zip(parts, shares, strict=True)), made: -1.0})
        return made

    def area() -> int:
        if counts:
            return add(float(chance.choice([0, 1, 2, 3, 4, 8, 50, 300])), 0)
        number = chance.choice([1, 2, 3, 6, 20])
        parts = sorted((float(chance.choice([1, 5, 20, 100, 400])) for _ in range(number)), reverse=True)
        return add(sum(parts), float(number), parts[0], parts[1] if number > 1 else None)

    lines = [[area() for _ in range(days)] for _ in range(areas)]
    columns = [list(day) for day in zip(*lines, strict=True)]
    numbers_of = [sum(float(rows[one]["contributors"] or 0) for one in day) for day in columns]
    lines.append([whole(day, [1.0] * areas, n) for day, n in zip(columns, numbers_of, strict=True)])
    shares = [chance.choice([0.25, 0.5, 1.0]) for _ in range(areas)]
    lines.append([whole(day, shares, n) for day, n in zip(columns, numbers_of, strict=True)])
    for line in lines:
        whole(line, [1.0] * days, max(float(rows[one]["contributors"] or 0) for one in line))
    return cells_of(*rows), sums_of(*sums)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6, 15, 21])
def test_a_city_with_areas_that_overlap_and_months_can_be_published(seed: int) -> None:
    cells, sums = _city(seed)
    decided = pattern(cells, sums, RULES)
    assert leaks(cells, sums, RULES, _free(decided), marks=decided).is_empty()
