"""Which cells are sensitive by themselves: the worked examples of the handbooks, and the bounds of each rule."""

from __future__ import annotations

import polars as pl
import pytest

from assets.disclosure.primary import sensitive
from assets.disclosure.rules import DisclosureRules
from tests.unit.assets.disclosure.made import cells_of, people, shops


def _dominance(*contributions: float, known: int = 2) -> pl.DataFrame:
    """A cell of these contributions, of which the two largest are known, or the largest alone."""
    largest, second = sorted(contributions, reverse=True)[:2]
    return cells_of(
        {
            "value": sum(contributions),
            "contributors": len(contributions),
            "largest": largest,
            "second": second if known == 2 else None,
        }
    )


@pytest.mark.parametrize(
    ("contributions", "p", "status", "above"),
    [
        # Handbook on Statistical Disclosure Control, 2nd edition: X − x1 − x2 < p/100 · x1.
        ((81, 5, 2, 2, 2), 10, "C", 2.1),  # 6 < 8.1, and 8.1 − 6
        ((60, 20, 20), 10, "F", None),  # 20 is no less than 6
        ((60, 20, 20), 40, "C", 4.0),  # 20 < 24
        # Business Register and Employment Survey: the total without its two largest is at least 10 % of the largest.
        ((100, 50, 5, 5), 10, "F", None),  # just enough
        ((100, 50, 5, 4), 10, "C", 1.0),
        ((50, 50, 50), 100, "F", None),
        # p = 100 (100 − k) / k: where k = 90 by (2, k), p is 11.1.
        ((80, 10, 10), 100 / 9, "F", None),
        ((81, 10, 8.9), 100 / 9, "C", 0.1),
    ],
)
def test_p_percent(contributions: tuple[float, ...], p: float, status: str, above: float | None) -> None:
    (cell,) = sensitive(_dominance(*contributions), DisclosureRules(p_percent=p)).to_dicts()
    assert cell["conf_status"] == status
    assert cell["above"] == pytest.approx(above) if above is not None else cell["above"] is None
    assert cell["below"] == (None if above is None else pytest.approx(above))


@pytest.mark.parametrize(("share", "status"), [(60, "F"), (59, "C"), (100, "F")])
def test_where_the_largest_alone_is_known_its_share_counts(share: float, status: str) -> None:
    cell = _dominance(60, 20, 20, known=1)
    assert sensitive(cell, DisclosureRules(largest_share_percent=share))["conf_status"].item() == status


@pytest.mark.parametrize(("number", "status"), [(0, "F"), (1, "A"), (2, "A"), (3, "F"), (4, "F")])
def test_fewer_people_than_the_threshold(number: int, status: str) -> None:
    assert sensitive(people(number), DisclosureRules())["conf_status"].item() == status


def test_what_the_mark_says_of_a_number_of_people_is_known_to_all() -> None:
    judged = sensitive(people(1, 2, 3, 70), DisclosureRules(threshold=4))
    assert judged["conf_status"].to_list() == ["A", "A", "A", "F"]
    assert judged.select("least", "most").rows() == [(1, 3), (1, 3), (1, 3), (4, None)]
    assert judged.select("below", "above").rows() == [(0, 2), (1, 1), (2, 0), (None, None)]


def test_sums_of_few_shops_need_p_percent_of_all_of_it() -> None:
    judged = sensitive(shops((500, 2), (0, 1), (500, 3)), DisclosureRules())
    assert judged["conf_status"].to_list() == ["A", "A", "F"]
    assert judged.select("below", "above").rows() == [(50, 50), (0, 1), (None, None)]
    assert judged["most"].to_list() == [None, None, None]


def test_who_contributed_has_to_be_known_and_allowed() -> None:
    cells = cells_of(
        {"value": 500.0},
        {"value": 500.0, "contributors": 0.0},  # of nobody, and something: one of the two is wrong
        {"value": 500.0, "contributors": 90.0},
        {"value": 500.0, "contributors": 90.0, "table": "closed"},
        {"value": None},
    )
    judged = sensitive(cells, DisclosureRules(), not_allowed=["closed"])
    assert judged["conf_status"].to_list() == ["N", "N", "F", "N", "A"]
    assert judged.select("least", "most").row(4) == (1, 3)


def test_what_has_no_sum_is_judged_by_its_contributors() -> None:
    """A mean of 90 shops, and one of two: the provider masks neither."""
    cells = cells_of({"contributors": 90.0}, {"contributors": 2.0}, {})
    judged = sensitive(cells, DisclosureRules())
    assert judged["conf_status"].to_list() == ["F", "A", "A"]
    assert judged["most"].to_list() == [None, None, 3]


def test_each_table_has_its_rules() -> None:
    cells = cells_of(*({"table": table, "value": 5.0, "contributors": 5.0} for table in ("a", "b", "mart", "a")))
    judged = sensitive(cells, {"a": DisclosureRules(), "b": DisclosureRules(threshold=9)})
    assert judged["table"].to_list() == ["a", "b", "mart", "a"]
    assert judged["conf_status"].to_list() == ["F", "A", "A", "F"]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("name", ["value", "contributors", "largest", "second"])
def test_what_is_no_figure_of_a_cell_is_refused(name: str, wrong: float) -> None:
    with pytest.raises(ValueError, match=f"{name} of cell 0"):
        sensitive(cells_of({"value": 5.0, "contributors": 5.0, name: wrong}), DisclosureRules())


def test_a_number_of_a_cell_is_there_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        sensitive(cells_of({"value": 5.0}, {"value": 5.0, "cell": 0}), DisclosureRules())
    assert sensitive(cells_of(), DisclosureRules()).is_empty()
