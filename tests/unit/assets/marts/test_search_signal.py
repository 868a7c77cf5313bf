"""Signals of searches: what a day is judged by, and that no two series are ever spliced."""

from datetime import date, timedelta

import pytest

from assets.marts.search_signal import TABLE, search_signal
from tests.unit.assets.marts.of_rows import observed
from tests.worlds.packs import seoul

DAY = date(2020, 3, 18)
BEFORE = (9.0, 11.0, 10.0, 8.0, 10.0, 12.0, 9.0, 11.0)  # weeks 1 to 8: median 10, deviations 1 1 0 2 0 2 1 1: MAD 1


def signal(values, measured_by=None):
    """values: interest by days before DAY; measured_by: by days, else one delivery."""
    rows = [
        {
            "start": DAY,
            "day": DAY - timedelta(days=late),
            "topic": "flu",
            "interest": interest,
            "measured_by": (measured_by or {}).get(late, "d1"),
        }
        for late, interest in values.items()
    ]
    (found,) = search_signal({"search_interest": (observed("search_interest", rows),)}, seoul()).rows(named=True)
    return found


def weeks(today=16.0, yesterday=16.0):
    mondays = {7 * week: x for week, x in enumerate(BEFORE, 1)}
    return {0: today, 1: yesterday, **mondays, **{late + 1: x for late, x in mondays.items()}}


def test_the_anomaly_is_the_robust_z_of_the_same_weekday_without_the_day_itself():
    found = signal(weeks())
    assert found["anomaly"] == pytest.approx(6 / 1.4826)
    assert (found["weeks"], found["flagged"]) == (8, 1)


@pytest.mark.parametrize(("today", "yesterday", "flagged"), [(16.0, 12.0, 0), (12.0, 16.0, 0), (15.2, 15.2, 1)])
def test_a_signal_takes_two_days_running(today, yesterday, flagged):
    assert signal(weeks(today, yesterday))["flagged"] == flagged


def test_weeks_that_do_not_vary_and_too_few_weeks_say_nothing():
    assert signal({0: 16.0, **{7 * week: 10.0 for week in range(1, 9)}})["anomaly"] is None
    few = {late: x for late, x in weeks().items() if late < 2 or late <= 36}
    found = signal(few)
    assert (found["weeks"], found["anomaly"], found["flagged"]) == (5, None, None)


def test_days_that_are_measured_by_another_delivery_are_not_in_the_series():
    other = dict.fromkeys((7, 14, 21), "d0")
    found = signal(weeks(), other)
    assert (found["weeks"], found["anomaly"], found["measured_by"]) == (5, None, "d1")


def year(then=20.0, now=30.0):
    return {**dict.fromkeys(range(7), now), **dict.fromkeys(range(364, 371), then)}


def test_a_year_is_compared_weekday_by_weekday():
    assert signal(year())["year_on_year"] == pytest.approx(50.0)


def test_a_year_lacks_a_value_where_a_day_or_the_series_is_another():
    missing = year()
    del missing[366]
    assert signal(missing)["year_on_year"] is None
    assert signal(year(), {365: "d0"})["year_on_year"] is None
    assert signal(year(then=0.0))["year_on_year"] is None


def test_all_days_that_are_looked_at_are_read():
    (read,) = TABLE.reads
    assert set(weeks()) | set(year()) == set(read.back)
