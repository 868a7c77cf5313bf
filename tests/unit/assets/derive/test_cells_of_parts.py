"""A figure that is made of parts and is no sum of them is hidden with each of its parts, and with nothing else."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from assets.derive.cells_of_parts import cells_of_parts, slice_of_parts
from assets.mart import ITSELF
from tests.worlds.packs import seoul

CITY, JONGNO, JUNG = "11", "11110", "11140"
NEIGHBOURHOOD = "11110515"  # of Jongno
DAY, NEXT, APRIL = date(2026, 3, 7), date(2026, 3, 8), date(2026, 4, 1)
MARCH, YEAR = date(2026, 3, 1), date(2026, 1, 1)
PERIODS = [("day", DAY), ("day", NEXT), ("month", MARCH), ("month", APRIL), ("year", YEAR)]


def decided(*hidden: tuple[str, str, date, str]) -> pl.DataFrame:
    """Cells of each area and period, and one hour of each day; those of `hidden` (area, period, start, slice) are A."""
    rows = [
        {"table": "people", "slice": slice_, "area": area, "period": period, "period_start": start, "value": 9.0}
        for area in (CITY, JONGNO, JUNG, NEIGHBOURHOOD)
        for named, start in PERIODS
        for period, slice_ in ((named, ""), *([("hour", "3")] if named == "day" else []))
    ]
    cells = pl.DataFrame(rows)
    secret = pl.struct("area", "period", "period_start", "slice").map_elements(
        lambda one: tuple(one.values()) in hidden, return_dtype=pl.Boolean
    )
    return cells.with_columns(conf_status=pl.when(secret).then(pl.lit("A")).otherwise(pl.lit("F")))


def hidden_of(cells: pl.DataFrame, level: str) -> dict[tuple[str, str, date], str]:
    found = cells_of_parts(cells, [("people", ""), ("people", slice_of_parts(level))], seoul())
    assert found.columns == cells.columns
    assert set(found["slice"]) == {slice_of_parts(level)}
    assert found.height == cells.filter(pl.col("slice") == "").height
    rows = found.filter(pl.col("conf_status") != "F").select("area", "period", "period_start", "conf_status").rows()
    return {(area, period, start): status for area, period, start, status in rows}


@pytest.mark.parametrize("slice_", ["", "3"])
def test_of_a_hidden_district_the_city_is_hidden_on_the_day_and_in_what_the_day_is_in(slice_: str):
    period = "hour" if slice_ else "day"
    found = hidden_of(decided((JUNG, period, DAY, slice_)), "district")
    longer = [("day", DAY), ("month", MARCH), ("year", YEAR)]
    own = {} if slice_ else {(JUNG, "day", DAY): "A"}
    assert found == {(area, *one): "D" for area in (CITY, JUNG) for one in longer} | own


def test_a_hidden_month_hides_no_day_of_it():
    found = hidden_of(decided((JUNG, "month", MARCH, "")), "district")
    assert set(found) == {(area, period, start) for area in (CITY, JUNG) for period, start in PERIODS[2::2]}


def test_a_neighbourhood_is_no_part_of_what_is_made_of_districts():
    assert hidden_of(decided((NEIGHBOURHOOD, "day", DAY, "")), "district") == {(NEIGHBOURHOOD, "day", DAY): "A"}


def test_what_is_made_of_days_of_an_area_is_hidden_with_one_of_its_days_and_with_no_other_area():
    found = hidden_of(decided((JUNG, "day", DAY, "")), ITSELF)
    assert found == {(JUNG, "day", DAY): "A", (JUNG, "month", MARCH): "D", (JUNG, "year", YEAR): "D"}


def test_of_metrics_that_are_sums_there_are_no_further_cells():
    assert cells_of_parts(decided((JUNG, "day", DAY, "")), [("people", "")], seoul()).is_empty()
