"""Recovery: which week of a base year a week is compared with, and what becomes of holidays and gaps."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from assets.marts.transit_recovery_week import TABLE, transit_recovery_week
from tests.unit.assets.marts.of_rows import observed
from tests.worlds.packs import seoul

BACK = set(TABLE.reads[0].back)
SUNDAY = date(2020, 3, 22)  # of week 12


def recovery(day, boardings, first=(2018, 2019), second=(2017,)):
    """boardings: by day. What the mart would read is read."""
    city = replace(seoul(), parameters={"recovery_base_years": first, "recovery_other_years": second})
    rows = [
        {"start": day, "day": one, "place": "p", "boardings": number}
        for one, number in boardings.items()
        if (day - one).days in BACK
    ]
    found = transit_recovery_week({"boardings": (observed("boardings", rows, "subway"),)}, city)
    return {row["base"]: row for row in found.iter_rows(named=True)}


def week(end, each):
    return {end - timedelta(days=n): each for n in range(7)}


def test_a_week_is_compared_with_the_median_of_the_same_weeks_of_the_base_years():
    # week 12 ends on 2019-03-24, 2018-03-25 and 2017-03-26
    found = recovery(
        SUNDAY,
        {
            **week(SUNDAY, 150),
            **week(date(2019, 3, 24), 210),
            **week(date(2018, 3, 25), 190),
            **week(date(2017, 3, 26), 300),
        },
    )
    first, second = found["first"], found["second"]
    assert (first["boardings"], first["base_boardings"], first["base_years"]) == (1050, 1400, "2018, 2019")
    assert first["recovery"] == pytest.approx(75.0)
    assert second["recovery"] == pytest.approx(50.0)
    assert (first["feed"], first["day"]) == ("subway", SUNDAY)


def test_week_53_lies_between_2019_and_2023():
    day = date(2023, 3, 19)  # week 11, 209 weeks after 2019-03-17
    found = recovery(day, {**week(day, 90), **week(date(2019, 3, 17), 100)}, first=(2019,))
    assert found["first"]["recovery"] == pytest.approx(90.0)


def test_a_base_year_of_which_a_day_is_missing_is_left_out():
    boardings = {**week(SUNDAY, 150), **week(date(2019, 3, 24), 200), **week(date(2018, 3, 25), 100)}
    del boardings[date(2018, 3, 21)]
    found = recovery(SUNDAY, boardings)["first"]
    assert (found["base_years"], found["left_out"]) == ("2019", "2018: days are missing")
    assert found["recovery"] == pytest.approx(75.0)


def test_a_week_that_lacks_a_day_has_no_recovery():
    boardings = {**week(SUNDAY, 150), **week(date(2019, 3, 24), 200)}
    del boardings[SUNDAY - timedelta(days=3)]
    found = recovery(SUNDAY, boardings)["first"]
    assert (found["boardings"], found["recovery"]) == (None, None)


def test_a_week_of_seollal_is_compared_with_no_week_without_it():
    # Seollal of 2020: 24 to 27 January (week 4, ends on the 26th); of 2019: 4 to 6 February, week 6
    day, same = date(2020, 1, 26), date(2019, 1, 27)
    found = recovery(day, {**week(day, 80), **week(same, 100)}, first=(2019,))["first"]
    assert (found["recovery"], found["left_out"]) == (None, "2019: another number of holidays")


def test_where_groups_have_a_total_beside_them_it_counts_alone():
    city = replace(seoul(), parameters={"recovery_base_years": (2019,)})
    rows = [
        {"start": SUNDAY, "day": one, "people_group": group, "boardings": number}
        for end, each in ((SUNDAY, 50), (date(2019, 3, 24), 100))
        for one in week(end, each)
        for group, number in (("total", each), ("adults", each - 10), ("children", 10))
    ]
    (found,) = transit_recovery_week({"boardings": (observed("boardings", rows),)}, city).rows(named=True)
    assert (found["boardings"], found["recovery"]) == (350.0, 50.0)
