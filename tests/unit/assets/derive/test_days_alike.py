"""Days on which a timetable offers the same: computed once, they have the values of each day by itself."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.derive.days_alike import asks_the_date, days_alike
from assets.derive.subjects import SubjectTable
from assets.derive.tables import derived_tables
from assets.metrics.entry import Entry
from tests.support.paths import CITIES
from tests.worlds.measuring_town import entry
from tests.worlds.packs import pack_at

BEGIN, DAYS = date(2020, 6, 15), 14  # a Monday, and two weeks
FORTNIGHT = [BEGIN + timedelta(days=n) for n in range(DAYS)]
HOLIDAY = date(2020, 6, 24)
SINCE = date(2013, 6, 17)


def services(day: date) -> list[str]:
    weekend = day.weekday() >= 5 or day == HOLIDAY
    return ["always", "rest"] if weekend else ["always"]


def running(days: list[date]) -> pl.DataFrame:
    rows = [(day, one, datetime_of(day)) for day in days for one in services(day)]
    return pl.DataFrame(rows, schema={"day": pl.Date, "service": pl.String, "time": pl.Datetime("us")}, orient="row")


def datetime_of(day: date) -> object:
    return pl.Series([day]).cast(pl.Datetime("us")).item()


def timetable(schema: pl.Schema) -> pl.DataFrame:
    starts = {"always": ("07:00", "08:00", "23:50"), "rest": ("10:00", "25:10")}
    rows = [
        {
            "day": SINCE,
            "trip": f"{service}{start}",
            "stop_sequence": n,
            "place": place,
            "name": place,
            "lat": 14.6 + n / 100,
            "lon": 121.0,
            "line": "1",
            "departure_time": f"{start}:00",
            "arrival_time": f"{start}:00",
            "service": service,
        }
        for service, of_service in starts.items()
        for start in of_service
        for n, place in enumerate("ab")
    ]
    lacking = {name: None for name in schema if name not in rows[0]}
    return pl.DataFrame([row | lacking for row in rows], schema=schema)


@pytest.mark.parametrize("name", ["transit_supply", "transit_supply_hour"])
def test_values_are_those_of_each_day_by_itself(name: str):
    manila = pack_at(CITIES / "manila")
    table = next(one for one in derived_tables(manila) if one.name == name)
    assert isinstance(table, SubjectTable)
    rows = {
        "gtfs_days": running([BEGIN - timedelta(days=1), *FORTNIGHT]).lazy(),
        "gtfs_timetable": timetable(manila.contracts["gtfs_timetable"].schema).lazy(),
    }
    together = table.values_of(manila, FORTNIGHT, rows)
    alone = pl.concat(table.values_of(manila, [day], rows) for day in FORTNIGHT)
    assert together["day"].n_unique() == DAYS
    assert_frame_equal(together, alone, check_row_order=False)
    assert not asks_the_date(table.entries.values())
    trips = together.filter(pl.col("metric").str.starts_with("transit_trips"))
    assert trips.drop_nulls("value").height > 0


def test_a_day_without_the_day_before_has_no_figure_of_its_night_and_all_others_have():
    manila = pack_at(CITIES / "manila")
    table = next(one for one in derived_tables(manila) if one.name == "transit_supply")
    assert isinstance(table, SubjectTable)
    register = timetable(manila.contracts["gtfs_timetable"].schema).lazy()
    rows = {"gtfs_days": running(FORTNIGHT).lazy(), "gtfs_timetable": register}
    values = table.values_of(manila, FORTNIGHT, rows).drop_nulls("value").group_by("day").agg("metric")
    metrics = {day: set(names) for day, names in values.iter_rows()}
    of_the_night = {"transit_trips", "night_departures", "night_stops_share"}
    assert metrics[BEGIN] & of_the_night == set()
    assert metrics[FORTNIGHT[1]] - metrics[BEGIN] == of_the_night | {"wait_expected"}


def test_days_are_alike_by_their_services_those_of_the_day_before_and_their_clock():
    days = [BEGIN - timedelta(days=1), *FORTNIGHT]
    alike = days_alike(running(days), FORTNIGHT, SINCE, "Asia/Manila")
    kinds = {day.strftime("%a %d"): one.day for day, one in alike.items()}
    assert {kinds["Tue 16"], kinds["Wed 17"], kinds["Fri 26"]} == {16}  # after a working day
    assert {kinds["Mon 15"], kinds["Mon 22"], kinds["Thu 25"]} == {15}  # after a day of rest
    assert {kinds["Sat 20"], kinds["Wed 24"], kinds["Sat 27"]} == {20}
    assert {kinds["Sun 21"], kinds["Sun 28"]} == {21}
    before = days_alike(running(days), FORTNIGHT, date(2020, 6, 17), "Asia/Manila")
    assert before[date(2020, 6, 16)] != before[date(2020, 6, 17)]  # the timetable did not hold yet
    clocks = [date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1)]
    changed = days_alike(running(clocks).with_columns(service=pl.lit("always")), clocks[1:], SINCE, "Europe/Paris")
    assert len(set(changed.values())) == 2  # a day of 23 hours is like no other


@pytest.mark.parametrize(
    ("one", "asks"),
    [
        (entry(where="EXTRACT(HOUR FROM time) < 5"), False),
        (entry(where="EXTRACT(DOW FROM time) = 0"), True),
        (entry(where="day_type = 'rest'"), True),
        (entry(in_months=[5, 6]), True),
        (entry(value="CAST(day AS BIGINT) % 2"), True),
        (entry(), False),
    ],
)
def test_what_asks_the_date_is_computed_of_each_day(one: Entry, asks: bool):
    assert asks_the_date([one]) is asks
