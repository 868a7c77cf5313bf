"""What `madang explain` shows of a step, of rows that say their area themselves."""

from __future__ import annotations

import polars as pl

from assets.metrics.evaluate.trace import TracedStep
from pipelines.computed_again import shown_rows


def test_rows_at_places_show_the_area_they_count_for_and_not_the_name_they_came_with():
    rows = pl.DataFrame(
        {"area": ["중구", "중구"], "customer_group": ["a", "b"], "_area": ["26110"] * 2, "value": [1.0, 2.0]}
    )
    shown = shown_rows(TracedStep("m", "readings", "electricity", rows), "m", "26110", every_area=False)
    assert shown == [
        {"customer_group": "a", "area": "26110", "value": 1.0},
        {"customer_group": "b", "area": "26110", "value": 2.0},
    ]


def test_rows_of_areas_are_those_of_the_area_asked_for():
    rows = pl.DataFrame({"area": ["26110", "26140"], "value": [1.0, 2.0]})
    shown = shown_rows(TracedStep("m", "places of each area", None, rows), "m", "26140", every_area=False)
    assert shown == [{"area": "26140", "value": 2.0}]
