"""Marts of people, worked out by hand: change on one outline, working days and nights, sensors against base weeks."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from assets.mart import START
from assets.marts.people_area_month import people_area_month
from assets.marts.residents_change_quarter import residents_change_quarter
from assets.marts.sensor_passages_day import sensor_passages_day
from assets.metrics.observed import AREA, Observed
from quality.contract.interval import Interval
from tests.unit.assets.marts.observations import observed
from tests.worlds.packs import seoul

PACK = seoul()
NOW, BEFORE = date(2020, 1, 1), date(2019, 1, 1)
JONGNO, JUNG, GURO = "11110", "11140", "11530"
ORYU, HANG = "11530780", "11530800"  # since 2020-01-01 a part of Oryu 2-dong, 0.23, is Hang-dong


def counted(area, people, day, group=None):
    return {"area": area, "time": day, "residents": people, "people_group": group}


def changes(*rows):
    read = {"residents": (observed("residents", rows, starts=[NOW], interval="quarter"),)}
    made = residents_change_quarter(read, PACK)
    return {row["area"]: row for row in made.iter_rows(named=True)}


def test_a_change_is_against_the_same_quarter_of_the_year_before():
    found = changes(
        counted(JONGNO, 970.0, NOW),
        counted(JONGNO, 1000.0, BEFORE),
        counted(JUNG, 500.0, NOW, "citizens"),
        counted(JUNG, 30.0, NOW, "foreigners"),
        counted(JUNG, 99.0, NOW, "elderly"),  # among the others
        counted(JUNG, 500.0, BEFORE, "citizens"),
    )
    assert {area: row["change"] for area, row in found.items()} == {
        JONGNO: pytest.approx(-3.0),
        JUNG: pytest.approx(6.0),
        "11": pytest.approx(0.0),  # 1,500 of 1,500
    }


def test_residents_of_before_go_to_the_outlines_of_now_by_shares():
    found = changes(counted(ORYU, 1000.0, BEFORE), counted(ORYU, 800.0, NOW), counted(HANG, 253.0, NOW))
    assert (found[ORYU]["residents_before"], found[HANG]["residents_before"]) == (
        pytest.approx(770),
        pytest.approx(230),
    )
    assert found[ORYU]["change"] == pytest.approx(100 * 30 / 770)
    assert found[HANG]["change"] == pytest.approx(10.0)
    assert found[GURO]["change"] == pytest.approx(5.3)


def test_where_nobody_knows_the_shares_there_is_no_change():
    since, then = date(2021, 7, 1), date(2020, 7, 1)  # Sangil 2-dong is a part of Gangil-dong, nobody says which
    rows = [counted("11740515", 1000.0, then), counted("11740515", 600.0, since), counted("11740526", 450.0, since)]
    read = {"residents": (observed("residents", rows, starts=[since], interval="quarter"),)}
    made = {row["area"]: row for row in residents_change_quarter(read, PACK).iter_rows(named=True)}
    assert [made[area]["change"] for area in ("11740515", "11740526")] == [None, None]
    assert made["11740515"]["mapped"] == 0


def test_an_area_of_one_quarter_alone_has_no_change_and_neither_has_what_it_lies_in():
    found = changes(counted(JONGNO, 970.0, NOW), counted(JONGNO, 1000.0, BEFORE), counted(JUNG, 5.0, NOW))
    assert found[JONGNO]["change"] == pytest.approx(-3.0)
    assert (found[JUNG]["change"], found["11"]["change"]) == (None, None)
    first = changes(counted(JONGNO, 970.0, NOW))  # the gate needs a row also in the first year
    assert {area: (row["residents"], row["residents_before"], row["change"]) for area, row in first.items()} == {
        JONGNO: (970.0, None, None),
        "11": (970.0, None, None),
    }


def hourly(rows, starts, columns, identity):
    """Rows of people present as a mart reads them: area, time and what else is said."""
    frame = pl.DataFrame(rows, orient="row", schema=columns).with_columns(pl.col("time").dt.date().alias("day"))
    read = frame.join(pl.DataFrame(starts, schema={START: pl.Date, "day": pl.Date}, orient="row"), on="day")
    return Observed("f", None, Interval.parse("hour_beginning"), identity, read.lazy())


def of_month(days, less=None):
    """Two neighbourhoods of Jongno-gu; each hour of the days has as many as `days` says for its kind."""
    rows = [
        (place, place, datetime.combine(day, time(hour)), "total", float(of(hour)))
        for day, of in days.items()
        for place in ("11110530", "11110540")
        for hour in range(24)
        if (place, day, hour) != less
    ]
    columns = {
        AREA: pl.String,
        "area": pl.String,
        "time": pl.Datetime("us"),
        "people_group": pl.String,
        "people": pl.Float64,
    }
    one = hourly(rows, [(date(2020, 3, 1), day) for day in days], columns, ("area", "people_group"))
    made = people_area_month({"people_present": (one,)}, PACK)
    return {row["area"]: row for row in made.iter_rows(named=True)}


def working(hour):
    return 300 if 9 <= hour <= 17 else 100 if hour <= 5 else 200


MONDAY, SATURDAY, SUNDAY = date(2020, 3, 2), date(2020, 3, 7), date(2020, 3, 8)


def test_working_days_have_days_and_nights_and_weekends_stand_beside_them():
    found = of_month({MONDAY: working, SATURDAY: lambda _hour: 100, SUNDAY: lambda _hour: 140})
    one = found["11110530"]
    # (9 x 300 + 6 x 100 + 9 x 200) / 24 = 212.5
    assert (one["people_by_day"], one["people_by_night"]) == (300.0, 100.0)
    assert (one["people_working_days"], one["people_other_days"]) == (212.5, 120.0)
    assert (one["days"], one["days_expected"]) == (3, 31)
    assert found[JONGNO]["people_other_days"] == 240.0
    assert found["11"]["people_by_day"] == 600.0


def test_a_day_on_which_places_are_lacking_is_none_of_the_area_around_them():
    found = of_month({MONDAY: working, SATURDAY: working}, less=("11110530", SATURDAY, 12))
    assert found["11110540"]["days"] == 2
    # noon is left out of both, and 23 hours are a day
    assert found[JONGNO]["people_other_days"] == pytest.approx((8 * 600 + 6 * 200 + 9 * 400) / 23)


def of_sensor(counts):
    """A sensor that counts as many in each hour of a day as `counts` says, by weeks back."""
    start = date(2026, 7, 22)
    rows = [
        (
            "s",
            JONGNO,
            datetime.combine(start, time()) - timedelta(days=7 * back) + timedelta(hours=hour),
            n,
        )
        for back, (n, hours) in counts.items()
        for hour in range(hours)
    ]
    columns = {"place": pl.String, AREA: pl.String, "time": pl.Datetime("us"), "passages": pl.Int64}
    one = hourly(rows, [(start, start - timedelta(days=7 * back)) for back in counts], columns, ("place",))
    return sensor_passages_day({"people_present": (replace(one, network="low_cost"),)}, PACK).rows(named=True)


def test_a_sensor_is_compared_with_the_median_of_its_weekday():
    # 6 weeks of 5, 5, 5, 6, 5, 4 an hour: the median is 5 x 24 = 120, and 4 x 24 = 96 are 80 %
    weeks = {back: (n, 24) for back, n in enumerate((4, 5, 5, 5, 6, 5, 4))}
    [row] = of_sensor(weeks)
    assert (row["passages"], row["base"], row["of_base"], row["area"]) == (96, 120.0, 80.0, JONGNO)


def test_a_base_of_five_whole_weeks_is_none_and_a_day_that_lacks_an_hour_is_not_there():
    weeks = dict.fromkeys(range(6), (5, 24))
    [row] = of_sensor({**weeks, 6: (5, 23)})
    assert (row["base"], row["of_base"]) == (None, None)
    assert of_sensor({**weeks, 0: (5, 23)}) == []
