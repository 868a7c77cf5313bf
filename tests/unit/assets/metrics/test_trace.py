"""The steps of a metric with their numbers, from readings to the figure."""

from dataclasses import replace

from assets.metrics.evaluate.trace import trace
from assets.metrics.observed import PartsOfRows
from tests.unit.assets.metrics.observing import DAY, entry, hours, measured, midnight, observed, only, setting

ROWS = observed(
    [*hours("a", [1, 3] * 12), *hours("b", [5] * 24), *hours("x", [9] * 8)], places={"a": "d1", "b": "d2", "x": "d2"}
)
ENTRIES = {
    "pm": entry(),
    "m": entry(derived={"expression": "pm * 2"}, per="km2"),
}


def test_each_step_has_its_rows_and_the_last_is_the_figure():
    steps = trace("m", ENTRIES, {"pm": [ROWS]}, [DAY], setting())
    assert [(step.metric, step.title) for step in steps] == [
        ("pm", "readings"),
        ("pm", "to day: mean, needs 75 %"),
        ("pm", "stations of each area: mean, needs 75 %"),
        ("m", "expression of pm, per km2"),
    ]
    readings, days, areas, figures = steps
    assert readings.rows.height == 56
    assert days.rows.select("place", "value", "there", "expected").rows() == [
        ("a", 2.0, 24, 24),
        ("b", 5.0, 24, 24),
        ("x", None, 8, 24),
    ]
    # 2 of 3 places are not enough: (2 + 5) / 2 is made, and not shown
    assert only(areas.rows, "pm")["value"] == 3.5
    assert only(figures.rows, "m", "d1")["value"] == 1.0  # 2 * 2 by 4 km2
    assert figures.rows.equals(measured(ENTRIES, {"pm": [ROWS]}, ["m"]))


def test_only_the_places_of_an_area_are_shown():
    steps = trace("pm", ENTRIES, {"pm": [ROWS]}, [DAY], setting(), area="d1")
    assert steps[1].rows["place"].to_list() == ["a"]
    assert steps[-1].rows["area"].to_list() == ["d1"]


def test_the_step_of_a_mart_says_in_words_which_rows_have_a_value():
    """It said "hours of each row, needs 75 %"."""
    rows = [{"place": p, "time": midnight(), "pm25": 4.0, "hours": n, "of": 24} for p, n in (("a", 20), ("b", 5))]
    made = replace(observed(rows, "day", places={"a": "d1", "b": "d2"}), parts=PartsOfRows("hours", "of", 0.75))
    steps = trace("m", {"m": entry(over_time=[])}, {"m": [made]}, [DAY], setting())
    assert steps[1].title == "rows with a value where at least 75 % of their hours are there"
    assert steps[1].rows.select("place", "value", "there", "expected").rows() == [
        ("a", 4.0, 20, 24),
        ("b", None, 5, 24),
    ]
