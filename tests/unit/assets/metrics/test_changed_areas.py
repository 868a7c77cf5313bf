"""Values of areas that change: split readings, readings of areas that are no more, and periods over a new outline."""

from datetime import date

import polars as pl
import pytest

from assets.formulas.boundaries import Crosswalk
from assets.metrics.entry import PeriodRule
from assets.metrics.evaluate.periods import Rollup, evaluate_periods
from assets.metrics.observing import pack_areas
from tests.unit.assets.metrics.observing import AREAS as TWO_DISTRICTS
from tests.unit.assets.metrics.observing import DAY, entry, measured, midnight, observed, only, setting
from tests.worlds.measuring_town import AREAS, town

SPLIT = Crosswalk(None, "old", date(2020, 1, 1), None, {"n1": 0.25, "d2": 0.75})
OPEN = Crosswalk(None, "open", date(2020, 1, 1), None, {"n1": None, "d1": None})


def people(way, leaf):
    """200 people of a code that is split, and 10 in the neighbourhood n1."""
    said = entry(
        observes="people_present",
        value="people",
        over_time=[],
        over_space={"as": way, "needs": 0.5},
        levels=["city", "district", "neighbourhood"],
    )
    rows = [{"place": place, "time": midnight(), "people": n} for place, n in (("x", 200.0), ("y", 10.0))]
    return measured({"m": said}, observed(rows, "day", places={"x": leaf, "y": "n1"}), crosswalks=(SPLIT, OPEN))


def test_a_sum_is_split_by_the_shares_and_is_whole_above_them():
    found = people("sum", SPLIT.leaf)
    values = {area: only(found, area=area)["value"] for area in ("n1", "d1", "d2", "c")}
    assert values == {"n1": 60.0, "d1": 60.0, "d2": 150.0, "c": 210.0}


def test_a_mean_cannot_be_split():
    found = people("mean", SPLIT.leaf)
    assert [only(found, area=area)["value"] for area in ("n1", "d2", "c")] == [10.0, None, 105.0]
    assert only(found, area="n1")["n"] == 1  # of two places that are counted for it


def test_of_open_shares_the_reading_counts_for_the_area_around_alone():
    found = people("sum", OPEN.leaf)
    assert [only(found, area=area)["value"] for area in ("n1", "d1", "c")] == [10.0, 210.0, 210.0]


def test_days_of_another_outline_are_not_in_the_value_of_a_period():
    first = date(2020, 6, 1)
    days = pl.date_range(first, date(2020, 6, 30), eager=True)
    values = pl.DataFrame({"day": days}).join(pl.DataFrame({"area": ["n1", "d1"]}), how="cross")
    values = values.with_columns(
        metric=pl.lit("d"),
        area_level=pl.lit("x"),
        value=pl.when(pl.col("day").dt.day() < 6).then(100.0).otherwise(10.0),
    )

    def rolled(since):
        crosswalk = Crosswalk(None, "n1", since, None, {"n1": 0.5, "d2": 0.5})
        areas = TWO_DISTRICTS.with_columns(valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date))
        rule = PeriodRule.model_validate({})
        found = evaluate_periods(
            values, [Rollup("p", "d", "month", rule)], setting(areas=areas, crosswalks=(crosswalk,))
        )
        return {row["area"]: (row["value"], row["n"], row["why"]) for row in found.iter_rows(named=True)}

    # 25 of 30 days are of the outline with which June ends, and enough
    assert rolled(date(2020, 6, 6)) == {"n1": (10.0, 25, None), "d1": (pytest.approx(25.0), 30, None)}
    # from the 20th on there are 11: the month is absent, and says since when the area is another
    assert rolled(date(2020, 6, 20))["n1"][1:] == (11, {"code": "boundary_changed", "gaps": ["2020-06-20"]})
    assert rolled(first)["n1"][1:] == (30, None)  # all days are of the new one


@pytest.mark.parametrize(
    ("text", "day", "leaf"),
    [
        ("701101", date(2019, 12, 31), "701101"),
        ("701101", date(2020, 1, 1), "701102"),  # called otherwise since
        ("701102", date(2020, 1, 1), "701102"),
        ("701102", date(2019, 12, 31), "7011"),  # not yet: it lay in its district
        ("7012", date(2020, 1, 1), "7012"),
        ("17-4", date(2020, 1, 1), "7012"),  # a code of another kind
        ("17-4", date(2019, 12, 31), None),
        ("nowhere", date(2020, 1, 1), None),
        (None, date(2020, 1, 1), None),
    ],
)
def test_a_reading_is_of_an_area_that_holds_on_its_day(text, day, leaf):
    holds = {
        "valid_from": [None, None, None, None, date(2020, 1, 1)],
        "valid_to": [None, None, None, date(2019, 12, 31), None],
    }
    areas = AREAS.with_columns(pl.Series(name, days, dtype=pl.Date) for name, days in holds.items())
    table = {"code": ["701101", "17-4"], "area": ["701102", "7012"], "share": ["1", "1"]}
    crosswalks = pl.DataFrame(table | {"valid_from": ["2020-01-01"] * 2})
    known = pack_areas(town(areas=areas, tables={"crosswalks": crosswalks}), {})
    assert known.named_on(pl.Series([text], dtype=pl.String), pl.Series([day])).item() == leaf


def test_a_crosswalk_of_a_feed_goes_before_the_area_and_is_of_no_other_feed():
    table = {"feed": ["phones"], "code": ["701101"], "area": ["701102"], "share": ["1"]}
    city = town(areas=AREAS.with_columns(valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date)))
    city.tables["crosswalks"] = pl.DataFrame(table)  # pyright: ignore[reportIndexIssue]
    row = pl.Series(["701101"]), pl.Series([DAY])
    found = [pack_areas(city, {}, feed).named_on(*row).item() for feed in ("phones", "cameras")]
    assert found == ["701102", "701101"]
