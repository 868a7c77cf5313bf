"""Roads by link: what hours become days and months of a link, worked by hand."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from assets.mart import START
from assets.marts.road_link_day import road_link_day
from assets.marts.road_link_month import road_link_month
from assets.metrics.observing import observe
from tests.worlds.measuring_town import feed, town

COLUMNS = ["place", "area", "time", "speed", "length", "road_class"]
ROADS = feed("roads", "road_traffic", COLUMNS, interval="hour_beginning")
CITY = town(ROADS)
FRIDAY = date(2024, 3, 1)
OFF_PEAK = (9, 10, 11, 12, 13, 14, 15, 19, 20, 21)  # the other hours of a working day from 06 to 22


def hours(day, speeds, road_class="arterial", length=1000.0, place="l"):
    """Rows of a link on a day: speeds by hour."""
    link = {"day": day, "place": place, "area": "7011", "length": length, "road_class": road_class}
    return [{**link, "time": datetime.combine(day, time(at)), "speed": speed} for at, speed in speeds.items()]


def read(rows, start):
    frame = pl.DataFrame(rows, schema_overrides={"road_class": pl.String})
    filled = frame.with_columns(pl.lit(None).alias(name) for name in ROADS.schema if name not in frame.columns)
    typed = filled.select(pl.col(name).cast(dtype) for name, dtype in ROADS.schema.items())
    seen = observe(ROADS, CITY, typed.lazy(), typed["day"].unique().to_list(), {})
    return {"road_traffic": (replace(seen, rows=seen.rows.with_columns(pl.lit(start).alias(START))),)}


def by_place(frame):
    return {row["place"]: row for row in frame.iter_rows(named=True)}


def test_a_day_of_a_link():
    free = dict.fromkeys(OFF_PEAK, 60.0)
    # 6 hours of the peak at 50, 48, ...: below 54 are congested; 15 and 12 are a jam on a street
    peak = {6: 55.0, 7: 50.0, 8: 15.0, 16: 12.0, 17: 54.0, 18: 40.0}
    night = {0: 5.0, 23: 5.0, 5: 5.0, 22: 5.0}  # nobody asks for these
    link = by_place(road_link_day(read(hours(FRIDAY, free | peak | night), FRIDAY), CITY))["l"]
    assert (link["day"], link["area"], link["free_speed"], link["hours"]) == (FRIDAY, "7011", 60.0, 16)
    assert link["congested_hours"] == 4.0  # 50, 15, 12, 40; and 54 is nine tenths
    assert link["slow_hours"] == 2.0
    pace = (10 / 60 + 1 / 55 + 1 / 50 + 1 / 15 + 1 / 12 + 1 / 54 + 1 / 40) / 16
    assert link["travel_time"] == pytest.approx(pace * 3600)


def test_the_free_flow_is_the_85th_percentile_of_the_hours_off_the_peak():
    off = dict(zip(OFF_PEAK, (40.0, 41.0, 42.0, 43.0, 44.0, 45.0, 46.0, 47.0, 48.0, 49.0), strict=True))
    peak = dict.fromkeys((6, 7, 8, 16, 17, 18), 90.0)
    assert by_place(road_link_day(read(hours(FRIDAY, off | peak), FRIDAY), CITY))["l"]["free_speed"] == pytest.approx(
        47.65
    )
    saturday = FRIDAY + timedelta(1)  # has no peak: (16 - 1) x 0.85 = 12.75, among ten from 40 and six of 90
    link = by_place(road_link_day(read(hours(saturday, off | peak), saturday), CITY))["l"]
    assert link["free_speed"] == 90.0


@pytest.mark.parametrize(("road_class", "slow"), [("expressway", 8.0), ("local", 4.0), (None, None)])
def test_slow_is_by_the_class_of_the_road(road_class, slow):
    """The catalogue's four hours, on a street: 12, 15, 20, 30 are two of four; here 12, 16, 20, 31 of four."""
    speeds = {6: 12.0, 7: 16.0, 8: 30.1, 9: 31.0} if road_class == "local" else {6: 12.0, 7: 30.0, 8: 30.1, 9: 31.0}
    links = by_place(road_link_day(read(hours(FRIDAY, speeds, road_class), FRIDAY), CITY))
    assert links["l"]["slow_hours"] == slow


def test_lanes_of_an_hour_are_taken_by_their_times():
    rows = hours(FRIDAY, {9: 30.0}) + hours(FRIDAY, {9: 60.0})
    link = by_place(road_link_day(read(rows, FRIDAY), CITY))["l"]
    assert link["travel_time"] == pytest.approx(3600 / 40)  # a km in 2 minutes and in 1: 1.5
    assert link["hours"] == 1


MARCH = date(2024, 3, 1)


def quarter(own, before, days=91):
    """January to March: speeds of the days of March, and of the two months before."""
    first = date(2024, 1, 1)
    all_days = [first + timedelta(n) for n in range(days)]
    return [row for day in all_days for row in hours(day, own if day >= MARCH else before)]


def test_a_month_of_a_link():
    free, slow = dict.fromkeys(OFF_PEAK, 60.0), dict.fromkeys((6, 7, 8, 16, 17, 18), 30.0)
    # the two months before are free all day; holidays and weekends of March are as its working days, and do not count
    month = road_link_month(read(quarter(free | slow, free | dict.fromkeys(slow, 60.0)), MARCH), CITY)
    link = by_place(month)["l"]
    assert (link["day"], link["free_speed"], link["days"], link["days_expected"]) == (MARCH, 60.0, 91, 91)
    assert link["travel_time_index"] == pytest.approx(2.0)
    assert link["congested_hours"] == 6.0
    # 21 working days of March of 65: the 95th percentile is a slow hour
    assert link["planning_time_index"] == pytest.approx(2.0)


def test_a_month_that_has_begun_says_how_many_days_there_are():
    speeds = dict.fromkeys(range(6, 22), 40.0)
    link = by_place(road_link_month(read(hours(FRIDAY, speeds), MARCH), CITY))["l"]
    assert (link["days"], link["days_expected"]) == (1, 91)  # one of 31 is more than one of 91
    late = by_place(road_link_month(read(quarter(speeds, speeds, days=70), MARCH), CITY))["l"]
    assert (late["days"], late["days_expected"]) == (10, 31)
    assert late["planning_time_index"] == pytest.approx(1.0)
    few = by_place(road_link_month(read(hours(FRIDAY, dict.fromkeys(range(6, 17), 40.0)), MARCH), CITY))["l"]
    assert (few["days"], few["days_expected"], few["free_speed"]) == (0, 91, None)  # 11 of 16 hours are no day


def test_twenty_one_times_have_a_twentieth():
    """The catalogue: of 21 times the 20th is 150 s, and free flow is 60 s: 2.5. Here of 30 days with 7 hours each."""
    days = [day for n in range(46) if (day := date(2024, 1, 15) + timedelta(n)).weekday() < 5][:30]
    speeds = dict.fromkeys(OFF_PEAK, 60.0)
    rows = []
    for number, day in enumerate(days):
        peak = 24.0 if number % 10 == 0 else 60.0  # a tenth of the hours takes 150 s for what takes 60
        rows += hours(day, speeds | dict.fromkeys((6, 7, 8, 16, 17, 18), peak))
    link = by_place(road_link_month(read(rows, date(2024, 2, 1)), CITY))["l"]
    assert link["planning_time_index"] == pytest.approx(2.5)
    shorter = by_place(road_link_month(read(rows[: 29 * 16], date(2024, 2, 1)), CITY))["l"]
    assert shorter["planning_time_index"] is None  # 29 days
